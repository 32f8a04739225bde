import { basename, resolve } from 'node:path';
import { type Assessment, assessModule, readModule } from '../addons/assess.ts';
import { findMissingFiles, type MissingFile } from '../addons/listed-files.ts';
import { isInside } from '../base/paths.ts';
import type { Turns } from '../base/turns.ts';
import type { Verdict } from '../manifest/judgement.ts';
import type { ParsedLiteral } from '../manifest/literal.ts';
import type { Series } from '../manifest/series.ts';

/** A problem of the manifest, or of the module around it. */
export interface CheckProblem {
  readonly code: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly line?: number;
}

export interface CheckedModule extends Assessment {
  /** The manifest's file name; null if there is none or it cannot be read. */
  readonly file: string | null;
  /** Based on the path as given on the command line. */
  readonly path: string;
  /** Finds its path from the top of the workspace, so that annotations point at the right file. */
  readonly place: () => string;
  readonly module: string;
  readonly series: Series;
  readonly verdict: Verdict;
  readonly problems: readonly CheckProblem[];
  /** Whether it makes the command fail. */
  readonly counts: boolean;
}

/** What `check` is asked for. */
export interface CheckRules {
  readonly series: Series;
  /** Whether modules that cannot be installed are let pass. */
  readonly tolerant: boolean;
}

/**
 * Judges a module: its manifest, what else linking it would be refused for, and the files that it lists.
 * @param folder Its real folder.
 * @param top The real path under which files may be read.
 */
export async function checkModule(
  { path, place }: Pick<CheckedModule, 'path' | 'place'>,
  folder: string,
  top: string,
  { series, tolerant }: CheckRules,
  turns: Turns,
): Promise<CheckedModule> {
  const module = basename(resolve(path));
  const read = readModule(module, folder, series, (real) => isInside(real, top) || isInside(real, folder));
  const assessment = assessModule(read);
  const { judgement, refusals } = assessment;
  const verdict = judgement?.verdict ?? 'invisible';
  const uninstallable = verdict === 'uninstallable' && refusals.every(({ code }) => TOLERATED.has(code));
  const { value: manifest } = read.manifest.ok ? read.manifest : { value: null };
  const missing = await findMissingFiles(module, folder, judgement?.literal, series, turns);
  // What is not installed loads no data.
  const lacksData = verdict !== 'uninstallable' && missing.some(({ level }) => level === 'error');
  return {
    ...assessment,
    file: manifest?.file ?? null,
    path,
    place,
    module,
    series,
    verdict,
    problems: [...allProblems(assessment), ...missing.map((file) => inManifest(file, manifest?.parsed))],
    counts: (refusals.length > 0 && !(tolerant && uninstallable)) || lacksData,
  };
}
const TOLERATED: ReadonlySet<string> = new Set(['not_installable', 'wrong_series']);

function inManifest({ code, level, key, message }: MissingFile, parsed?: ParsedLiteral): CheckProblem {
  const line = parsed?.ok === true ? parsed.keyLines.get(key) : undefined;
  return { code, level, message, ...(line !== undefined && { line }) };
}

/** The problems of the manifest and of the module's other files. */
function allProblems({ judgement, refusals }: Assessment): CheckProblem[] {
  const inManifest = judgement?.problems ?? [];
  const said = inManifest.some(({ level }) => level === 'error');
  const others = refusals
    .filter(({ code }) => !(said && FROM_MANIFEST.has(code)))
    .map(({ code, message }): CheckProblem => ({ code, level: 'error', message }));
  return [...inManifest, ...others];
}
const FROM_MANIFEST: ReadonlySet<string> = new Set([
  'manifest_invalid',
  'breaks_update',
  'not_installable',
  'wrong_series',
]);
