import type { FolderLook } from '../../addons/folder-look.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import { type LinkedModule, readLinkedModules } from '../linked-modules.ts';

/** A linked module, and the names its manifest excludes. */
export interface LinkedExcludes {
  readonly name: string;
  readonly excludes: readonly string[];
}

/** What a linked module excludes; nothing if its manifest cannot be read. */
export function excludesOf({ name, assessment }: Pick<LinkedModule, 'name' | 'assessment'>): LinkedExcludes {
  return { name, excludes: assessment?.judgement?.fields?.excludes ?? [] };
}

/**
 * What the linked modules of an instance exclude. A call that links asks for it each time; of what has not changed nothing
 * is looked at.
 * @param look The call's look at folders.
 * @returns Nothing if an addons directory cannot be listed.
 */
export async function readLinkedExcludes(
  instance: Instance,
  turns: Turns,
  look?: FolderLook,
): Promise<readonly LinkedExcludes[]> {
  const linked = await readLinkedModules(instance, turns, instance.addonsDirs, look);
  return linked.ok ? linked.value.map(excludesOf) : [];
}
