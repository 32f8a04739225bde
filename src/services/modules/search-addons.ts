import * as z from 'zod';
import { createOwners, isCalledAny } from '../../addons/owners.ts';
import { describeFaults, stopAtMovedRoots } from '../../addons/root-faults.ts';
import { FAMILIES, type Family } from '../../addons/roots.ts';
import { didYouMean } from '../../base/nearest.ts';
import { ok, type Refused, type Result, refuse } from '../../base/refusal.ts';
import { repositoryName } from '../../base/repository-name.ts';
import type { Surface } from '../../base/surface.ts';
import { counted, dateInWords, inOneLine, oneLine, quoted, quotedField } from '../../base/text.ts';
import { type Turns, takeTurns } from '../../base/turns.ts';
import type { CatalogView } from '../../catalog/catalog.ts';
import { fold, type Hit, type Searchable, searchModules } from '../../catalog/search.ts';
import { searchablesOf } from '../../catalog/searchables.ts';
import { VERDICTS } from '../../manifest/judgement.ts';
import { SERIES, type Series } from '../../manifest/series.ts';
import { DEFAULT_FOUND, MOST_FOUND, MOST_QUERY } from '../../tool-arguments.ts';
import { type ServiceContext, surfaceAt } from '../context.ts';
import { type CursorKey, nextCursor, Page } from '../cursor.ts';
import { knownIndex } from '../known-index.ts';
import { message, ownWords, type ReportOf, shownName, shownVersion } from '../own-words.ts';
import { type RequestOf, selectInstance } from '../select-target.ts';
import { foundPlace } from '../telling.ts';
import { findNotOnDisk, type NotOnDisk } from './not-on-disk.ts';
import { readSearchCursor, writeSearchCursor } from './search-cursor.ts';

/** What to search for; without any field, all modules by name. */
export interface SearchRequest extends Omit<RequestOf<'addon_search'>, 'limit'> {
  /** How many modules a page has: 1 to {@link MOST_FOUND}. */
  readonly limit?: number | undefined;
  /** The most characters of a page. */
  readonly room?: number | undefined;
}

/** A module that was found, with what it takes to choose one. Texts are from its manifest, quoted and cut. */
const ListedSchema = z.strictObject({
  module: z.string(),
  title: ownWords.optional(),
  summary: ownWords.optional(),
  /** As Odoo will show it. */
  version: ownWords.optional(),
  repo: z.string(),
  family: z.enum(FAMILIES),
  installable: z.literal(false).optional().describe('Present if the module could not be linked.'),
  /** What Odoo does with the manifest; `invisible` if there is none that it could read. Only if it is not installable. */
  verdict: z.enum(VERDICTS).optional(),
  match: z.literal('near').optional().describe('It has only some of the words, or similar ones.'),
});

/** One page of a search. */
export const SearchReportSchema = z.strictObject({
  status: z.literal('ok'),
  instance: z.string(),
  series: z.enum(SERIES),
  in_repo: z.string().optional().describe('The repository that the query names: only its modules.'),
  total: z.int().describe('Modules on all pages.'),
  near: z.int().optional().describe('How many of them are near misses.'),
  modules: z.array(ListedSchema),
  not_on_disk: z
    .array(
      z.strictObject({
        module: z.string(),
        repo: z.string(),
        branch: z.string().exactOptional().describe('Of its checkout, which has it there.'),
      }),
    )
    .optional()
    .describe("The OCA's modules of such names that no root has, as of `as_of`."),
  not_on_disk_more: z.int().optional(),
  as_of: z.string().optional(),
  next: message.optional(),
  next_cursor: nextCursor,
  unavailable: z.array(message).optional().describe('Roots that cannot be searched.'),
});

export type SearchReport = ReportOf<typeof SearchReportSchema>;
type ListedModule = SearchReport['modules'][number];

const MOST_TITLE = 100;
const MOST_SUMMARY = 150;

