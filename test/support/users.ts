import { join } from 'node:path';

/** Nobody is there on every system. */
const NOBODY = 65534;

/** For a process that is not to run as root, which tests do in containers; elsewhere it runs as the tests do. */
export const unprivileged = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** Arguments of Node that make the program run as that user. */
export const AS_UNPRIVILEGED = ['--require', join(import.meta.dirname, 'ordinary.cjs')];

/** The same for a command line that cannot be changed, as variables of its environment. */
export const ENV_OF_UNPRIVILEGED = { NODE_OPTIONS: `--require "${AS_UNPRIVILEGED[1]}"` };
