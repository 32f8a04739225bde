/**
 * All commands except `serve`, `check` and `demo`, as one file of the built program. Those are separate so that starting
 * them does not load the code of the others.
 */
export { approvals } from './approvals.ts';
export { audit } from './audit.ts';
export { doctor } from './doctor.ts';
export { migrate } from './migrate.ts';
export { odoo } from './odoo.ts';
export { policy } from './policy.ts';
export * from './service-commands.ts';
export { source } from './source.ts';
