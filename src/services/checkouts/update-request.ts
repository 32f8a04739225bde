import type { ToolFamily } from '../../addons/roots.ts';

/** What is asked to be updated: the arguments of `oca_update` and `ee_update`, checked. */
export interface UpdateRequest {
  readonly family: ToolFamily;
  /** Without it, all checkouts of the family. */
  readonly repos?: readonly string[] | undefined;
  readonly dry_run: boolean;
  readonly instance?: string | undefined;
  readonly branch?: string | undefined;
}
