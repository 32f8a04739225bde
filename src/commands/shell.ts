/**
 * The commands that a person or a script calls, in one module: `serve` and `demo` are loaded apart, because those speak MCP,
 * and what starts them should not read the code of all others.
 */
export { apply } from './apply.ts';
export { approvals } from './approvals.ts';
export { audit } from './audit.ts';
export { check } from './check.ts';
export { conflicts } from './conflicts.ts';
export { doctor } from './doctor.ts';
export { exportState } from './export.ts';
export { info } from './info.ts';
export { link } from './link.ts';
export { policy } from './policy.ts';
export { repair } from './repair.ts';
export { search } from './search.ts';
export { status } from './status.ts';
export { unlink } from './unlink.ts';
