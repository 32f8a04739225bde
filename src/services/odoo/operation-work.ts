import type { ModuleName } from '../../addons/module-name.ts';
import type { OdooClient } from '../../odoo/odoo-client.ts';
import type { Scope, ServiceContext } from '../context.ts';

/** What a call has a running Odoo do. */
export type OdooOperation = 'install' | 'upgrade';

/** Which modules a running Odoo is to install or upgrade. */
export interface OperationRequest {
  readonly instance?: string | undefined;
  readonly branch?: string | undefined;
  readonly modules: readonly string[];
  /** Whether the caller says that Odoo was restarted after the last change of links or code. */
  readonly restarted: boolean;
  /** Whether what an earlier operation left unfinished is cancelled first. */
  readonly recover: boolean;
  readonly dry_run: boolean;
}

/** What an operation works with. */
export interface OperationWork {
  readonly operation: OdooOperation;
  readonly names: readonly ModuleName[];
  readonly request: OperationRequest;
  readonly scope: Scope;
  readonly client: OdooClient;
  readonly context: ServiceContext;
}
