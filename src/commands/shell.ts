/**
 * All commands except `serve` and `demo`, as one file of the built program. Those two are separate so that starting them
 * does not load the code of the others.
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
