import { sep } from 'node:path';
import { manifestNames } from '../../addons/module-folders.ts';
import { isSettledBy } from '../../base/stamp.ts';
import type { Turns } from '../../base/turns.ts';
import { fingerprintFile } from '../../catalog/fingerprint.ts';
import type { Instance } from '../../config/instance.ts';
import type { AddonsDir } from '../../links/addons-dir.ts';
import { type LinkedModule, recallLinked } from '../linked-modules.ts';

/** A linked module, and the names its manifest excludes. */
export interface LinkedExcludes {
  readonly name: string;
  readonly excludes: readonly string[];
}

/** What a linked module excludes; nothing if its manifest cannot be read. */
export function excludesOf({ name, assessment }: Pick<LinkedModule, 'name' | 'assessment'>): LinkedExcludes {
  return { name, excludes: assessment?.judgement?.fields?.excludes ?? [] };
}

interface Memory extends LinkedExcludes {
  /** The manifest that was read, as the link led to it. */
  readonly stamp: string;
}

/** By addons directory and name. A server keeps its addons directories as long as it runs. */
const memories = new WeakMap<AddonsDir, Map<string, Memory>>();

/**
 * What the linked modules of an instance exclude. A call that links asks for it each time, so nothing is looked at again but
 * the manifest behind each link, in one step: as long as the link leads to the same unchanged file, it excludes the same.
 * @returns Nothing if an addons directory cannot be listed.
 */
export async function readLinkedExcludes(
  instance: Instance,
  turns: Turns,
): Promise<readonly LinkedExcludes[]> {
  const { series } = instance;
  const found = new Map<AddonsDir, Map<string, Memory>>();
  const keep = (dir: AddonsDir, name: string, memory: Memory) => {
    const known = found.get(dir) ?? new Map<string, Memory>();
    found.set(dir, known.set(name, memory));
  };
  const listed = await recallLinked<LinkedExcludes>(
    instance,
    turns,
    (module) => {
      const { dir, name } = module;
      const excludes = excludesOf(module);
      const stamp = stampOf(dir, name, series, Date.now());
      if (stamp !== null) keep(dir, name, { ...excludes, stamp });
      return excludes;
    },
    (dir, name) => {
      const known = memories.get(dir)?.get(name);
      if (known === undefined || known.stamp !== stampOf(dir, name, series)) return undefined;
      keep(dir, name, known);
      return known;
    },
  );
  for (const [dir, known] of found) memories.set(dir, known);
  return listed.ok ? listed.value : [];
}

/**
 * The identity and state of the manifest behind a link.
 * @param readAt When it was read; a manifest that changed shortly before may change again without a trace.
 * @returns Null if there is none that can be remembered.
 */
function stampOf(dir: AddonsDir, name: string, series: Instance['series'], readAt?: number): string | null {
  for (const file of manifestNames(series)) {
    const manifest = fingerprintFile(`${dir.path}${sep}${name}${sep}${file}`);
    if (manifest === null) continue;
    return readAt === undefined || isSettledBy(manifest, readAt) ? `${file}:${manifest.key}` : null;
  }
  return null;
}
