import { join } from 'node:path';
import { modulesIn } from '../../addons/module-folders.ts';
import { describeFaults } from '../../addons/root-faults.ts';
import { toolsOf } from '../../addons/roots.ts';
import { isInside, lstatOrNull } from '../../base/paths.ts';
import { ok, type Result } from '../../base/refusal.ts';
import { sideBySide } from '../../base/side-by-side.ts';
import { asSentence, quoted, quotedField } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import { readCheckoutFacts } from '../../sources/checkout-facts.ts';
import type { GitFolder } from '../../sources/git-folder.ts';
import { type Head, readHead, readRef } from '../../sources/git-head.ts';
import { readReftableHead } from '../../sources/reftable-head.ts';
import { describeObstacle } from '../../sources/remote/obstacle.ts';
import { trackingRef } from '../../sources/remote/ready-checkout.ts';
import { lookAround, type Scope, type ServiceContext, surfaceAt } from '../context.ts';
import { type CursorKey, Page, readCursor, writeCursor } from '../cursor.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';
import { type RequestOf, selectInstance } from '../select-target.ts';
import { describeWithheld } from '../telling.ts';
import { checkoutsOf, chooseCheckouts, type FoundCheckout } from './found-checkouts.ts';
import { MOST_AT_ONCE, readyOf } from './plan-updates.ts';
import type { CheckoutStatus } from './status-report.ts';

export interface CheckoutStatusRequest extends RequestOf<'oca_status'> {
  /** The most characters of a page; without it, everything is one page. */
  readonly room?: number | undefined;
}

/** How long git may take for one question about a checkout, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Lists the checkouts of an instance: what is checked out, how it stands to the remote as of the last fetch, and whether it
 * could be updated. Asks no remote and changes nothing.
 * @returns A page of checkouts, in the order of their paths.
 */
export async function checkoutStatus(
  request: CheckoutStatusRequest,
  context: ServiceContext,
): Promise<Result<CheckoutStatus>> {
  const selected = selectInstance(context.instances, request, context.surface);
  if (!selected.ok) return selected;
  const instance = selected.value;
  const key: CursorKey = ['checkouts', instance.name, request.repo ?? null];
  const after = request.cursor === undefined ? ok(null) : readCursor(key, request.cursor, isPath);
  if (!after.ok) return after;
  const scope = await lookAround(instance, context, surfaceAt(instance, context));
  const { sources, turns } = scope;
  const all = checkoutsOf(sources.repositories);
  const shown = all.filter(
    ({ family, repo }) => context.mayTell?.({ modules: [], family, repos: [repo] }).ok !== false,
  );
  const repos = request.repo === undefined ? undefined : [request.repo];
  const chosen = chooseCheckouts(shown, repos, null, sources.surface);
  if (!chosen.ok) return chosen;
  const linked = await readLinkedModules(instance, turns, instance.addonsDirs, sources.look);
  if (!linked.ok) return linked;
  const sorted = chosen.value.sort((a, b) => (a.path < b.path ? -1 : 1));
  const [from] = after.value ?? [''];
  const left = sorted.filter(({ path }) => path > from).slice(0, request.limit ?? MOST_ON_PAGE);
  const rows = await sideBySide(left, MOST_AT_ONCE, (one) => rowOf(one, linked.value, scope, context));
  const page = new Page<CheckoutStatus['checkouts'][number]>(request.room ?? Number.POSITIVE_INFINITY);
  const end = rows.findIndex((row) => !page.add(row));
  const listed = end < 0 ? rows.length : end;
  const last = left[listed - 1];
  const isAll = last === undefined || last === sorted.at(-1);
  const note = describeWithheld(request.repo === undefined ? all.length - shown.length : 0);
  return ok({
    ...{ status: 'ok', instance: instance.name, series: instance.series, total: sorted.length },
    checkouts: page.items,
    ...(note !== null && { note }),
    unavailable: describeFaults(instance.roots),
    ...(!isAll && { next_cursor: writeCursor(key, [last.path]) }),
  });
}

/** More than fit into an answer. */
const MOST_ON_PAGE = 1000;

function isPath(parts: readonly unknown[]): parts is readonly [string] {
  return parts.length === 1 && typeof parts[0] === 'string';
}

async function rowOf(
  checkout: FoundCheckout,
  linked: readonly LinkedModule[],
  { instance, turns }: Scope,
  context: ServiceContext,
): Promise<CheckoutStatus['checkouts'][number]> {
  const { repo, family, path, git } = checkout;
  const head = git === null ? null : (readHead(git) ?? (await headInReftable(git)));
  const branch = head?.branch ?? null;
  const tracked = git === null || branch === null ? null : (readRef(git, trackingRef(branch)) ?? null);
  const facts =
    git === null || head === null ? null : await readCheckoutFacts(git, head, tracked, PATIENCE_MS);
  const fetched = git === null || branch === null ? null : fetchedAt(git, branch);
  const problem = problemOf(checkout, facts?.changed ?? null, context, instance);
  return {
    ...{
      repo,
      family,
      path,
      branch: branch === null ? null : quotedField(branch),
      commit: head?.commit ?? null,
    },
    ...(facts?.date != null && { date: new Date(facts.date * 1000).toISOString() }),
    ahead: facts?.ahead ?? null,
    behind: facts?.behind ?? null,
    ...(fetched !== null && { fetched }),
    changed: facts?.changed ?? null,
    modules: await countModules(checkout, turns),
    linked: linked.filter(({ folder }) => folder !== null && isInside(folder, path)).length,
    ...(problem !== null && { problem }),
  };
}

async function headInReftable(git: GitFolder): Promise<Head | null> {
  return (await readReftableHead(git, PATIENCE_MS))?.head ?? null;
}

/** Why a checkout could not be updated, apart from what only its remote knows; null if nothing is known, or no tool would update it. */
function problemOf(
  checkout: FoundCheckout,
  changed: boolean | null,
  { remotes }: Pick<ServiceContext, 'remotes'>,
  instance: Scope['instance'],
): string | null {
  const tool = toolsOf(checkout.family);
  const remote = tool === null ? null : (remotes?.[tool] ?? null);
  if (remote === null) return null;
  const ready = readyOf(checkout, { remote, instance });
  if ('kind' in ready) return asSentence(`${quoted(checkout.repo)} ${describeObstacle(ready)}`);
  if (ready.interrupted !== null)
    return asSentence(`${quoted(checkout.repo)} ${describeObstacle({ kind: 'interrupted' })}`);
  return changed === true ? `${quoted(checkout.repo)} has files that were changed.` : null;
}

/** When git has fetched something last, or cloned it. */
function fetchedAt({ common }: GitFolder, branch: string): string | null {
  const [fetch, ref, packed] = ['FETCH_HEAD', trackingRef(branch), 'packed-refs'].map((name) =>
    lstatOrNull(join(common, name)),
  );
  const times = [fetch, ref].flatMap((stats) => stats?.mtimeMs ?? []);
  const time = times.length > 0 ? Math.max(...times) : packed?.mtimeMs;
  return time === undefined ? null : new Date(time).toISOString();
}

async function countModules({ path, inner }: FoundCheckout, turns: Turns): Promise<number> {
  let count = 0;
  for (const folder of inner) count += (await modulesIn(join(path, folder), turns)).length;
  return count;
}
