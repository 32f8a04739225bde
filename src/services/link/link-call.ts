/** The types of a link call: what is asked, what is known, what is answered. */
import type { Assessment } from '../../addons/assess.ts';
import type { ModuleSource, Sources } from '../../addons/lookup.ts';
import type { ModuleOnPath, PathView } from '../../addons/on-path.ts';
import type { Family, LinkedFamily, ToolFamily } from '../../addons/roots.ts';
import type { SourceState } from '../../addons/source-state.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Entry } from '../../links/inspect-entry.ts';
import type { LinkPlan } from '../../links/plan-links.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import type { Problem } from '../../manifest/problems.ts';
import type { Provenance } from '../../sources/provenance.ts';
import type { Selection } from '../select-target.ts';

/** What the caller asks to link. */
export interface LinkRequest extends Selection {
  readonly family: ToolFamily;
  readonly modules: readonly string[];
  /** The argument the names came in, for messages. */
  readonly argument: string;
  readonly repo?: string | undefined;
  readonly with_dependencies: boolean;
  readonly replace: boolean;
  readonly dry_run: boolean;
}

/** A module's folder and what its manifest says, read together: no other call ran in between. */
export interface LookedAt {
  readonly source: ModuleSource;
  /** The identities of the folders that were read. */
  readonly folders: SourceState['folders'];
  readonly assessment: Assessment;
}

/** An entry of an addons directory that a plan relies on. */
export interface Premise {
  readonly dir: AddonsDir;
  readonly module: string;
  readonly entry: Entry;
}

/** What is known about a name of the closure. */
export type Known =
  | ({ readonly kind: 'found' } & LookedAt)
  | {
      readonly kind: 'satisfied';
      readonly by: ModuleOnPath['by'];
      readonly path: string | null;
      readonly family: Family | null;
      readonly license: string;
      /** Null for a module that is not linked in an addons directory. */
      readonly premise: Premise | null;
    }
  | Unmet;

/** A dependency that cannot be met. */
export type Unmet = { readonly kind: 'unmet' } & (
  | { readonly because: 'no_name' }
  /** Odoo would find it but could not install it; `isReplaceable`: with `replace` another folder could be linked. */
  | { readonly because: 'unsound'; readonly onPath: ModuleOnPath; readonly isReplaceable: boolean }
  /** Why no root of the family has it. */
  | { readonly because: 'not_found'; readonly refusal: Refusal }
);

/** A module that may be linked: found, read and judged. */
export interface VouchedModule {
  readonly source: ModuleSource;
  readonly fields: ManifestFields;
  readonly problems: readonly Problem[];
  readonly provenance: Provenance | null;
  /** What an approval of it is bound to. */
  readonly state: SourceState;
  /** The modules that need it; empty for one the caller asked for. */
  readonly requiredBy: readonly string[];
}

/** A dependency that Odoo already finds. */
export interface SatisfiedDependency {
  readonly module: string;
  readonly by: 'core' | 'core_list' | 'addons_path' | 'linked';
  /** Null outside the configured folders. */
  readonly path: string | null;
}

/** Everything known about a plan when it is described. */
export interface LinkFacts {
  readonly plan: LinkPlan;
  /** What each link of the plan leads to. */
  readonly modules: readonly VouchedModule[];
  readonly satisfied: readonly SatisfiedDependency[];
  readonly instance: Instance;
  readonly sources: Sources;
  readonly view: PathView;
  readonly turns: Turns;
  /** Warnings found while the plan was made. */
  readonly warnings: readonly Warning[];
  readonly isDryRun: boolean;
}

/** What a link call did, or would do: the result of `oca_link` and `ee_link`. */
export interface LinkReport {
  readonly status: 'linked' | 'already_linked' | 'planned';
  readonly instance: string;
  readonly series: string;
  readonly target_dir: string;
  readonly links: readonly ReportedLink[];
  readonly satisfied: readonly SatisfiedDependency[];
  readonly external_dependencies: { python: string[]; bin: string[] };
  readonly warnings: readonly Warning[];
  readonly next_steps: readonly string[];
}

export interface ReportedLink {
  readonly module: string;
  readonly action: 'create' | 'replace' | 'keep';
  /** The path of the link and of the folder it leads to. */
  readonly link: string;
  readonly source: string;
  readonly family: LinkedFamily;
  readonly repo: string | null;
  /** Git provenance, null outside git. */
  readonly branch: string | null;
  readonly commit: string | null;
  readonly dirty: boolean | null;
  /** The manifest's own; `odoo_version`: what Odoo makes of it, if that differs. */
  readonly version: string;
  readonly odoo_version?: string;
  readonly license: string;
  readonly auto_install: boolean;
  /** Empty for a module the caller asked for. */
  readonly required_by: readonly string[];
}

export interface Warning {
  readonly code: string;
  readonly module: string;
  readonly message: string;
}
