import { basename } from 'node:path';
import * as z from 'zod';
import { isModuleName } from '../../addons/module-name.ts';
import { LINKED_FAMILIES, rootOf } from '../../addons/roots.ts';
import { readSources } from '../../addons/sources.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { takeTurns } from '../../base/turns.ts';
import { SERIES } from '../../manifest/series.ts';
import type { ServiceContext } from '../context.ts';
import { readProvenances } from '../link/vouch.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { type Selection, selectTarget } from '../select-target.ts';

const DeclaredLinkSchema = z.strictObject({
  module: z.string().describe('Technical name.'),
  family: z.enum(LINKED_FAMILIES),
  repo: z
    .string()
    .nullable()
    .default(null)
    .describe('Folder name of the repository, or its path if several have that name; null for any.'),
  commit: z
    .string()
    .nullable()
    .default(null)
    .describe('Commit of the repository; `apply` warns when it differs.'),
});

/** What an addons directory contains, or must contain: written by `export`, read by `apply`. */
export const DeclaredStateSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  version: z.literal(1),
  series: z.enum(SERIES),
  links: z.array(DeclaredLinkSchema).max(20_000),
});

export type DeclaredState = z.infer<typeof DeclaredStateSchema>;
export type DeclaredLink = z.infer<typeof DeclaredLinkSchema>;

/**
 * Lists what is linked in one addons directory.
 * @returns The state, sorted by name, and the names of entries that are not part of it: foreign links, broken links, folders.
 */
export async function exportLinks(
  selection: Selection,
  { instances, surface, readProvenance, signal }: ServiceContext,
): Promise<Result<{ state: DeclaredState; leftOut: string[] }>> {
  const target = selectTarget(instances, selection, surface);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const turns = takeTurns(signal);
  const linked = await readLinkedModules(instance, turns, [dir]);
  if (!linked.ok) return linked;
  const leftOut: string[] = [];
  const managed = linked.value.flatMap(({ name, family, folder }) => {
    const root = folder === null ? null : rootOf(folder, instance.roots);
    const isModule = isModuleName(name) && basename(folder ?? '') === name;
    if (folder !== null && root !== null && isModule && family !== null && family !== 'core') {
      return [{ module: name, family, path: folder, root } as const];
    }
    leftOut.push(name);
    return [];
  });
  const { repositories, ownersOf } = await readSources(instance.roots, instance.series, turns);
  const states = await readProvenances(managed, readProvenance);
  const links = managed.map(({ module, family, ...source }): DeclaredLink => {
    const [owner] = ownersOf(source.path);
    // If two checkouts have the same name, only the path tells them apart.
    const isTold = repositories.filter(({ name }) => name === owner?.name).length < 2;
    const repo = (isTold ? owner?.name : owner?.path) ?? null;
    return { module, family, repo, commit: states.get(source.path)?.commit ?? null };
  });
  return ok({ state: { version: 1, series: instance.series, links }, leftOut });
}
