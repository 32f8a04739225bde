import type { ModuleOnPath } from '../../addons/on-path.ts';
import { rootOf } from '../../addons/roots.ts';
import { identifyFolders } from '../../addons/source-state.ts';
import type { ModuleCode, OperationPlan, OperationStep } from '../../odoo/operation-plan.ts';
import { lookAround, READING, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import type { OperationWork } from './operation-work.ts';

/**
 * What the modules of an operation are that lie in roots, for whoever approves it: a version stays the same when a link is made to
 * lead elsewhere, or the code changes. Odoo's own modules are the operator's.
 * @returns None where there is no policy, and so nobody who approves.
 */
export async function codeOf(
  steps: readonly Pick<OperationStep, 'module' | 'action'>[],
  { instance, view, sources, turns }: Scope,
  { guard, readProvenance }: Pick<ServiceContext, 'guard' | 'readProvenance'>,
): Promise<readonly ModuleCode[]> {
  if (guard === undefined) return [];
  const found: { readonly module: string; readonly path: string; readonly onPath: ModuleOnPath }[] = [];
  for (const { module, action } of steps) {
    await turns.spend(READING);
    const onPath = view.find(module);
    if (action === 'cancel' || onPath === null || onPath.family === 'core') continue;
    const { folder } = onPath;
    if (folder !== null && onPath.family !== null) found.push({ module, path: folder, onPath });
  }
  const placed = found.flatMap(({ path, ...rest }) => {
    const root = rootOf(path, instance.roots);
    return root === null ? [] : [{ ...rest, path, root }];
  });
  const provenances = await readProvenance(placed.map(({ path, root }) => ({ path, root: root.path })));
  return placed.map(({ module, path, root, onPath }, at) => {
    const owners = sources.ownersOf(path);
    const [repository = { name: '', path: root.path, root }] = owners;
    return {
      module,
      state: {
        repos: owners.map(({ name }) => name),
        commit: provenances[at]?.commit ?? null,
        dirty: provenances[at]?.dirty ?? null,
        manifest: onPath.assessment?.sha256 ?? null,
        folders: identifyFolders({ path, repository, root }),
      },
    };
  });
}

/**
 * Looks at the modules of a plan once more: a restart takes minutes, and meanwhile other calls and people change links and code.
 * @returns The names of those that are something else now.
 */
export async function changedCode(
  { operation, code }: OperationPlan,
  { scope, context }: Pick<OperationWork, 'scope' | 'context'>,
): Promise<string[]> {
  const { instance } = scope;
  const now = await codeOf(
    operation,
    await lookAround(instance, context, surfaceAt(instance, context)),
    context,
  );
  const [before, after] = [code, now].map((some) => new Map(some.map((one) => [one.module, one])));
  const names = new Set([...code, ...now].map(({ module }) => module));
  return [...names].filter((name) => !isSame(before?.get(name), after?.get(name)));
}

function isSame(before: ModuleCode | undefined, after: ModuleCode | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const [was, is] = [before.state, after.state];
  // Git may not have answered in time.
  const isKnown = was.dirty !== null && is.dirty !== null;
  const plain = (state: ModuleCode['state']) => JSON.stringify({ ...state, dirty: isKnown && state.dirty });
  return plain(was) === plain(is);
}
