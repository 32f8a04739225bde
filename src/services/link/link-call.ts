/** What a link call is made of: what is asked, what is known, what is answered. */
import * as z from 'zod';
import type { Assessment, KeptAssessment } from '../../addons/assess.ts';
import type { ModuleSource } from '../../addons/lookup.ts';
import type { ModuleOnPath } from '../../addons/on-path.ts';
import type { Family, LinkedFamily, ToolFamily } from '../../addons/roots.ts';
import type { SourceState } from '../../addons/source-state.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Entry } from '../../links/inspect-entry.ts';
import type { LinkPlan } from '../../links/plan-links.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import type { Problem } from '../../manifest/problems.ts';
import type { Series } from '../../manifest/series.ts';
import type { PyValue } from '../../manifest/values.ts';
import type { Provenance } from '../../sources/provenance.ts';
import type { CloneReport } from '../checkouts/clone-report.ts';
import type { Scope } from '../context.ts';
import { message, type ReportOf } from '../own-words.ts';
import type { RequestOf } from '../select-target.ts';
import type { NextStepFacts } from './step-facts.ts';

/** What the caller asks to link. */
export interface LinkRequest
  extends Omit<RequestOf<'oca_link'>, 'module' | 'allow_uninstallable' | 'fetch' | 'refresh'> {
  readonly allow_uninstallable?: boolean | undefined;
  /** Whether repositories that it takes are cloned. */
  readonly fetch?: boolean | undefined;
  readonly family: ToolFamily;
  readonly modules: readonly string[];
  /** The argument the names came in, for messages. */
  readonly argument: string;
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
      /** What it needs besides Odoo; null for Odoo's own modules. */
      readonly externals: ManifestFields['externalDependencies'] | null;
      readonly by: ModuleOnPath['by'];
      readonly path: string | null;
      /** Its real folder; null for a module of the built-in list. */
      readonly folder: string | null;
      readonly family: Family | null;
      readonly license: string;
      /** Null for a module of the built-in list. */
      readonly assessment: KeptAssessment | null;
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
  /** Its manifest. */
  readonly literal: PyValue | undefined;
  readonly provenance: Provenance | null;
  /** What an approval of it is bound to. */
  readonly state: SourceState;
  /** The modules that need it; empty for one the caller asked for. */
  readonly requiredBy: readonly string[];
  /** Whether it cannot be installed, and is linked for `server_wide_modules`. */
  readonly isServerWide: boolean;
}

/** A module that warnings are about. */
export interface WarnedModule
  extends Pick<VouchedModule, 'fields' | 'problems' | 'literal' | 'provenance' | 'isServerWide'> {
  readonly source: Pick<ModuleSource, 'name' | 'path' | 'family'>;
}

/** A module that must be installed for those of a call, and what it needs besides Odoo. */
export interface NeedyModule {
  readonly name: string;
  readonly externals: ManifestFields['externalDependencies'];
}

/** Everything known about a plan when it is described. */
export interface LinkFacts extends Scope {
  readonly plan: LinkPlan;
  /** What each link of the plan leads to. */
  readonly modules: readonly VouchedModule[];
  readonly satisfied: readonly SatisfiedDependency[];
  /** Linked dependencies of which the call that linked them warned, see {@link restOn}; none if the plan changes anything. */
  readonly resting: readonly WarnedModule[];
  /** The modules of the plan and the satisfied dependencies that are not Odoo's own. */
  readonly needy: readonly NeedyModule[];
  /** Warnings found while the plan was made. */
  readonly warnings: readonly Warning[];
  /** Those that were unlinked before, as far as that was asked, see {@link unlinkedBefore}. */
  readonly unlinked?: ReadonlySet<string>;
  readonly isDryRun: boolean;
}

/** A link that a call makes, replaces or keeps. */
export interface ReportedLink {
  readonly module: string;
  readonly action: 'create' | 'replace' | 'keep';
  /** Path of the symlink. */
  readonly link: string;
  /** Real path of the folder it leads to. */
  readonly source: string;
  readonly family: LinkedFamily;
  readonly repo: string | null;
  /** Git branch, quoted unless it is one plain word; null outside git or on a detached HEAD. */
  readonly branch: string | null;
  readonly commit: string | null;
  /** See {@link Provenance}. */
  readonly dirty: boolean | null;
  readonly version: string;
  /** What Odoo makes of it, if that differs. */
  readonly odoo_version?: string;
  readonly license: string;
  readonly auto_install: boolean;
  /** Empty for a module the caller asked for. */
  readonly required_by: readonly string[];
}

/** A dependency that Odoo already finds. */
export interface SatisfiedDependency {
  readonly module: string;
  readonly by: 'core' | 'core_list' | 'python' | 'addons_path' | 'linked';
  /** Null outside the configured folders. */
  readonly path: string | null;
}

/** What is allowed, but should be known. */
export const WarningsSchema = z.array(z.strictObject({ code: z.string(), module: z.string(), message }));
export type Warning = ReportOf<typeof WarningsSchema>[number];

/** What must be installed besides Odoo. */
export interface ExternalDependencies {
  readonly python: readonly string[];
  readonly bin: readonly string[];
}

/** What a link call did, or would do: all of it. {@link briefLinks} makes an answer of it. */
export interface LinkReport {
  /** `planned`: a dry run. */
  readonly status: 'linked' | 'already_linked' | 'planned';
  readonly instance: string;
  readonly series: Series;
  readonly target_dir: string;
  readonly links: readonly ReportedLink[];
  readonly satisfied: readonly SatisfiedDependency[];
  readonly external_dependencies: ExternalDependencies;
  readonly warnings: readonly Warning[];
  /** How to make Odoo see the modules. */
  readonly next_steps: readonly string[];
  /** What these are made from, to make them anew once Odoo has been asked. */
  readonly stepFacts?: NextStepFacts;
  /** The repositories that were cloned for it, or would be. */
  readonly fetched?: CloneReport['repositories'];
}
