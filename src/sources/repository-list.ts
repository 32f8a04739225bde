/**
 * The files in which the OCA lists its repositories: `conf/repo/*.yml` of `repo-maintainer-conf`, which a program of the OCA
 * writes. Only that form is understood, line by line; of anything else nothing is taken. A reader of all YAML is no alternative:
 * the `yaml` package ends the whole process at twenty thousand open brackets (2.9.1), and these files are anybody's.
 */
import { isSeries, type Series } from '../manifest/series.ts';
import { isRepositoryName } from './remote/remote.ts';

/** The repositories of a list, each with the series for which it has a branch. */
export type RepositoryList = ReadonlyMap<string, readonly Series[]>;

/** `partner-contact:` at the beginning of a line. */
const REPOSITORY = /^(?:"([\w.-]{1,100})"|'([\w.-]{1,100})'|([\w.-]{1,100})):\s*(?:#.*)?$/;
/** A key of a repository, two or more spaces in. */
const KEY = /^ {1,8}([A-Za-z_]+):\s*(.*)$/;
/** An entry of a list: `- "17.0"`. */
const ENTRY = /^ {0,12}-\s+(?:"([\w.-]{1,20})"|'([\w.-]{1,20})'|([\w.-]{1,20}))\s*(?:#.*)?$/;
/** The longest line and the most lines that are looked at. */
const LONGEST_LINE = 1000;
const MOST_LINES = 20_000;

/** Reads one file of the list. */
export function parseRepositoryList(text: string): RepositoryList {
  const list = new Map<string, Series[]>();
  let series: Series[] | null = null;
  let isInBranches = false;
  for (const line of text.split(/\r?\n/, MOST_LINES)) {
    if (line.length > LONGEST_LINE || /^\s*(?:#.*)?$/.test(line)) continue;
    const name = oneOf(REPOSITORY.exec(line));
    if (name !== undefined) {
      series = isRepositoryName(name) ? (list.get(name) ?? []) : null;
      if (series !== null) list.set(name, series);
      isInBranches = false;
      continue;
    }
    const branch = isInBranches ? oneOf(ENTRY.exec(line)) : undefined;
    if (branch !== undefined) {
      if (isSeries(branch) && series?.includes(branch) === false) series.push(branch);
      continue;
    }
    const [, key, value] = KEY.exec(line) ?? [];
    isInBranches = key === 'branches' && value === '';
    // Anything else at the beginning of a line ends the repository.
    if (!line.startsWith(' ')) series = null;
  }
  return list;
}

function oneOf(match: RegExpExecArray | null): string | undefined {
  return match?.slice(1).find((group) => group !== undefined);
}
