import { join } from 'node:path';
import { Interruption } from '../base/interruption.ts';
import { listFolder } from '../base/listing.ts';
import type { Turns } from '../base/turns.ts';

/** What is left of the work that the patterns of one module may take together. */
export interface PatternBudget {
  folders: number;
  /** Comparisons of two characters. */
  steps: number;
  /** What was listed already: patterns of a module often go through the same folders. */
  readonly listed: Map<string, FolderNames>;
}

interface FolderNames {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/**
 * About a second. The largest module of Odoo has some three hundred patterns, of a few thousand steps each; a manifest
 * can have thousands, for folders of a hundred thousand long names.
 */
export function newPatternBudget(): PatternBudget {
  return { folders: 2000, steps: 200_000_000, listed: new Map() };
}

/** What listing an entry takes, in steps. */
const LISTING = 500;
/** How many steps take as long as what {@link Turns} counts as one unit. */
const STEPS_OF_UNIT = 4096;

/** Whether the path has a component that is not the name of one file. */
export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

/**
 * Whether a pattern of `assets` or `qweb` matches any file; also if that would take too long to find out. Links to folders
 * are not followed.
 * @param parts The components of the pattern.
 */
export async function matchesAny(
  folder: string,
  [first = '', ...rest]: readonly string[],
  budget: PatternBudget,
  turns: Turns,
): Promise<boolean> {
  if (first.includes('[') || isUsedUp(budget)) return true;
  budget.folders--;
  if (first === '**') {
    if (await matchesAny(folder, rest.length === 0 ? ['*'] : rest, budget, turns)) return true;
    for (const name of await namesIn(folder, 'folders', budget, turns)) {
      if (await matchesAny(join(folder, name), ['**', ...rest], budget, turns)) return true;
    }
    return false;
  }
  for (const name of await namesIn(folder, rest.length === 0 ? 'files' : 'folders', budget, turns)) {
    if (isUsedUp(budget)) return true;
    const steps = name.length * first.length;
    budget.steps -= steps;
    const pause = turns.spend(steps / STEPS_OF_UNIT);
    if (pause !== undefined) await pause;
    if (!isMatch(name, first)) continue;
    if (rest.length === 0 || (await matchesAny(join(folder, name), rest, budget, turns))) return true;
  }
  return false;
}

function isUsedUp({ folders, steps }: PatternBudget): boolean {
  return folders <= 0 || steps <= 0;
}

async function namesIn(
  folder: string,
  kind: keyof FolderNames,
  budget: PatternBudget,
  turns: Turns,
): Promise<readonly string[]> {
  const names = budget.listed.get(folder) ?? (await listNames(folder, budget, turns));
  budget.listed.set(folder, names);
  return names[kind];
}

/** A folder that cannot be listed counts as empty. */
async function listNames(folder: string, budget: PatternBudget, turns: Turns): Promise<FolderNames> {
  const folders: string[] = [];
  try {
    const files = await listFolder(folder, turns, (entry) => {
      budget.steps -= LISTING;
      if (!entry.isDirectory()) return entry.name;
      folders.push(entry.name);
      return undefined;
    });
    return { files, folders };
  } catch (error) {
    if (error instanceof Interruption) throw error;
    return { files: [], folders: [] };
  }
}

/** Whether a name matches `*` and `?`: in a time that grows with the lengths' product, whatever the pattern. */
function isMatch(name: string, pattern: string): boolean {
  let [at, inPattern, star, resume] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[inPattern] === '*') [star, resume] = [inPattern++, at];
    else if (pattern[inPattern] === '?' || pattern[inPattern] === name[at])
      [at, inPattern] = [at + 1, inPattern + 1];
    else if (star >= 0) [at, inPattern] = [++resume, star + 1];
    else return false;
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
