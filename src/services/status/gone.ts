/** What to do about a link whose module is not where it leads: as text without its name, so that it can be told once of many. */
import { noEnterprise } from '../../addons/lookup.ts';
import { type Family, toolsOf } from '../../addons/roots.ts';
import type { Sources } from '../../addons/sources.ts';
import type { Surface } from '../../base/surface.ts';
import { inWords, quoted } from '../../base/text.ts';
import { isMerged, type Trace } from '../trace-module.ts';
import type { OfferedModule, SoughtModule } from './offered.ts';
import { describeIndexed, type Remedy, type RemedyCall } from './remedy.ts';

/**
 * @param family That of the link.
 * @param found What is known of the module; undefined if nobody has looked.
 * @returns What works: a call that links it anew, or one that unlinks it and where its place is taken.
 */
export function remedyForGone(
  name: string,
  family: Family | null,
  found: SoughtModule | undefined,
  sources: Sources | null,
): Remedy {
  const tools = toolsOf(family);
  if (tools === null) return { remedy: 'Ask the operator to remove it.' };
  const call = { tool: `${tools}_unlink` } as const;
  if (found === undefined || sources === null) return { call, remedy: 'no repository has the module.' };
  if ('offered' in found) return remedyForOffered(found.offered, tools, call, sources.surface);
  if (family === 'ee') return remedyForEnterprise(name, call, sources);
  return remedyForTrace(name, found.trace, family, call, sources);
}

function remedyForOffered(
  { family, repos, refusal }: OfferedModule,
  tools: 'oca' | 'ee',
  call: RemedyCall,
  surface: Surface,
): Remedy {
  const others = toolsOf(family);
  if (others === null) return { call, remedy: 'Odoo itself has the module.' };
  if (others !== tools)
    return { call, remedy: `another family has the module: ${surface.tool(`${others}_link`)} links it.` };
  if (refusal !== null) {
    const remedy = `another folder has the module, but it could not be linked (${refusal.code}): ${surface.tool('addon_info')} says why.`;
    return { call, remedy };
  }
  if (repos.length > 1)
    return { remedy: `Link it with replace and repo, which is one of ${repos.map(quoted).join(', ')}.` };
  return { call: { tool: `${tools}_link`, replace: true }, remedy: 'another folder has the module.' };
}

function remedyForEnterprise(name: string, call: RemedyCall, { lists, roots, series }: Sources): Remedy {
  if (lists.enterprise.has(name)) return { remedy: noEnterprise(roots) };
  return { call, remedy: `Odoo Enterprise ${series} is not known to have the module.` };
}

function remedyForTrace(
  asked: string,
  trace: Trace,
  family: Family | null,
  call: RemedyCall,
  sources: Sources,
): Remedy {
  const { changes, isBack, name, place, others, asOf } = trace;
  const { lists, series, surface } = sources;
  const edition = lists.enterprise.has(asked)
    ? 'Enterprise'
    : lists.community.has(asked)
      ? 'Community'
      : null;
  if (edition !== null) return { call, remedy: `it is a module of Odoo ${edition} itself in ${series}.` };
  const last = changes.at(-1);
  if (last === undefined) {
    if (place.kind === 'indexed') {
      const get = describeIndexed('it', place, sources);
      return { remedy: `${get} Then \`odoo-link-mcp repair\` mends the link. Or unlink it.` };
    }
    if (family === 'own') return { call, remedy: 'no root has the module, which is one of the company.' };
    const known =
      others.length === 0
        ? 'not known to have it'
        : `known to have it for Odoo ${inWords(others.map((one) => one.series))} only`;
    const remedy = `no root has the module, and the OCA's repositories are ${known} (${series}: as of ${asOf}).`;
    return { call, remedy };
  }
  const story = isBack
    ? `it is called ${name} before ${last.since}`
    : isMerged(trace)
      ? `it was merged into ${name} with ${last.since}`
      : `it is called ${name} from ${last.since} on`;
  switch (place.kind) {
    case 'odoo':
      return { call, remedy: `${story}, a module of Odoo ${place.edition} itself.` };
    case 'offered':
      return { call, remedy: `${story}. ${surface.call('oca_link', { module: name })} instead.` };
    case 'indexed':
      return { call, remedy: `${story}. ${describeIndexed(name, place, sources)}` };
    case 'nowhere':
      return { call, remedy: `${story}, which no root has either.` };
  }
}
