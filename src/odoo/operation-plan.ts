/** What a call would have a running Odoo do with modules: the counterpart of the plan of links. Pure. */
import type { SourceState } from '../addons/source-state.ts';

/**
 * Why a module is part of an operation; the order is that of a plan.
 *
 * - `named`: the call names it
 * - `needed`: a module of the call needs it
 * - `auto_install`: Odoo installs it by itself, because all that it waits for is there then
 * - `dependent`: it needs a module that is upgraded, so Odoo upgrades it, too
 * - `stuck`: an earlier operation with it was begun and not finished
 */
export const STEP_REASONS = ['named', 'needed', 'auto_install', 'dependent', 'stuck'] as const;
export type StepReason = (typeof STEP_REASONS)[number];

/** What happens to one module. */
export interface OperationStep {
  readonly module: string;
  readonly action: 'install' | 'upgrade' | 'cancel';
  readonly why: StepReason;
  /** The version in the database, in quotes where it may be more than a version; null if it is not installed. */
  readonly from: string | null;
  /** The version on the disk, likewise; null if it is not known, or nothing is installed. */
  readonly to: string | null;
}

/** What one call would do. At most one step of each action for a module. */
export interface OperationPlan {
  readonly database: string;
  /** Whether Odoo is restarted first. */
  readonly restarts: boolean;
  readonly operation: readonly OperationStep[];
  /** What the modules of the plan are that lie in roots; none where nobody approves. */
  readonly code: readonly ModuleCode[];
}

/** What a module was when the plan was made: its version does not tell, for a link may lead elsewhere by now. */
export interface ModuleCode {
  readonly module: string;
  readonly state: SourceState;
}
