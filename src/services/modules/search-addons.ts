import { basename } from 'node:path';
import * as z from 'zod';
import { createOwners, isCalledAny } from '../../addons/owners.ts';
import { describeFaults, stopAtMovedRoots } from '../../addons/root-faults.ts';
import { FAMILIES, type Family } from '../../addons/roots.ts';
import { ok, type Result, refuse } from '../../base/refusal.ts';
import { counted, oneLine, quoted, quotedField } from '../../base/text.ts';
import { takeTurns } from '../../base/turns.ts';
import { fold, type Searchable, searchModules } from '../../catalog/search.ts';
import { VERDICTS } from '../../manifest/judgement.ts';
import { SERIES } from '../../manifest/series.ts';
import { DEFAULT_FOUND, MOST_FOUND, MOST_QUERY } from '../../tool-table.ts';
import type { FoundPlace, ServiceContext } from '../context.ts';
import { type CursorKey, Page } from '../cursor.ts';
import { message, ownWords, type ReportOf, shownLicense, shownName, shownVersion } from '../own-words.ts';
import { type RequestOf, selectInstance } from '../select-target.ts';
import { readSearchCursor, writeSearchCursor } from './search-cursor.ts';

/** What to search for; without any field, all modules by name. */
export interface SearchRequest extends Omit<RequestOf<'addon_search'>, 'limit'> {
  /** How many modules a page has: 1 to {@link MOST_FOUND}. */
  readonly limit?: number | undefined;
  /** The most characters of a page. */
  readonly room?: number | undefined;
}

/** A module that was found. Texts are from its manifest, quoted and cut; null or empty if it has none. */
const ListedSchema = z.strictObject({
  module: z.string(),
  title: ownWords,
  summary: ownWords,
  category: ownWords.nullable(),
  /** As Odoo will show it. */
  version: ownWords.nullable(),
  license: ownWords.nullable(),
  family: z.enum(FAMILIES),
  repo: z.string(),
  /** The real path of the folder. */
  path: z.string(),
  installable: z
    .boolean()
    .describe('Whether the module itself could be linked; its dependencies are not checked.'),
  /** What Odoo does with the manifest; `invisible` if there is none that it could read. */
  verdict: z.enum(VERDICTS),
  application: z.boolean(),
  depends: z.array(z.string()),
});

/** One page of a search. */
export const SearchReportSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  total: z.int().describe('Modules that match, on all pages.'),
  modules: z.array(ListedSchema),
  next_cursor: z.string().nullable().describe('For the next page; null on the last.'),
  unavailable: z.array(message).optional().describe('Roots that cannot be searched.'),
});

export type SearchReport = ReportOf<typeof SearchReportSchema>;
type ListedModule = SearchReport['modules'][number];

const MOST_TEXT = 200;
const MOST_DEPENDS = 100;

/**
 * Finds modules of an instance's roots by technical name, title, dependency, summary and category, see
 * {@link searchModules}. It sees every change of the roots made before the call.
 * @returns A page of modules; or `invalid_argument` for an invalid limit, query or cursor, `unknown_instance` or
 *   `ambiguous_instance`.
 */