/**
 * Finds modules of an instance's roots by name, or by words in what they say of themselves, see {@link searchModules}. It
 * sees every change of the roots made before the call, but for texts outside manifests, which are looked at by and by.
 * @returns A page of modules; or `invalid_argument` for an invalid limit, query or cursor, `unknown_instance` or
 *   `ambiguous_instance`.
 */
export async function searchAddons(
  request: SearchRequest,
  {
    instances,
    catalogOf,
    mayTell,
    stateDir,
    signal,
    ...told
  }: Pick<ServiceContext, 'instances' | 'catalogOf' | 'mayTell' | 'stateDir' | 'signal' | 'surface'>,
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
  const catalog = catalogOf(instance);
  const view = await catalog.refresh();
  const { modules, repositories } = view;
  // Modules that the policy does not let the caller see are left out, as if they did not exist.
  const isShown = ({ module, repositories }: Searchable) =>
    mayTell?.(foundPlace(module.name, { path: module.path, family: module.family, repositories })).ok !==
    false;
  const isWanted = (searchable: Searchable) =>
    (family === undefined || searchable.module.family === family) &&
    (repo === undefined || isCalledAny(searchable.repositories, repo)) &&
    (installable === undefined || isLinkable(searchable.module) === installable) &&
    isShown(searchable);
  const search = { query, isWanted, after: after.value, limit };
  const turns = takeTurns(signal);
  const owners = () => createOwners(repositories, turns);
  const found = await searchModules({ modules, index: catalog.words }, owners, search, turns);
  const absent =
    after.value !== null || installable !== undefined || (family !== undefined && family !== 'oca')
      ? null
      : await findAbsent(request, found.repository, instance.series, view, { mayTell, stateDir }, turns);
  if (found.total === 0 && repo !== undefined && absent === null) {
    const shown = (await searchablesOf(modules, owners, turns)).filter(isShown);
    const unknown = refuseRepository(repo, shown, instance.name);
    if (unknown !== null) return unknown;
  }
  const page = new Page<ListedModule>(request.room ?? Number.POSITIVE_INFINITY);
  found.page.every((hit) => page.add(describeModule(hit)));
  const end = found.endAfter(page.items.length);
  const surface = surfaceAt(instance, { instances, ...told });
  const faults = describeFaults(instance.roots, surface);
  return ok({
    status: 'ok',
    instance: instance.name,
    series: instance.series,
    ...(found.repository !== null && { in_repo: found.repository }),
    total: found.total,
    ...(found.near > 0 && { near: found.near }),
    modules: page.items,
    ...(absent !== null && {
      not_on_disk: [...absent.modules],
      ...(absent.more > 0 && { not_on_disk_more: absent.more }),
      as_of: dateInWords(absent.asOf),
      next: howToHave(absent, surface),
    }),
    ...(end !== null && { next_cursor: writeSearchCursor(key, end) }),
    ...(faults.length > 0 && { unavailable: faults }),
  });
}

/** The call that says how to have one of them. */
function howToHave({ modules: [first] }: NotOnDisk, surface: Surface): string {
  return `${surface.call('addon_info', { module: first?.module })} to see how to have it.`;
}

/** What is known of such names that no root has. */
function findAbsent(
  { query = '', repo }: SearchRequest,
  named: string | null,
  series: Series,
  view: CatalogView,
  { mayTell, stateDir }: Pick<ServiceContext, 'mayTell' | 'stateDir'>,
  turns: Turns,
): Promise<NotOnDisk | null> {
  return findNotOnDisk(
    {
      // A word with a slash is a repository.
      query: query.replace(/\S*\/\S*/g, ' '),
      repo: repo ?? named ?? undefined,
      isLeftOut: (module) =>
        view.named(module.name).length > 0 ||
        mayTell?.({ modules: [module.name], family: 'oca', repos: [module.repo] }).ok === false,
    },
    () => knownIndex(view.repositories, stateDir, turns).of(series),
  );
}

