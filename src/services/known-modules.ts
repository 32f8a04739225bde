/** What is known of a module that no root has, as details and hint of a refusal. */
import type { ToolFamily } from '../addons/roots.ts';
import type { Sources } from '../addons/sources.ts';
import { inWords, quoted } from '../base/text.ts';
import type { Series } from '../manifest/series.ts';
import { describeIndexed } from './status/remedy.ts';
import { describeChanges, scopeOf, type Trace, traceModule } from './trace-module.ts';

/** What the index knows of a name: facts for `details`, and sentences that say what follows from them. */
export interface KnownModule {
  readonly facts: {
    /** OCA's repositories that have it for this series. */
    readonly repos?: readonly string[];
    /** The branch of a checkout under a root that has it. */
    readonly branch?: string;
    /** False if its manifest there is known to say that it cannot be installed. */
    readonly installable?: boolean;
    /** Those that have it for other series. */
    readonly other_series?: readonly { readonly series: Series; readonly repos: readonly string[] }[];
    /** What it is called in this series, or what it was merged into. */
    readonly name?: string;
    /** The day, month or year of the facts about repositories. */
    readonly as_of?: string;
  };
  readonly said: string;
}

/**
 * What is known of a module that no root offers, see {@link traceModule}.
 * @param tool What was asked to link it.
 */
export async function knowModule(name: string, tool: ToolFamily, sources: Sources): Promise<KnownModule> {
  return tellTrace(name, await traceModule(name, scopeOf(sources)), tool, sources);
}

/** What a trace says of a module, see {@link knowModule}. */
export function tellTrace(name: string, trace: Trace, tool: ToolFamily, sources: Sources): KnownModule {
  const { place, others, asOf, changes } = trace;
  if (changes.length > 0) {
    const said = `${describeChanges(trace)} ${describeNow(trace, sources)}`;
    return { facts: { name: trace.name }, said };
  }
  if (place.kind === 'indexed') {
    const link =
      tool === 'ee' && place.branch === undefined
        ? ` ${sources.surface.tool('oca_link')} links it then.`
        : '';
    const said = `${describeIndexed(name, place, sources)}${link}`;
    const { repos, branch, isUninstallable, asOf: as_of } = place;
    const more = { ...(branch !== undefined && { branch }), ...(isUninstallable && { installable: false }) };
    return { facts: { repos, ...more, as_of }, said };
  }
  if (others.length > 0)
    return { facts: { other_series: others, as_of: asOf }, said: describeOthers(trace, sources) };
  const { series, lists } = sources;
  const ofOca = `OCA's repositories are not known to have ${name} for any series (Odoo ${series}: as of ${asOf}).`;
  const ofEnterprise = `Odoo Enterprise ${series} ${lists.enterprise.has(name) ? 'has' : 'is not known to have'} ${name}.`;
  return { facts: { as_of: asOf }, said: tool === 'ee' ? ofEnterprise : ofOca };
}

/** A module that is known for other series alone. */
function describeOthers({ name, others, asOf }: Trace, { series }: Sources): string {
  const repos = [...new Set(others.flatMap((known) => known.repos))];
  const those = inWords(others.map((known) => known.series));
  return `OCA's ${inWords(repos.map(quoted))} ${repos.length === 1 ? 'has' : 'have'} ${name} for Odoo ${those}; for ${series} it is not known (as of ${asOf}). Ask the operator to find out whether it has been migrated to ${series} since.`;
}

/** What to do with the name that a module has now. */
function describeNow({ name, place }: Trace, sources: Sources): string {
  const { series, surface } = sources;
  switch (place.kind) {
    case 'odoo':
      return place.edition === 'Enterprise'
        ? `${name} is a module of Odoo Enterprise ${series}: ${surface.tool('ee_link')} links it.`
        : `${name} is a module of Odoo ${series}, which needs no link.`;
    case 'offered':
      return `${surface.call('oca_link', { module: name })}.`;
    case 'indexed':
      return describeIndexed(name, place, sources);
    case 'nowhere':
      return `No root has ${name} either.`;
  }
}
