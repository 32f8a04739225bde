import { join } from 'node:path';
import type { Repository } from '../addons/discover.ts';
import { isModuleName, type ModuleName } from '../addons/module-name.ts';
import type { ToolFamily } from '../addons/roots.ts';
import type { Sources } from '../addons/sources.ts';
import type { Refusal, RefusalCode } from '../base/refusal.ts';
import { knowModule } from './known-modules.ts';
import { describeElsewhere, type LookElsewhere } from './other-instances.ts';

const UNKNOWN: ReadonlySet<RefusalCode> = new Set(['module_not_found', 'dependency_missing']);
/** How many refusals of a call are looked into. */
const MOST_LOOKED_FOR = 20;
/** How a hint begins that only says that nothing has the module: what is known tells it more exactly. */
const GENERIC =
  /^(Ask the operator to (check out|configure|fill) |If no mount is missing, |Check the name; )/;

/** Who looks for a module, and how. */
export interface Searcher {
  /** The name of the instance. */
  readonly instance: string;
  readonly sources: Sources;
  readonly look: LookElsewhere;
  /** What was asked to link it. */
  readonly tool: ToolFamily;
}

/**
 * Refusals of modules that were not found, with where they are: in the roots of another instance, which are on this machine,
 * else in a repository that the index knows.
 */
export async function withWhereabouts(refusals: readonly Refusal[], searcher: Searcher): Promise<Refusal[]> {
  const told: Refusal[] = [];
  let looked = 0;
  for (const refusal of refusals) {
    const { code, module = '', details } = refusal;
    // Of other modules that were not found it is told why.
    const isAbsent = UNKNOWN.has(code) && details?.nearest !== undefined;
    // A root without anything in it says less than what could be cloned into it.
    const isFillable = details?.fault === 'empty' && searcher.sources.surface.has('oca_clone');
    const isUnknown = (isAbsent || isFillable) && isModuleName(module);
    const isLooked = isUnknown && looked++ < MOST_LOOKED_FOR;
    told.push(isLooked ? await tellWhereabouts(refusal, module as ModuleName, searcher) : refusal);
  }
  return told;
}

/** The same sources with the repositories of which it may be told whether they have a module. */
function withShownRepositories(name: ModuleName, sources: Sources): Sources {
  const { discretion, repositories } = sources;
  if (discretion === undefined) return sources;
  const isShown = (one: Repository) =>
    discretion.mayShow(name, { path: join(one.path, name), family: one.root.family, repositories: [one] });
  return { ...sources, repositories: repositories.filter(isShown) };
}

async function tellWhereabouts(
  refusal: Refusal,
  name: ModuleName,
  { instance, look, tool, ...searcher }: Searcher,
): Promise<Refusal> {
  const sources = withShownRepositories(name, searcher.sources);
  const { details, hint = '' } = refusal;
  const generic = GENERIC.test(hint) ? '' : hint;
  const [elsewhere, known] = [await look(name), await knowModule(name, tool, sources)];
  const { series, repositories } = sources;
  const isRenamed = known.facts.name !== undefined;
  if (elsewhere.length > 0 && !isRenamed) {
    const said = describeElsewhere(name, elsewhere, { name: instance, series, repositories });
    return { ...refusal, details: { ...details, elsewhere }, hint: `${said} ${generic}`.trim() };
  }
  const isKnown = isRenamed || known.facts.repos !== undefined || known.facts.other_series !== undefined;
  const found = elsewhere.length > 0 ? { elsewhere } : {};
  // A name one slip away says more than that nothing is known.
  if (!isKnown && generic !== '') return refusal;
  const said = isKnown ? `${known.said} ${generic}` : `${known.said} ${hint}`;
  return { ...refusal, details: { ...details, ...found, known: known.facts }, hint: said.trim() };
}
