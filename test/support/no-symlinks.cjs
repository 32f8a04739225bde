// For `node --require`: no symlink can be made, as on Windows without the right to, or on a file system that has none.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

fs.symlinkSync = (target, path) => {
  const message = `EPERM: operation not permitted, symlink '${target}' -> '${path}'`;
  throw Object.assign(new Error(message), { code: 'EPERM', syscall: 'symlink', path: target, dest: path });
};
syncBuiltinESMExports();
