import type { ToolFamily } from '../../addons/roots.ts';

/** What is asked to be cloned: the arguments of `oca_clone` and `ee_clone`, checked. */
export interface CloneRequest {
  readonly family: ToolFamily;
  readonly repos?: readonly string[] | undefined;
  readonly modules?: readonly string[] | undefined;
  readonly full: boolean;
  readonly dry_run: boolean;
  readonly instance?: string | undefined;
  readonly branch?: string | undefined;
}
