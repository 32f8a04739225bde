import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CompleteRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { isModuleName } from '../addons/module-name.ts';
import type { CallParts, Track } from './call-tool.ts';

/** The most values one answer may have (specification 2025-06-18, "Completion"). */
const MOST_VALUES = 100;

/**
 * Completes the names of instances and modules, for prompts and resource templates; those of modules only where the
 * policy would let every search through.
 */
export function offerCompletions(server: Server, { context, gate }: CallParts, track: Track): void {
  server.setRequestHandler(CompleteRequestSchema, async ({ params }) => {
    const { argument, context: given } = params;
    const instances = context.instances.map(({ name }) => name);
    if (argument.name === 'instance') return complete(argument.value, instances);
    const isModule = argument.name === 'module' || argument.name === 'name';
    const chosen = given?.arguments?.instance;
    const known = context.instances.filter(({ name }) => chosen === undefined || name === chosen);
    if (!isModule || !gate.isOpen('addon_search')) return complete(argument.value, []);
    const views = await track(Promise.all(known.map((instance) => context.catalogOf(instance).refresh())));
    return complete(
      argument.value,
      views.flatMap(({ modules }) => modules.map(({ name }) => name).filter(isModuleName)),
    );
  });
}

function complete(value: string, names: readonly string[]) {
  const wanted = value.toLowerCase();
  const matching = [...new Set(names)].filter((name) => name.toLowerCase().startsWith(wanted)).sort();
  const values = matching.slice(0, MOST_VALUES);
  return { completion: { values, total: matching.length, hasMore: matching.length > values.length } };
}
