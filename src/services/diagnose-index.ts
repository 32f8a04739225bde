import { counted, dateInWords, inWords } from '../base/text.ts';
import type { Instance } from '../config/instance.ts';
import { fetchedIndex } from '../sources/fetched-index.ts';
import type { Finding } from './finding.ts';

/** After so many days the repositories of the OCA are no longer what they were. */
const OLD_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How old the fetched index is, for the series of the instances.
 * @param now In milliseconds since 1970.
 * @returns One finding; none if nothing was fetched.
 */
export function diagnoseIndex(
  stateDir: string,
  instances: readonly Pick<Instance, 'series'>[],
  now = Date.now(),
): Finding[] {
  const wanted = [...new Set(instances.map(({ series }) => series))].sort();
  const fetched = wanted.flatMap((series) => fetchedIndex(stateDir, series) ?? []);
  if (fetched.length === 0) return [];
  const told = fetched.map(({ series, asOf, modules }) => {
    const repos = new Set(modules.map(({ repo }) => repo)).size;
    const known = `${counted(modules.length, 'module')} of ${counted(repos, 'repository', 'repositories')}`;
    return `${series} as of ${dateInWords(asOf)} (${known})`;
  });
  const text = `index of the OCA's repositories: ${inWords(told)}`;
  const isOld = fetched.some(({ asOf }) => now - Date.parse(asOf) > OLD_DAYS * DAY_MS);
  const remedy = 'odoo-link-mcp source index brings it up to date';
  return isOld ? [{ level: 'warn', text, remedy }] : [{ level: 'ok', text }];
}
