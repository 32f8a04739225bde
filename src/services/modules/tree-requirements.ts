import * as z from 'zod';
import { quoted } from '../../base/text.ts';
import type { Instance } from '../../config/instance.ts';
import { findMissingExternals } from '../../sources/python-environment.ts';
import { message, type ReportOf, shownName } from '../own-words.ts';
import { groupRequirements, type Needed } from '../requirements.ts';
import type { DependencyTree } from './dependency-tree.ts';

const needed = z.strictObject({
  line: z.string().describe("A module's own text, quoted unless it is one plain word."),
  modules: z.array(z.string()),
  installed: z.boolean().exactOptional().describe('Absent where nobody looked.'),
});

/** What modules and all that they need need besides Odoo; who needs it, and whether it is there. */
export const TreeRequirementsSchema = z.strictObject({
  python: z.array(needed).exactOptional().describe('Lines for pip.'),
  bin: z.array(needed).exactOptional().describe('Programs.'),
  other: z.array(needed).exactOptional().describe('Texts that pip cannot install by name.'),
  note: message.exactOptional(),
});

export type TreeRequirements = ReportOf<typeof TreeRequirementsSchema>;

/** No one reads more, and hostile manifests can name any number. */
const MOST_LINES = 100;
const MOST_MODULES = 10;

/**
 * The requirements of a tree of modules.
 * @returns What the instance's Python environment has of them is told if one is configured and answers. Null for none.
 */
export async function treeRequirements(
  { reached }: Pick<DependencyTree, 'reached'>,
  { python, series }: Pick<Instance, 'python' | 'series'>,
): Promise<TreeRequirements | null> {
  const needy = reached.flatMap(({ name, value: { fields } }) => (fields === null ? [] : { name, fields }));
  const all = groupRequirements(needy);
  const lists = { python: all.python, bin: all.bin, other: all.unreadable };
  const told = Object.entries(lists).map(([kind, rows]) => [kind, rows.slice(0, MOST_LINES)] as const);
  const names = {
    python: [...all.python, ...all.unreadable].slice(0, MOST_LINES).flatMap(({ texts }) => texts),
    bin: all.bin.slice(0, MOST_LINES).flatMap(({ texts }) => texts),
  };
  if (names.python.length + names.bin.length === 0) return null;
  const missing = python === null ? null : await findMissingExternals(python, names, series);
  const lacks = missing === null ? null : new Set([...missing.python, ...missing.bin]);
  const shown = told.filter(([, rows]) => rows.length > 0);
  const left = Object.values(lists).reduce((sum, rows) => sum + Math.max(0, rows.length - MOST_LINES), 0);
  const notes = [
    ...(python !== null && missing === null ? ['The configured Python interpreter does not answer.'] : []),
    ...(left > 0 ? [`${left} more are left out.`] : []),
  ];
  return {
    ...Object.fromEntries(shown.map(([kind, rows]) => [kind, rows.map((row) => describe(row, lacks))])),
    ...(notes.length > 0 && { note: notes.join(' ') }),
  };
}

function describe({ line, texts, modules }: Needed, lacks: ReadonlySet<string> | null) {
  return {
    line: quoted(line),
    modules: modules.slice(0, MOST_MODULES).map(shownName),
    ...(lacks !== null && { installed: !texts.some((text) => lacks.has(text)) }),
  };
}

/** The requirements as lines of text. */
export function describeRequirementsOf(requirements: TreeRequirements): string[] {
  const { python = [], bin = [], other = [], note } = requirements;
  const by = ({ line, modules, installed }: (typeof python)[number]) =>
    `${line} (${modules.join(', ')}${installed === undefined ? '' : installed ? '; installed' : '; missing'})`;
  return [
    ...(python.length > 0 ? [`Python packages needed: ${python.map(by).join(', ')}.`] : []),
    ...(bin.length > 0 ? [`Programs needed: ${bin.map(by).join(', ')}.`] : []),
    ...(other.length > 0 ? [`Needed, but nothing pip installs by name: ${other.map(by).join(', ')}.`] : []),
    ...(note === undefined ? [] : [note]),
  ];
}
