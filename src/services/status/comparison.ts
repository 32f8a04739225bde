import * as z from 'zod';
import { lean } from '../../base/lean.ts';
import { counted, inPlainSight, oneLine, quoted } from '../../base/text.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { SERIES } from '../../manifest/series.ts';
import { nextCursor } from '../cursor.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';

const state = z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]);
const none = 'not known';

/** The differences between two instances; pairs are in the order of `compared`. */
export const ComparisonSchema = z.strictObject({
  status: z.literal('ok'),
  compared: z.array(z.strictObject({ instance: z.string(), series: z.enum(SERIES), linked: z.int() })),
  same: z.int().describe('Modules that do not differ.'),
  differences: z.int().describe('How many there are, on all pages.'),
  only_in: z.array(z.strictObject({ instance: z.string(), modules: z.array(z.string()) })),
  different: z
    .array(
      z.strictObject({
        module: z.string(),
        state: z.array(state).exactOptional(),
        version: z.array(ownWords).exactOptional(),
        repo: z.array(z.string()).exactOptional(),
        manifest_differs: z.literal(true).exactOptional(),
      }),
    )
    .describe('Modules in both that differ in one of these.'),
  commits: z
    .array(z.strictObject({ repo: z.string(), commit: z.array(z.string()), modules: z.int() }))
    .describe('Repositories at different commits, and how many of their modules are linked in both.'),
  note: message.exactOptional(),
  next_cursor: nextCursor,
});

export type Comparison = ReportOf<typeof ComparisonSchema>;

type Pair<T> = readonly [T, T];

/** One difference, before it is told. */
export type Difference =
  | { readonly kind: 'only'; readonly at: 0 | 1; readonly module: string }
  | {
      readonly kind: 'module';
      readonly module: string;
      readonly state?: Pair<LinkState>;
      readonly version?: Pair<string | null>;
      readonly repo?: Pair<string | null>;
      readonly manifest_differs?: true;
    }
  | {
      readonly kind: 'commit';
      readonly repo: string;
      readonly commit: Pair<string | null>;
      readonly modules: number;
    };

/** Characters of a commit; enough for any repository. */
const COMMIT = 12;

/** Fills a page with differences until an answer has no more room. */
export class Differences {
  readonly #names: Pair<string>;
  readonly #only: Pair<string[]> = [[], []];
  readonly #different: Comparison['different'][number][] = [];
  readonly #commits: Comparison['commits'][number][] = [];
  #room: number;
  #isEmpty = true;

  /** @param room Characters of JSON. */
  constructor(names: Pair<string>, room = Number.POSITIVE_INFINITY) {
    this.#names = names;
    this.#room = room;
  }

  /** @returns Whether there was room. The first one is always added. */
  add(difference: Difference): boolean {
    const shown = show(difference);
    this.#room -= JSON.stringify(inPlainSight(lean(shown))).length + 1;
    if (this.#room < 0 && !this.#isEmpty) return false;
    this.#isEmpty = false;
    if (typeof shown === 'string') this.#only[difference.kind === 'only' ? difference.at : 0].push(shown);
    else if ('modules' in shown) this.#commits.push(shown);
    else this.#different.push(shown);
    return true;
  }

  report(): Pick<Comparison, 'only_in' | 'different' | 'commits'> {
    const only_in = this.#names.map((instance, at) => ({ instance, modules: this.#only[at] as string[] }));
    return {
      only_in: only_in.filter(({ modules }) => modules.length > 0),
      different: this.#different,
      commits: this.#commits,
    };
  }
}

function show(
  difference: Difference,
): string | Comparison['different'][number] | Comparison['commits'][number] {
  if (difference.kind === 'only') return difference.module;
  const { kind: _, ...rest } = difference;
  if ('commit' in rest) return { ...rest, commit: rest.commit.map((one) => one?.slice(0, COMMIT) ?? none) };
  const { version, repo, ...others } = rest;
  return {
    ...others,
    ...(version !== undefined && { version: version.map((one) => one ?? none) }),
    ...(repo !== undefined && { repo: repo.map((one) => one ?? none) }),
  } as Comparison['different'][number];
}

/** A comparison as text for a person. */
export function describeComparison(report: Comparison): string {
  const { compared, same, differences, only_in, different, commits, note, next_cursor } = report;
  const places = compared.map(
    ({ instance, series, linked }) => `${instance} (Odoo ${series}, ${linked} linked)`,
  );
  const lines = [
    `${counted(differences, 'difference')} between ${places.join(' and ')}; ${counted(same, 'module')} alike.`,
    ...only_in.map(({ instance, modules }) => `Only in ${instance}: ${modules.join(', ')}.`),
    ...different.map(({ module, state, version, repo, manifest_differs }) => {
      const facts = [
        ...(state === undefined ? [] : [`state ${state.join(' / ')}`]),
        ...(version === undefined ? [] : [`version ${version.join(' / ')}`]),
        ...(repo === undefined ? [] : [`repository ${repo.map(quoted).join(' / ')}`]),
        ...(manifest_differs ? ['another manifest'] : []),
      ];
      return `- ${module}: ${facts.join(', ')}`;
    }),
    ...commits.map(({ repo, commit, modules }) => {
      return `- repository ${quoted(repo)}: commit ${commit.join(' / ')} (${counted(modules, 'linked module')})`;
    }),
    ...(note === undefined ? [] : [note]),
    ...(next_cursor === undefined ? [] : [`For more, call again with cursor ${next_cursor}.`]),
  ];
  return lines.map(oneLine).join('\n');
}
