/** Nobody is there on every system. */
const NOBODY = 65534;

/** For a process that is not to run as root, which tests do in containers; elsewhere it runs as the tests do. */
export const unprivileged = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
