import type { Server } from '@modelcontextprotocol/server';
import { isModuleName } from '../addons/module-name.ts';
import { sortInTurns, type Turns, takeTurns } from '../base/turns.ts';
import type { CatalogView } from '../catalog/catalog.ts';
import { kindOfArgument } from '../tool-table.ts';
import type { SharedParts, Track } from './call-tool.ts';

/** The most values one answer may have (specification 2025-06-18, "Completion"). */
const MOST_VALUES = 100;

/**
 * Completes the names of instances and modules, for prompts and resource templates. Names of modules are completed only
 * if the policy allows every search.
 */
export function offerCompletions(server: Server, { context, gate }: SharedParts, track: Track): void {
  server.setRequestHandler('completion/complete', async ({ params }, { mcpReq: { signal } }) => {
    const { argument, context: given } = params;
    const instances = context.instances.map(({ name }) => name);
    // The variable `name` of the resource templates is a module.
    const kind = argument.name === 'name' ? 'module' : kindOfArgument(argument.name);
    if (kind === 'instance') return complete(argument.value, instances);
    // As in calls of tools, an empty text is none.
    const chosen = given?.arguments?.instance || undefined;
    const known = context.instances.filter(({ name }) => chosen === undefined || name === chosen);
    if (kind !== 'module' || !gate.isOpen('addon_search')) return complete(argument.value, []);
    const views = await track(Promise.all(known.map((instance) => context.catalogOf(instance).refresh())));
    return track(completeModules(argument.value, views, takeTurns(signal)));
  });
}

async function completeModules(value: string, views: readonly CatalogView[], turns: Turns) {
  const wanted = value.toLowerCase();
  const matching = new Set<string>();
  for (const { name } of views.flatMap(({ modules }) => modules)) {
    const pause = turns.spend(1 / 8);
    if (pause !== undefined) await pause;
    if (isModuleName(name) && name.toLowerCase().startsWith(wanted)) matching.add(name);
  }
  return answer(await sortInTurns([...matching], (a, b) => (a < b ? -1 : 1), turns));
}

function complete(value: string, names: readonly string[]) {
  const wanted = value.toLowerCase();
  const matching = [...new Set(names)].filter((name) => name.toLowerCase().startsWith(wanted)).sort();
  return answer(matching);
}

function answer(matching: readonly string[]) {
  const values = matching.slice(0, MOST_VALUES);
  return { completion: { values, total: matching.length, hasMore: matching.length > values.length } };
}
