import { isModuleName } from '../../addons/module-name.ts';
import type { Scope, ServiceContext } from '../context.ts';
import { askForStates, type InOdoo } from '../odoo/in-odoo.ts';
import type { RequestOf } from '../select-target.ts';
import { withDiscretion } from '../telling.ts';

/** What narrows a call down, and the room of its page. */
interface Filters extends Pick<RequestOf<'link_status'>, 'module' | 'repo' | 'state' | 'target_dir'> {
  readonly room?: number | undefined;
}

/** Names of links. */
interface Names {
  /** Those that the filters of the call leave, and of which it may tell. */
  readonly wanted: ReadonlySet<string>;
  readonly linked: ReadonlySet<string>;
}

/** The room for it on a page with links. */
const ROOM = 6_000;

/**
 * What the running Odoo says of the modules of a call: those that it names, or else the links that its filters leave. Without
 * filters also what Odoo uses besides and nobody has linked, if something is to be said of it.
 */
export async function statusInOdoo(
  { module, repo, state, target_dir, room }: Filters,
  { wanted, linked }: Names,
  scope: Scope,
  context: ServiceContext,
): Promise<InOdoo> {
  const named = module === undefined ? [] : [...new Set([module].flat())];
  const { discretion } = withDiscretion(scope, context).sources;
  const names = [...wanted];
  let withheld = 0;
  for (const name of named) {
    if (linked.has(name) || !isModuleName(name)) continue;
    if ((await discretion?.mayName(name)) === false) withheld++;
    else names.push(name);
  }
  const isNamed = named.length > 0;
  const withRest = !isNamed && [repo, state, target_dir].every((filter) => filter === undefined);
  const most = room === undefined ? undefined : ROOM;
  return askForStates({ names, linked, isNamed, withRest, withheld, room: most }, scope, context);
}
