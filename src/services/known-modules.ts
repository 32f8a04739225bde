/** What is known of a module that no root has: which of OCA's repositories has it, and what else it is called. */
import { findOffers } from '../addons/lookup.ts';
import { isModuleName } from '../addons/module-name.ts';
import { describeLater, earlierNames, laterNames } from '../addons/name-changes.ts';
import { settingOf, type ToolFamily, toolsOf } from '../addons/roots.ts';
import type { Sources } from '../addons/sources.ts';
import { dateInWords, inWords, quoted } from '../base/text.ts';
import { isSince, type Series } from '../manifest/series.ts';
import { knownSeries, readOcaIndex } from '../sources/oca-index.ts';

/** What the built-in index knows of a name: facts for `details`, and sentences that say what follows from them. */
export interface KnownModule {
  readonly facts: {
    /** OCA's repositories that have it for this series. */
    readonly repos?: readonly string[];
    /** Those that have it for other series. */
    readonly other_series?: readonly { readonly series: Series; readonly repos: readonly string[] }[];
    /** What it is called in this series, or what it was merged into. */
    readonly name?: string;
    /** The month or year of the facts about repositories. */
    readonly as_of?: string;
  };
  readonly said: string;
}

/**
 * What is known of a module that no root offers. The index tells what was so on a day; that a module is not in it means only
 * that it is not known.
 * @param tool What was asked to link it.
 */
export async function knowModule(name: string, tool: ToolFamily, sources: Sources): Promise<KnownModule> {
  const { series } = sources;
  const asOf = dateInWords((await readOcaIndex(series)).asOf);
  const all = await knownSeries(name);
  const here = all.find((known) => known.series === series);
  if (here !== undefined) {
    const { repos } = here;
    const said = describeRepositories(name, repos, tool, asOf, sources);
    return { facts: { repos, as_of: asOf }, said };
  }
  const lastKnown = all.findLast((known) => isSince(series, known.series))?.series;
  const changed = await describeChange(name, lastKnown, sources);
  if (changed !== null) return { facts: changed.facts, said: changed.said };
  if (all.length > 0)
    return { facts: { other_series: all, as_of: asOf }, said: describeOthers(name, all, asOf, sources) };
  const said = `OCA's repositories are not known to have ${name} for any series (Odoo ${series}: as of ${asOf}).`;
  return { facts: { as_of: asOf }, said };
}

function describeRepositories(
  name: string,
  repos: readonly string[],
  tool: ToolFamily,
  asOf: string,
  { series, repositories, roots, surface }: Sources,
): string {
  const [repo = ''] = repos;
  const told = `OCA's ${inWords(repos.map(quoted))} ${repos.length === 1 ? 'has' : 'have'} ${name} for Odoo ${series} (as of ${asOf}).`;
  const link = tool === 'ee' ? ` ${surface.tool('oca_link')} links it then.` : '';
  const isHere = repositories.some((own) => own.name === repo && toolsOf(own.root.family) === 'oca');
  if (isHere && surface.has('oca_update'))
    return `${told} The checkout of ${quoted(repo)} does not contain it. ${surface.call('oca_update', { repos: [repo] })} first.${link}`;
  if (isHere)
    return `${told} The checkout of ${quoted(repo)} does not contain it: ask the operator to update that.${link}`;
  if (surface.has('oca_clone'))
    return `${told} ${surface.call('oca_link', { module: name, fetch: true })} to clone that and link it.`;
  const setting = settingOf('oca', roots);
  return `${told} Ask the operator to check out ${quoted(repo)}, branch ${series}, under ${setting}.${link}`;
}

/** A module that is known for other series alone. */
function describeOthers(
  name: string,
  others: readonly { readonly series: Series; readonly repos: readonly string[] }[],
  asOf: string,
  { series }: Sources,
): string {
  const repos = [...new Set(others.flatMap((known) => known.repos))];
  const those = inWords(others.map((known) => known.series));
  return `OCA's ${inWords(repos.map(quoted))} ${repos.length === 1 ? 'has' : 'have'} ${name} for Odoo ${those}; for ${series} it is not known (as of ${asOf}). Ask the operator whether it has been migrated to ${series} since.`;
}

/** What a name is called in the series, if that is another. */
async function describeChange(name: string, lastKnown: Series | undefined, sources: Sources) {
  const { series, lists } = sources;
  const later = await laterNames(name, series, lastKnown);
  const changes = later.length > 0 ? later : await earlierNames(name, series);
  const last = changes.at(-1);
  if (last === undefined) return null;
  const now = later.length > 0 ? last.to : last.from;
  const isOdoos = lists.community.has(now) || lists.enterprise.has(now);
  const story =
    later.length > 0 ? describeLater(later) : `${last.to} is called ${last.from} before ${last.since}.`;
  const next = isOdoos
    ? `${now} is a module of Odoo${lists.enterprise.has(now) ? ' Enterprise' : ''} ${series}.`
    : await describeNow(now, sources);
  return { facts: { name: now }, said: `${story} ${next}` };
}

/** What to do with the name that a module has now. */
async function describeNow(name: string, sources: Sources): Promise<string> {
  const { series, surface } = sources;
  const offers = isModuleName(name) ? await findOffers(name, sources) : [];
  const offered = offers.filter((offer) => sources.discretion?.mayShow(name, offer) !== false);
  if (offered.length > 0) return `${surface.call('oca_link', { module: name })}.`;
  const { reposOf, asOf } = await readOcaIndex(series);
  const repos = reposOf(name);
  if (repos.length > 0) return describeRepositories(name, repos, 'oca', dateInWords(asOf), sources);
  return `No root has ${name} either.`;
}
