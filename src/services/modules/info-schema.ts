import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { VERDICTS } from '../../manifest/judgement.ts';
import { SERIES } from '../../manifest/series.ts';
import { conflictSchema, modulePlace } from '../conflicts/module-conflicts.ts';
import { HistorySchema } from '../history/module-history.ts';
import { InOdooSchema } from '../odoo/in-odoo.ts';
import { ElsewhereSchema } from '../other-instances.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';
import { TreeRequirementsSchema } from './tree-requirements.ts';

const family = z.enum(FAMILIES);
const names = z.array(z.string());
const linkState = z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]);
const reasons = z.array(message).describe('Why the link tool of its family would not link it.');
const elsewhere = z.array(ElsewhereSchema).describe('Other instances whose roots have it.');

/** What an answer about one module and an answer about several have in common. */
const shared = {
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  requirements: TreeRequirementsSchema.exactOptional().describe(
    'What they and all they need need besides Odoo.',
  ),
  conflicts: z.array(conflictSchema),
  odoo: InOdooSchema.exactOptional().describe('With `odoo`: what the running Odoo says of them.'),
  graph: z.string().nullable(),
};

/** What is known of a module that is on no disk: where it is, and what became of its name. */
const known = z.strictObject({
  odoo: message.exactOptional().describe('In which series Odoo itself had it.'),
  changes: z
    .array(
      z.strictObject({
        kind: z.enum(['renamed', 'merged']),
        from: z.string(),
        to: z.string(),
        since: z.enum(SERIES),
      }),
    )
    .exactOptional()
    .describe('What became of its name up to this series.'),
  repos: names.describe('Repositories that have it for this series.'),
  branch: z.string().exactOptional().describe('The branch of a checkout of the first of them that has it.'),
  other_series: z.array(z.strictObject({ series: z.enum(SERIES), repos: names })),
  depends: names.exactOptional(),
  as_of: z.string(),
});
export type KnownOfAbsent = ReportOf<typeof known>;

/** Everything known about one module. What only a manifest can say is null if none can be read. */
export const OneInfoSchema = z.strictObject({
  ...shared,
  module: z.string(),
  on_disk: z.literal(false).exactOptional().describe('Nothing here has it; `known` and `next` tell of it.'),
  known: known.exactOptional(),
  next: z.string().exactOptional().describe('How to get it.'),
  family: family.nullable().describe('Null for a module that only odoo.conf or an addons directory adds.'),
  repo: z.string().nullable(),
  path: z.string().nullable().describe('Null when no root contains it.'),
  verdict: z.enum(VERDICTS).nullable(),
  linkable: z
    .boolean()
    .describe('Whether the link tool of its family would link it, with everything it needs.'),
  reasons,
  problems: z.array(
    z.strictObject({
      code: z.string(),
      level: z.enum(['error', 'warning']),
      message,
      line: z.int().exactOptional(),
      column: z.int().exactOptional(),
    }),
  ),
  manifest: z
    .strictObject({
      name: ownWords,
      summary: ownWords,
      version: ownWords,
      odoo_version: ownWords.exactOptional(),
      license: ownWords,
      category: ownWords,
      application: z.literal(true).exactOptional(),
      auto_install: z.union([z.literal(true), names]).exactOptional(),
      depends: names,
    })
    .nullable(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  linked: z.array(
    z.strictObject({
      link: z.string(),
      state: linkState,
      source: z.string().exactOptional().describe('Where it leads, if not to `path`.'),
      problem: message.exactOptional(),
      remedy: z.string().exactOptional(),
    }),
  ),
  needed_by: names.describe('Linked modules that depend on it.'),
  dependencies: z
    .array(
      z.strictObject({
        module: z.string(),
        state: modulePlace,
        family: family.nullable(),
        repo: z.string().nullable(),
        depends: names,
        sound: z.literal(false).exactOptional().describe('Odoo could not install it.'),
      }),
    )
    .describe("Everything it needs but Odoo's own modules, nearest first."),
  odoo_modules: names.describe("Odoo's own modules that it needs; theirs are not followed."),
  elsewhere,
  history: HistorySchema.exactOptional().describe('The last changes of its links, newest first.'),
});

/** One of several modules in short. */
const RowSchema = z.strictObject({
  module: z.string(),
  exists: z.boolean().describe('Whether it is on disk for this instance.'),
  family: family.nullable(),
  repo: z.string().nullable(),
  version: ownWords.exactOptional(),
  license: ownWords.exactOptional(),
  linkable: z.boolean(),
  linked: z.array(linkState),
  reasons,
  elsewhere,
});

/** Several modules in short, and what follows from taking them together. */
export const SeveralInfoSchema = z.strictObject({
  ...shared,
  modules: z.array(RowSchema).describe('With several modules: one row each.'),
  comes_along: names.describe('What is not linked yet and would be linked along with them.'),
});

/** Both shapes in one, as a tool answers. */
export const AddonInfoSchema = z.strictObject({
  ...OneInfoSchema.partial().shape,
  ...SeveralInfoSchema.partial().shape,
  ...shared,
});

export type OneInfo = ReportOf<typeof OneInfoSchema> & Unexamined;
export type SeveralInfo = ReportOf<typeof SeveralInfoSchema> & Unexamined;
export type AddonInfo = OneInfo | SeveralInfo;

/** What both shapes have. */
export type InCommon = keyof typeof shared | 'left_out';

interface Unexamined {
  /** More entries of `depends` than any Odoo instance has, which were not followed, and more conflicts than anybody reads. */
  readonly left_out?: readonly { readonly what: '/dependencies' | '/conflicts'; readonly items: number }[];
}

export type ModuleRow = SeveralInfo['modules'][number];

/** Whether an answer is about several modules. */
export function isSeveral(info: AddonInfo): info is SeveralInfo {
  return 'modules' in info;
}
