import type { OnPath } from '../../addons/where-odoo-looks.ts';
import type { Surface } from '../../base/surface.ts';
import type { Instance } from '../../config/instance.ts';

/** A link that a call makes, replaces or keeps, and what decides about a restart. */
export interface StepLink {
  readonly module: string;
  readonly action: 'create' | 'replace' | 'keep';
  /** Empty for a module the caller asked for. */
  readonly required_by: readonly string[];
  readonly version: string;
  /** What Odoo makes of it, if that differs. */
  readonly odoo_version?: string;
  /** It cannot be installed, and is linked for `server_wide_modules`. */
  readonly isServerWide?: boolean;
  /** The link that is replaced was broken. */
  readonly isMended?: boolean;
  /** The last that the audit trail tells of it is that it was unlinked. */
  readonly wasUnlinked?: boolean;
  /** The module has files that Odoo serves as they are. */
  readonly hasStatic?: boolean;
}

/** What next steps are made from. */
export interface NextStepFacts {
  readonly instance: Pick<Instance, 'series' | 'paths' | 'odoo'>;
  /** What the steps are written for. */
  readonly surface: Surface;
  readonly dir: { readonly path: string };
  /** Whether Odoo looks in the addons directory, as far as the configuration says. */
  readonly onPath: OnPath;
  readonly links: readonly StepLink[];
  /** Whether Odoo's Python environment or system lacks what a module needs, as far as that was asked. */
  readonly lacksExternals?: boolean;
  /** Whether the addons directory had no module before. */
  readonly wasEmpty?: boolean;
}
