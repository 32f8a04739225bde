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
export function excludesOf(module: Pick<LinkedModule, 'name' | 'assessment'>): LinkedExcludes {
  const known = remembered.get(module);
  if (known !== undefined) return known;
  const { name, assessment } = module;
  const excludes = { name, excludes: assessment?.judgement?.fields?.excludes ?? [] };
  remembered.set(module, excludes);
  return excludes;
}

/** A linked module is the same object as long as nothing about it changes. */
const remembered = new WeakMap<object, LinkedExcludes>();

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
