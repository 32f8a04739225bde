import * as z from 'zod';
import { renderTree } from '../../addons/graph.ts';
import { FAMILIES } from '../../addons/roots.ts';
import { counted, oneLine, quoted } from '../../base/text.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { VERDICTS } from '../../manifest/judgement.ts';
import { atLine } from '../../manifest/problems.ts';
import { SERIES } from '../../manifest/series.ts';
import { conflictSchema } from '../conflicts/module-conflicts.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';

const family = z.enum(FAMILIES);
const names = z.array(z.string());

/** Everything known about a module. What only a manifest can say is null if none can be read. */
export const AddonInfoSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  module: z.string(),
  family: family.nullable().describe('Null for a module that only odoo.conf or an addons directory adds.'),
  repo: z.string().nullable(),
  path: z.string().nullable().describe('Null when no root contains it.'),
  verdict: z.enum(VERDICTS).nullable(),
  linkable: z
    .boolean()
    .describe('Whether the link tool of its family would link it, with everything it needs.'),
  reasons: z.array(message).describe('Why it cannot be linked.'),
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
      application: z.boolean(),
      auto_install: z.union([z.boolean(), names]),
      depends: names,
      excludes: names,
      external_dependencies: z.strictObject({ python: z.array(ownWords), bin: z.array(ownWords) }),
    })
    .nullable(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  dirty: z.boolean().nullable(),
  linked: z.array(
    z.strictObject({
      link: z.string(),
      state: z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]),
      source: z.string().nullable(),
    }),
  ),
  needed_by: names.describe('Linked modules that depend on it.'),
  dependencies: z
    .array(
      z.strictObject({
        module: z.string(),
        depends: names,
        state: z.enum([
          'asked',
          'core',
          'core_list',
          'python',
          'addons_path',
          'linked',
          'available',
          'missing',
        ]),
        family: family.nullable(),
        repo: z.string().nullable(),
        sound: z.boolean().describe('Whether Odoo could install it.'),
      }),
    )
    .describe("The module, then everything it needs, nearest first. Odoo's own modules are not followed."),
  conflicts: z.array(conflictSchema),
  graph: z.string().nullable(),
});

export type AddonInfo = ReportOf<typeof AddonInfoSchema> & {
  /** What was not followed: entries of `depends` further down, if there are more than any Odoo instance has. */
  readonly left_out?: readonly [{ readonly what: '/dependencies'; readonly items: number }];
};
export type TreeNode = AddonInfo['dependencies'][number];

/** What is known about a module, as text for a person; its dependencies as a tree. */
export function describeInfo(info: AddonInfo): string {
  const { module, family, repo, manifest, verdict, series, instance } = info;
  const origin =
    repo === null
      ? ''
      : ` from ${[quoted(repo), info.branch, info.commit?.slice(0, 10)].flatMap((part) => part ?? []).join(' ')}`;
  const kind = family === null ? '' : ` (${family})`;
  const lines = [`${module}${kind}${origin}; instance ${instance}, Odoo ${series}.`];
  if (manifest !== null) {
    lines.push(`Title ${manifest.name || 'missing'}, summary ${manifest.summary || 'missing'}.`);
    const shown = manifest.odoo_version === undefined ? '' : ` (Odoo shows ${manifest.odoo_version})`;
    lines.push(
      `Version ${manifest.version}${shown}, licence ${manifest.license}, category ${manifest.category}.`,
    );
  }
  lines.push(verdict === null ? 'Only its name is known.' : `Verdict: ${verdict}.`);
  lines.push(...info.reasons.map((reason) => `Not linkable: ${reason}`));
  lines.push(
    ...info.problems
      .filter(({ level }) => level === 'warning')
      .map((problem) => `Warning: ${atLine(problem)}`),
  );
  lines.push(...info.linked.map(({ link, state }) => `Linked: ${link} (${state}).`));
  if (info.needed_by.length > 0) lines.push(`Needed by ${info.needed_by.join(', ')}.`);
  const { python = [], bin = [] } = manifest?.external_dependencies ?? {};
  if (python.length > 0) lines.push(`Python packages needed: ${python.join(', ')}.`);
  if (bin.length > 0) lines.push(`Programs needed: ${bin.join(', ')}.`);
  lines.push(...info.conflicts.map(({ kind, message }) => `Conflict (${kind}): ${message}`));
  for (const { items } of info.left_out ?? []) {
    lines.push(
      `${counted(items, 'more dependency was', 'more dependencies were')} not checked: there are more than any Odoo instance has.`,
    );
  }
  return [...lines.map(oneLine), treeText(info), ...(info.graph === null ? [] : [info.graph])].join('\n');
}

/** The dependencies of a module as a tree of lines. */
export function treeText({ dependencies }: Pick<AddonInfo, 'dependencies'>): string {
  return renderTree(dependencies, (node) => oneLine(describeNode(node)));
}

function describeNode({ module, state, family, repo, sound }: TreeNode): string {
  if (state === 'asked') return module;
  const place = {
    core: 'Odoo',
    core_list: 'Odoo',
    python: 'installed by pip',
    addons_path: 'on the addons path',
    linked: 'linked',
    available: `${family}, not linked, in ${quoted(repo ?? '')}`,
    missing: family === 'ee' ? 'missing, Odoo Enterprise' : 'missing',
  }[state];
  return `${module} (${place}${sound || state === 'missing' ? '' : '; cannot be installed'})`;
}
