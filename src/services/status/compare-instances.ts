import { coreLists } from '../../addons/core-lists.ts';
import { lookAtFolders } from '../../addons/folder-look.ts';
import { readOwners } from '../../addons/owners.ts';
import { rootOf } from '../../addons/roots.ts';
import { ok, type Result, refuse } from '../../base/refusal.ts';
import { type Turns, takeTurns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { LinkState } from '../../links/link-states.ts';
import { checkoutOf, headOf } from '../../sources/provenance.ts';
import type { FoundPlace, ServiceContext } from '../context.ts';
import { readCursor, writeCursor } from '../cursor.ts';
import { readLinkedModules } from '../linked-modules.ts';
import { findOtherRoots } from '../other-roots.ts';
import { shownName, shownVersion } from '../own-words.ts';
import { viewPath } from '../path-view.ts';
import { selectInstance } from '../select-target.ts';
import { linkedPlace } from '../telling.ts';
import { type Comparison, type Difference, Differences } from './comparison.ts';
import { createEntryStates } from './entry-state.ts';

export interface ComparisonRequest {
  /** The names of two instances. */
  readonly instances: readonly string[];
  readonly cursor?: string | undefined;
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

/** What one instance has by a name, as far as it is compared. */
export interface Compared {
  readonly state: LinkState;
  readonly version: string | null;
  readonly repo: string | null;
  readonly commit: string | null;
  /** The hash of its manifest. */
  readonly manifest: string | null;
}

/**
 * Compares what is linked in two instances.
 * @returns The differences alone, a page at a time; a refusal for anything but two instances, and if the policy does not let
 *   the call reach one of them.
 */
export async function compareInstances(
  { instances: names, cursor, room }: ComparisonRequest,
  context: ServiceContext,
): Promise<Result<Comparison>> {
  const chosen: Instance[] = [];
  for (const name of new Set(names)) {
    const found = selectInstance(context.instances, { instance: name });
    if (!found.ok) return found;
    // The policy was asked about the first before the call began.
    const reached = chosen.length === 0 ? undefined : context.mayReach?.(found.value);
    if (reached?.ok === false) return reached;
    chosen.push(found.value);
  }
  const [one, other, ...rest] = chosen;
  if (one === undefined || other === undefined || rest.length > 0) {
    return refuse('invalid_argument', 'instances takes the names of two instances.');
  }
  const key = ['compare', one.name, other.name];
  const after = cursor === undefined ? ok([0] as const) : readCursor(key, cursor, isPosition);
  if (!after.ok) return after;
  const turns = takeTurns(context.signal);
  const here = await readInstance(one, context, turns, (place) => context.mayTell?.(place).ok !== false);
  if (!here.ok) return here;
  const there = await readInstance(
    other,
    context,
    turns,
    (place) => context.mayTell?.(place, other).ok !== false,
  );
  if (!there.ok) return there;
  // Between series, every version and every commit differs.
  const isSameSeries = one.series === other.series;
  const found = await compare(here.value, there.value, isSameSeries, turns);
  const page = new Differences([one.name, other.name], room);
  const [first] = after.value;
  let end = first;
  for (const difference of found.differences.slice(first)) {
    if (!page.add(difference)) break;
    end++;
  }
  return ok({
    status: 'ok',
    compared: [
      { instance: one.name, series: one.series, linked: here.value.size },
      { instance: other.name, series: other.series, linked: there.value.size },
    ],
    same: found.same,
    differences: found.differences.length,
    ...page.report(),
    ...(!isSameSeries && {
      note: 'The instances have different series, so versions, repositories and commits are not compared.',
    }),
    ...(end < found.differences.length && { next_cursor: writeCursor(key, [end]) }),
  });
}

/** The number of the first difference of a page. */
function isPosition(parts: readonly unknown[]): parts is readonly [number] {
  const [first] = parts;
  return parts.length === 1 && typeof first === 'number' && Number.isInteger(first) && first >= 0;
}

/**
 * What an instance has by each name; of a name that is there twice, the first.
 * @param isShown Whether the policy lets the call tell of a module.
 */
async function readInstance(
  instance: Instance,
  context: Pick<ServiceContext, 'instances' | 'mayTell'>,
  turns: Turns,
  isShown: (place: FoundPlace) => boolean,
): Promise<Result<ReadonlyMap<string, Compared>>> {
  const linked = await readLinkedModules(instance, turns);
  if (!linked.ok) return linked;
  const look = lookAtFolders(instance.roots, turns);
  const view = await viewPath(instance, await coreLists(instance.series), look);
  const otherOf = await findOtherRoots(linked.value, instance, context, turns);
  const stateOf = await createEntryStates(instance, linked.value, view, { otherOf }, turns);
  const ownersOf = await readOwners(instance.roots, turns, look);
  const commits = new Map<string, string | null>();
  const commitOf = (folder: string, root: string) => {
    const checkout = checkoutOf(folder);
    const known = commits.get(checkout);
    const commit = known === undefined ? (headOf(checkout, root)?.commit ?? null) : known;
    commits.set(checkout, commit);
    return commit;
  };
  const found = new Map<string, Compared>();
  for (const module of linked.value) {
    await turns.spend(4);
    if (found.has(module.name) || !isShown(linkedPlace(module, ownersOf))) continue;
    const { folder, assessment, family } = module;
    const root = folder === null || family === null ? null : rootOf(folder, instance.roots);
    const fields = assessment?.judgement?.fields;
    found.set(module.name, {
      state: stateOf(module).state,
      version: fields == null ? null : shownVersion(fields),
      repo: root === null || folder === null ? null : (ownersOf(folder)[0]?.name ?? null),
      commit: root === null || folder === null ? null : commitOf(folder, root.path),
      manifest: assessment?.sha256 ?? null,
    });
  }
  return ok(found);
}

/** All differences, in the order in which they are told. */
async function compare(
  here: ReadonlyMap<string, Compared>,
  there: ReadonlyMap<string, Compared>,
  isSameSeries: boolean,
  turns: Turns,
): Promise<{ differences: readonly Difference[]; same: number }> {
  const only: [Difference[], Difference[]] = [[], []];
  const modules: Difference[] = [];
  const commits = new Map<string, Difference & { readonly kind: 'commit' }>();
  let same = 0;
  for (const name of [...new Set([...here.keys(), ...there.keys()])].sort()) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    const [a, b] = [here.get(name), there.get(name)];
    if (a === undefined || b === undefined) {
      const at = a === undefined ? 1 : 0;
      only[at].push({ kind: 'only', at, module: shownName(name) });
      continue;
    }
    const pair = {
      state: [a.state, b.state],
      version: [a.version, b.version],
      repo: [a.repo, b.repo],
    } as const;
    const keys = (isSameSeries ? (['state', 'version', 'repo'] as const) : (['state'] as const)).filter(
      (key) => pair[key][0] !== pair[key][1],
    );
    const isOtherCommit = isSameSeries && a.commit !== b.commit;
    if (isOtherCommit && a.repo !== null && a.repo === b.repo)
      countCommit(commits, a.repo, [a.commit, b.commit]);
    const isEdited = isSameSeries && !isOtherCommit && keys.length === 0 && a.manifest !== b.manifest;
    if (keys.length > 0 || isEdited) {
      const differing = Object.fromEntries(keys.map((key) => [key, pair[key]]));
      modules.push({
        kind: 'module',
        module: shownName(name),
        ...differing,
        ...(isEdited && { manifest_differs: true }),
      });
    } else if (!isOtherCommit) same++;
  }
  return { differences: [...only[0], ...only[1], ...modules, ...commits.values()], same };
}

/** Two checkouts of a repository differ once, however many of its modules are linked. */
function countCommit(
  commits: Map<string, Difference & { readonly kind: 'commit' }>,
  repo: string,
  pair: readonly [string | null, string | null],
): void {
  const key = JSON.stringify([repo, pair]);
  const known = commits.get(key);
  commits.set(key, { kind: 'commit', repo, commit: pair, modules: (known?.modules ?? 0) + 1 });
}
