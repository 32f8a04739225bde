/** What is told of a module that is on no disk, where something is known of it. */
import { describeOtherSeries } from '../../addons/core-lists.ts';
import type { ModuleName } from '../../addons/module-name.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { FoundPlace, ServiceContext } from '../context.ts';
import { moduleHistory } from '../history/module-history.ts';
import { shownName } from '../own-words.ts';
import { scopeOf, traceModule } from '../trace-module.ts';
import type { InCommon, KnownOfAbsent, OneInfo } from './info-schema.ts';
import { type Look, whereLinked } from './look.ts';
import { whoNeeds } from './one-info.ts';

/** A module that is on no disk, and of which something is known. */
export interface AbsentModule {
  readonly name: ModuleName;
  readonly known: KnownOfAbsent;
  /** As the policy judges it. */
  readonly place: FoundPlace;
}

/**
 * Finds out what is known of a module that was not found.
 * @param refusal Why not.
 * @returns Null if nothing is known, or if something on this disk keeps it from being found, which the refusal says.
 */
export async function findAbsent(
  name: ModuleName,
  { code, details }: Refusal,
  { sources, elsewhere }: Pick<Look, 'sources' | 'elsewhere'>,
): Promise<AbsentModule | null> {
  const { series, index } = sources;
  const otherwise = await describeOtherSeries(name, series);
  if (code !== 'module_not_found' || (details?.nearest === undefined && otherwise === null)) return null;
  const { place, changes, asOf } = await traceModule(name, scopeOf(sources), otherwise?.upTo);
  const places = await index.seriesOf(name);
  const isKnown = otherwise !== null || changes.length > 0 || place.kind !== 'nowhere' || places.length > 0;
  if (!isKnown && (await elsewhere(name)).length === 0) return null;
  const [first] = (await index.of(series)).named(name);
  const held = changes.length === 0 && place.kind === 'indexed' ? place : null;
  const known: KnownOfAbsent = {
    ...(otherwise !== null && { odoo: `It ${otherwise.said}.` }),
    ...(changes.length > 0 && { changes }),
    repos: held?.repos ?? [],
    ...(held?.branch !== undefined && { branch: held.branch }),
    other_series: places.filter((one) => one.series !== series),
    ...(first?.depends != null && { depends: first.depends.map(shownName) }),
    as_of: held?.asOf ?? asOf,
  };
  return { name, known, place: { modules: [name], family: null, repos: held?.repos ?? [] } };
}

/**
 * The answer about such a module.
 * @param refusal Why it was not found, and what to do about it.
 */
export async function describeAbsent(
  { name, known }: AbsentModule,
  { message, hint }: Refusal,
  look: Look,
  context: Pick<ServiceContext, 'readPast'>,
): Promise<Omit<OneInfo, InCommon>> {
  const { instance, linked, elsewhere, turns, sources } = look;
  const history = await moduleHistory(name, instance.name, { ...context, ...sources.discretion }, turns);
  return {
    module: name,
    on_disk: false,
    known,
    ...(hint !== undefined && { next: hint }),
    ...{
      family: null,
      repo: null,
      path: null,
      verdict: null,
      linkable: false,
      reasons: [message],
      problems: [],
    },
    ...{ manifest: null, branch: null, commit: null, dirty: null },
    linked: whereLinked(name, null, look),
    needed_by: await whoNeeds(name, linked, turns),
    dependencies: [],
    odoo_modules: [],
    elsewhere: await elsewhere(name),
    ...(history !== null && { history }),
  };
}
