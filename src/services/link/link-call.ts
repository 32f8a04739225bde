/** What a link call is made of: what is asked, what is known, what is answered. */
import * as z from 'zod';
import type { Assessment, KeptAssessment } from '../../addons/assess.ts';
import type { ModuleSource } from '../../addons/lookup.ts';
import type { ModuleOnPath } from '../../addons/on-path.ts';
import { type Family, LINKED_FAMILIES, type ToolFamily } from '../../addons/roots.ts';
import type { SourceState } from '../../addons/source-state.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import type { Entry } from '../../links/inspect-entry.ts';
import type { LinkPlan } from '../../links/plan-links.ts';
import type { ManifestFields } from '../../manifest/judgement.ts';
import type { Problem } from '../../manifest/problems.ts';
import { SERIES } from '../../manifest/series.ts';
import type { PyValue } from '../../manifest/values.ts';
import type { Provenance } from '../../sources/provenance.ts';
import type { Scope } from '../context.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';
import type { RequestOf } from '../select-target.ts';

/** What the caller asks to link. */
export interface LinkRequest extends Omit<RequestOf<'oca_link'>, 'module' | 'allow_uninstallable'> {
  readonly allow_uninstallable?: boolean | undefined;
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
  readonly isDryRun: boolean;
}

const LinkSchema = z.strictObject({
  module: z.string(),
  action: z.enum(['create', 'replace', 'keep']),
  link: z.string().describe('Path of the symlink.'),
  source: z.string().describe('Real path of the folder it leads to.'),
  family: z.enum(LINKED_FAMILIES),
  repo: z.string().nullable(),
  branch: z
    .string()
    .nullable()
    .describe('Git branch, quoted unless it is one plain word; null outside git or on a detached HEAD.'),
  commit: z.string().nullable(),
  dirty: z
    .boolean()
    .nullable()
    .describe(
      "Whether the module's folder differs from the commit; null outside git, and where that cannot be told safely.",
    ),
  version: ownWords,
  /** What Odoo makes of it, if that differs. */
  odoo_version: ownWords.exactOptional(),
  license: ownWords,
  auto_install: z.boolean(),
  required_by: z.array(z.string()).describe('Empty for a module the caller asked for.'),
});

/** What is allowed, but should be known. */
export const WarningsSchema = z.array(z.strictObject({ code: z.string(), module: z.string(), message }));

/** What a link call did, or would do: the result of `oca_link` and `ee_link`. */
export const LinkReportSchema = z.strictObject({
  status: z.enum(['linked', 'already_linked', 'planned']).describe('planned: a dry run.'),
  instance: z.string(),
  series: z.enum(SERIES),
  target_dir: z.string(),
  links: z.array(LinkSchema),
  satisfied: z
    .array(
      z.strictObject({
        module: z.string(),
        by: z.enum(['core', 'core_list', 'python', 'addons_path', 'linked']),
        /** Null outside the configured folders. */
        path: z.string().nullable(),
      }),
    )
    .describe('Dependencies that Odoo already finds.'),
  external_dependencies: z
    .strictObject({ python: z.array(ownWords), bin: z.array(ownWords) })
    .describe('What must be installed besides Odoo.'),
  warnings: WarningsSchema,
  next_steps: z.array(z.string()).describe('How to make Odoo see the modules.'),
});

export type LinkReport = ReportOf<typeof LinkReportSchema>;
export type ReportedLink = LinkReport['links'][number];
export type SatisfiedDependency = LinkReport['satisfied'][number];
export type Warning = LinkReport['warnings'][number];
