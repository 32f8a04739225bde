import { join } from 'node:path';
import { coreLists } from '../../addons/core-lists.ts';
import { repositoriesOf } from '../../addons/discover.ts';
import { createPathView } from '../../addons/on-path.ts';
import { createOwners, type OwnersOf } from '../../addons/owners.ts';
import type { Family } from '../../addons/roots.ts';
import { isOnConfiguredPath } from '../../addons/search-path.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { isInterrupted } from '../../links/transaction.ts';
import { ok, type Result } from '../../refusal.ts';
import { oneLine, quotedField } from '../../text.ts';
import { placeOf, type ServiceContext } from '../context.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';
import { shownName } from '../own-words.ts';
import { type Selection, selectTarget } from '../select-target.ts';
import { createJudge, type Judged, LINK_STATES, type LinkState } from './judge-entry.ts';

export interface StatusRequest extends Selection {
  readonly state?: LinkState | undefined;
}

export interface StatusEntry {
  readonly module: string;
  readonly link: string;
  readonly state: LinkState;
  /** The real folder it leads to; null when it is broken, or outside the roots. */
  readonly source: string | null;
  readonly family: Family | null;
  readonly repo: string | null;
  readonly version: string | null;
  /** What is wrong, and what to do about it; null for `ok`. */
  readonly problem: string | null;
  readonly remedy: string | null;
}

export interface StatusReport {
  readonly status: 'ok';
  readonly instance: string;
  readonly series: string;
  readonly target_dirs: readonly string[];
  readonly counts: Readonly<Record<LinkState, number>>;
  /** Addons directories that odoo.conf does not have on the addons path: Odoo finds nothing in them. */
  readonly off_path: readonly string[];
  /** Addons directories in which a change was interrupted; the next call that changes links undoes it. */
  readonly interrupted: readonly string[];
  readonly links: readonly StatusEntry[];
}

/**
 * Says what is in the addons directories of an instance and what is wrong with it; changes nothing.
 * @returns Every entry, or those in one state; the counts are of all of them.
 */
export async function linkStatus(
  request: StatusRequest,
  context: ServiceContext,
): Promise<Result<StatusReport>> {
  const target = selectTarget(context.instances, request);
  if (!target.ok) return target;
  const { instance, dir } = target.value;
  const dirs = request.target_dir === undefined ? instance.addonsDirs : [dir];
  const isOffPath = ({ path }: AddonsDir) => !isOnConfiguredPath(path, instance);
  const linked = readLinkedModules(instance, dirs);
  if (!linked.ok) return linked;
  const view = createPathView(instance, await coreLists(instance.series));
  const judge = createJudge(instance, linked.value, view, placeOf(instance, context));
  const ownersOf = createOwners(instance.roots.flatMap(repositoriesOf));
  const links = linked.value.map((module) => describe(module, judge(module), ownersOf));
  const counts = Object.fromEntries(
    Object.keys(LINK_STATES).map((state) => [state, links.filter((link) => link.state === state).length]),
  ) as Record<LinkState, number>;
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    target_dirs: dirs.map(({ path }) => path),
    counts,
    off_path: instance.odooConf === null ? [] : dirs.filter(isOffPath).map(({ path }) => path),
    interrupted: dirs.filter((one) => isInterrupted(one, context.stateDir)).map(({ path }) => path),
    links: request.state === undefined ? links : links.filter(({ state }) => state === request.state),
  });
}

function describe(module: LinkedModule, judged: Judged, ownersOf: OwnersOf): StatusEntry {
  const { name, dir, family, folder, assessment } = module;
  // Where a foreign link leads is not shown.
  const source = folder === null || (family === null && module.entry.kind === 'link') ? null : folder;
  const version = assessment?.judgement?.fields?.version;
  return {
    module: shownName(name),
    link: join(dir.path, name),
    state: judged.state,
    source,
    family,
    repo: source === null ? null : (ownersOf(source)[0]?.name ?? null),
    version: version === undefined ? null : quotedField(version),
    problem: judged.problem ?? null,
    remedy: judged.remedy ?? null,
  };
}

const MOST_SHOWN = 200;

/** A status report as a short text for a person: what is wrong, and how much is not. */
export function describeStatus({
  instance,
  series,
  target_dirs,
  counts,
  off_path,
  interrupted,
  links,
}: StatusReport): string {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const said = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const head = `${total === 1 ? '1 entry' : `${total} entries`} in ${target_dirs.join(', ')} (instance ${instance}, Odoo ${series})`;
  const lines = [`${head}${said.length > 0 ? `: ${said.join(', ')}` : ''}.`];
  for (const dir of off_path) {
    lines.push(`Odoo does not look into ${dir}: add it to addons_path in odoo.conf and restart Odoo.`);
  }
  for (const dir of interrupted) {
    lines.push(`An interrupted change waits in ${dir}: the next call that changes links undoes it.`);
  }
  const bad = links.filter(({ state }) => state !== 'ok');
  lines.push(
    ...bad.slice(0, MOST_SHOWN).map(({ module, state, problem, remedy }) => {
      return `- ${module}: ${state}. ${problem ?? ''} ${remedy ?? ''}`;
    }),
  );
  if (bad.length > MOST_SHOWN) lines.push(`And ${bad.length - MOST_SHOWN} more.`);
  return lines.map(oneLine).join('\n');
}
