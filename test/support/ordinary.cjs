// For `node --require`: root may read and write anything, so the process gives that up first. The user has no name.
if (process.getuid?.() === 0) {
  process.setgroups([]);
  process.setgid(65534);
  process.setuid(65534);
}
