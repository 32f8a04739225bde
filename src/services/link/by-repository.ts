/**
 * Links told by repository. What a checkout's modules have in common is told once, so that a row has only what differs:
 * the path of the repository, its branch and commit, its licence.
 */
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { FAMILIES, type Family } from '../../addons/roots.ts';
import { quoted } from '../../base/text.ts';
import { ownWords, type ReportOf } from '../own-words.ts';

export const RepositorySchema = z.strictObject({
  repo: z.string(),
  family: z.enum(FAMILIES),
  path: z.string().describe('The folder that contains the modules.'),
  branch: z.string().nullable().describe('Git branch; absent outside git or on a detached HEAD.'),
  commit: z.string().nullable(),
  license: ownWords.nullable().describe('Of its modules, where a row has no other.'),
  links: z.int().nullable().describe('How many of the links lead into it, where not all are listed.'),
});
export type RepositoryRow = ReportOf<typeof RepositorySchema>;

/** Fields of a row that are there only where they differ from those of its repository. */
export const differing = {
  repo: z.string().nullable().describe('One of `repositories`; absent for a broken link.'),
  source: z
    .string()
    .nullable()
    .describe("The real path, where it is not the repository's and the module's name."),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  license: ownWords.nullable(),
};

/** Where a link leads. */
export interface Origin {
  readonly module: string;
  readonly source: string | null;
  readonly family: Family | null;
  readonly repo: string | null;
  readonly branch?: string | null;
  readonly commit?: string | null;
  readonly license?: string | null;
}

/** The fields of an {@link Origin} that its repository does not tell. */
type Differing = Readonly<Record<keyof typeof differing, string | null>>;

/** Groups links by repository. */
export class Repositories {
  /** By name and folder, in the order of the links. */
  readonly #rows = new Map<string, RepositoryRow & { links: number }>();
  /** By name: the one that rows with this name mean. */
  readonly #named = new Map<string, RepositoryRow>();

  constructor(links: readonly Origin[]) {
    for (const { source, family, repo, branch = null, commit = null, license = null } of links) {
      if (source === null || repo === null || family === null) continue;
      const path = dirname(source);
      const key = `${path}\0${repo}`;
      const row = this.#rows.get(key) ?? { repo, family, path, branch, commit, license, links: 0 };
      row.links++;
      this.#rows.set(key, row);
      if (!this.#named.has(repo)) this.#named.set(repo, row);
    }
  }

  /** What must be told of a link besides the name of its repository. */
  differing({ module, source, repo, branch = null, commit = null, license = null }: Origin): Differing {
    const own = repo === null ? undefined : this.#named.get(repo);
    const unless = (value: string | null, known: string | null | undefined) =>
      value === known ? null : value;
    return {
      repo,
      source: own !== undefined && source === join(own.path, module) ? null : source,
      branch: unless(branch, own?.branch),
      commit: unless(commit, own?.commit),
      license: unless(license, own?.license),
    };
  }

  /** @param isCounted Whether each says how many links lead into it. */
  list(isCounted: boolean): RepositoryRow[] {
    return [...this.#rows.values()].map((row) => ({ ...row, links: isCounted ? row.links : null }));
  }
}

/** A repository as a line of text. */
export function describeRepository({
  repo,
  family,
  path,
  branch,
  commit,
  license,
  links,
}: RepositoryRow): string {
  const facts = [
    branch === null ? null : `branch ${branch}`,
    commit === null ? null : `commit ${commit.slice(0, 10)}`,
    license,
    links === null ? null : `${links} of the links`,
  ].flatMap((fact) => fact ?? []);
  return `From ${quoted(repo)} (${family}) in ${path}${facts.length > 0 ? `: ${facts.join(', ')}` : ''}.`;
}