export async function searchAddons(
  request: SearchRequest,
  {
    instances,
    catalogOf,
    mayTell,
    signal,
  }: Pick<ServiceContext, 'instances' | 'catalogOf' | 'mayTell' | 'signal'>,
): Promise<Result<SearchReport>> {
  const selected = selectInstance(instances, request);
  if (!selected.ok) return selected;
  const instance = selected.value;
  const { query = '', family, repo, installable, limit = DEFAULT_FOUND, cursor } = request;
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_FOUND) {
    return refuse('invalid_argument', `limit must be a whole number from 1 to ${MOST_FOUND}.`);
  }
  if (query.length > MOST_QUERY) {
    return refuse('invalid_argument', `query is longer than ${MOST_QUERY} characters.`);
  }
  const key: CursorKey = [instance.name, fold(query), family ?? null, repo ?? null, installable ?? null];
  const after = cursor === undefined ? ok(null) : readSearchCursor(key, cursor);
  if (!after.ok) return after;

  stopAtMovedRoots(instance.roots);
  const { modules, repositories } = await catalogOf(instance).refresh();
  // Modules that the policy does not let the caller see are left out, as if they did not exist.
  const isWanted = ({ module, repositories }: Placed) =>
    (family === undefined || module.family === family) &&
    (repo === undefined || isCalledAny(repositories, repo)) &&
    (installable === undefined || isLinkable(module) === installable) &&
    mayTell?.(placeOf({ module, repositories })).ok !== false;
  const search = { query, isWanted, after: after.value, limit };
  const turns = takeTurns(signal);
  const owners = () => createOwners(repositories, turns);
  let found = await searchModules(modules, owners, search, turns);
  const page = new Page<ListedModule>(request.room ?? Number.POSITIVE_INFINITY);
  const isCut = !found.page.every((searchable) => page.add(describeModule(searchable)));
  // Searching again gives the position where the shorter page ends.
  if (isCut) found = await searchModules(modules, owners, { ...search, limit: page.items.length }, turns);
  const faults = describeFaults(instance.roots);
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    total: found.total,
    modules: page.items,
    next_cursor: found.end && writeSearchCursor(key, found.end),
    ...(faults.length > 0 && { unavailable: faults }),
  });
}

/** A page of a search as short text for a person, one line for each module. */
export function describeSearch(report: SearchReport): string {
  const { instance, series, total, modules, next_cursor, unavailable = [] } = report;
  const where = `(instance ${instance}, Odoo ${series})`;
  if (total === 0) return [`No module matches ${where}.`, ...unavailable].map(oneLine).join('\n');
  const shown = modules.length < total ? `, ${modules.length} of them shown` : '';
  const lines = [`${counted(total, 'module matches', 'modules match')} ${where}${shown}.`];
  lines.push(...modules.map((module) => `- ${describeFound(module)}`));
  if (next_cursor !== null) lines.push(`More: search again with cursor ${next_cursor}`);
  lines.push(...unavailable);
  // Text from a manifest must not be able to look like a line of this report.
  return lines.map(oneLine).join('\n');
}

function describeFound({ module, version, repo, family, title, installable, verdict }: ListedModule): string {
  const name = [module, ...(version === null ? [] : [version])].join(' ');
  const said = title === '' ? '' : `: ${title}`;
  const refused = verdict === 'installable' ? 'would be refused' : verdict;
  return `${name} from ${quoted(repo)} (${family})${said}${installable ? '' : ` [${refused}]`}`;
}

type Placed = Pick<Searchable, 'module' | 'repositories'>;

function placeOf({ module, repositories }: Placed): FoundPlace {
  const modules = [...new Set([module.name, basename(module.path)])];
  return { modules, family: module.family, repos: repositories.map(({ name }) => name) };
}

function isLinkable(module: Searchable['module']): boolean {
  return module.assessment().refusals.length === 0;
}

function describeModule({ module, repositories: [repository] }: Searchable): ListedModule {
  const { judgement } = module.assessment();
  const fields = judgement?.fields;
  return {
    module: shownName(module.name),
    title: quotedField(fields?.name ?? '', MOST_TEXT),
    summary: quotedField(fields?.summary ?? '', MOST_TEXT),
    category: fields == null ? null : quotedField(fields.category, MOST_TEXT),
    version: fields == null ? null : shownVersion(fields),
    license: fields == null ? null : shownLicense(fields.license),
    // Modules outside all roots are not searched.
    family: module.family as Family,
    // Every module belongs to a repository.
    repo: repository?.name ?? '',
    path: module.path,
    installable: isLinkable(module),
    verdict: judgement?.verdict ?? 'invisible',
    application: fields?.application ?? false,
    depends: (fields?.depends ?? []).slice(0, MOST_DEPENDS).map(shownName),
  };
}