/** A name that no repository with modules has, or none that the policy shows; null for others. */
function refuseRepository(repo: string, shown: readonly Searchable[], instance: string): Refused | null {
  const names = new Set<string>();
  for (const { repositories } of shown) {
    if (isCalledAny(repositories, repo)) return null;
    for (const { name } of repositories) names.add(name);
  }
  const message = `The instance ${instance} has no modules in a repository called ${quoted(repo)}.`;
  const meant = didYouMean(repositoryName(repo), names).trim();
  return refuse('invalid_argument', message, meant === '' ? {} : { hint: meant });
}

/** A page of a search as short text for a person, one line for each module. */
export function describeSearch(report: SearchReport): string {
  const { instance, series, in_repo, total, near = 0, modules, next_cursor, unavailable = [] } = report;
  const whole = total - near;
  const what = in_repo === undefined ? '' : ` of repository ${quoted(in_repo)}`;
  const where = `(instance ${instance}, Odoo ${series})`;
  const matching =
    whole === 0
      ? `No module${what} matches`
      : counted(whole, `module${what} matches`, `modules${what} match`);
  const coming =
    near === 0 ? '' : `; ${near} ${near === 1 ? 'has' : 'have'} only some of the words, or similar ones`;
  const shown = modules.length < total ? `, ${modules.length} of them shown` : '';
  const lines = [
    `${matching}${coming} ${where}${shown}.`,
    ...modules.map((module) => `- ${describeFound(module)}`),
  ];
  if (next_cursor !== undefined) lines.push(`More: search again with cursor ${next_cursor}`);
  const { not_on_disk = [], not_on_disk_more = 0, as_of = '', next = '' } = report;
  if (not_on_disk.length > 0) {
    const named = not_on_disk.map(({ module, repo, branch }) => {
      const held = branch === undefined ? '' : `, branch ${quoted(branch)} of its checkout`;
      return `${module} (${quoted(repo)}${held})`;
    });
    const more = not_on_disk_more > 0 ? ` and ${not_on_disk_more} more` : '';
    lines.push(
      `The OCA's repositories also have, as of ${as_of}, what no root has: ${named.join(', ')}${more}.`,
      `Next: ${next}`,
    );
  }
  lines.push(...unavailable);
  // Text from a manifest must not be able to look like a line of this report.
  return lines.map(oneLine).join('\n');
}

function describeFound(found: ListedModule): string {
  const { module, version, repo, family, title, summary, installable = true, verdict, match } = found;
  const name = [module, ...(version === undefined ? [] : [version])].join(' ');
  const said = [title, summary].filter((text) => text !== undefined).join(', ');
  const refused = verdict === 'installable' ? 'would be refused' : verdict;
  const marks = [...(installable ? [] : [` [${refused}]`]), ...(match === undefined ? [] : [` [${match}]`])];
  return `${name} from ${quoted(repo)} (${family})${said === '' ? '' : `: ${said}`}${marks.join('')}`;
}

function isLinkable(module: Searchable['module']): boolean {
  return module.assessment().refusals.length === 0;
}

function describeModule({ searchable: { module, repositories }, isNear }: Hit): ListedModule {
  const { judgement } = module.assessment();
  const fields = judgement?.fields;
  const shown = (text = '', most: number) => quotedField(inOneLine(text), most);
  const title = shown(fields?.name, MOST_TITLE);
  const summary = shown(fields?.summary, MOST_SUMMARY);
  return {
    module: shownName(module.name),
    ...(title !== '' && { title }),
    ...(summary !== '' && { summary }),
    ...(fields && { version: shownVersion(fields) }),
    // Every module belongs to a repository.
    repo: repositories[0]?.name ?? '',
    // Modules outside all roots are not searched.
    family: module.family as Family,
    ...(!isLinkable(module) && { installable: false, verdict: judgement?.verdict ?? 'invisible' }),
    ...(isNear && { match: 'near' }),
  };
}
