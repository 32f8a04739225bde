import { type Assessment, assessFolder } from '../addons/assess.ts';
import type { Root } from '../addons/roots.ts';
import { isSettledBy } from '../base/stamp.ts';
import type { Series } from '../manifest/series.ts';
import { type Fingerprint, fingerprintModule } from './fingerprint.ts';

interface Memory {
  readonly fingerprint: Fingerprint;
  readonly readAt: number;
  readonly assessment: Assessment;
}

/** The assessments by roots and folder. A server keeps its roots as long as it runs. */
const memories = new WeakMap<readonly Root[], Map<string, Memory>>();

/** More modules than any instance has; further folders are read each time. */
const MOST_REMEMBERED = 20_000;

/**
 * Like {@link assessFolder}, but remembers the result while the folder and the manifest are unchanged. For listing all
 * linked modules; a module that is about to be linked is always read anew.
 */
export function recallFolder(
  name: string,
  folder: string,
  roots: readonly Root[],
  series: Series,
): Assessment {
  const memory = memories.get(roots) ?? new Map<string, Memory>();
  memories.set(roots, memory);
  const key = `${name}\0${folder}\0${series}`;
  const known = memory.get(key);
  const readAt = Date.now();
  const now = fingerprintModule(folder, series);
  const isSame = known !== undefined && now !== null && now.key === known.fingerprint.key;
  // A manifest with another hard link can be changed through it, so it is read again.
  if (isSame && isSettledBy(now, known.readAt) && now.names === 1) return known.assessment;
  const assessment = assessFolder(name, folder, roots, series);
  memory.delete(key);
  if (now !== null && memory.size < MOST_REMEMBERED)
    memory.set(key, { fingerprint: now, readAt, assessment });
  return assessment;
}
