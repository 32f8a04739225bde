/**
 * All commands except `serve` and `demo`, as one file of the built program. Those two are separate so that starting them
 * does not load the code of the others.
 */
export { approvals } from './approvals.ts';
export { audit } from './audit.ts';
export { check } from './check.ts';
export { doctor } from './doctor.ts';
export { policy } from './policy.ts';
export * from './service-commands.ts';
