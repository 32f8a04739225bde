import { join } from 'node:path';
import { lstatOrNull } from '../base/paths.ts';
import { readTextInside } from '../base/read-inside.ts';
import type { GitFolder } from './git-folder.ts';

/** The branch and commit that are checked out. */
export interface Head {
  /** Null on a detached HEAD. */
  readonly branch: string | null;
  /** The full hash, 40 hexadecimal digits or 64; null before the first commit. */
  readonly commit: string | null;
}

/** The largest HEAD or loose ref that is read, in bytes. */
export const MOST_REF_BYTES = 4096;
/** The largest `packed-refs` that is read, in bytes: about 30,000 refs. */
const MOST_PACKED_BYTES = 2 * 1024 * 1024;

/**
 * Reads the branch and the commit from a git folder (gitrepository-layout(5)), without git.
 * @returns Null for unusual layouts: a HEAD that is a symlink, refs that name refs, refs in a reftable, see {@link readReftableHead}.
 */
export function readHead(git: GitFolder): Head | null {
  const head = readTextInside(git.path, 'HEAD', MOST_REF_BYTES);
  if (head === null || head === 'absent') return null;
  const detached = commitIn(head.text);
  if (detached !== null) return { branch: null, commit: detached };
  const branch = /^ref: refs\/heads\/([^\n]+)\n?$/.exec(head.text)?.[1];
  if (branch === undefined || !isBranchName(branch)) return null;
  const commit = readRef(git, `refs/heads/${branch}`);
  return commit === undefined ? null : { branch, commit };
}

/**
 * Reads what a ref names: a commit or a tag.
 * @param ref Its full name, such as `refs/heads/17.0`.
 * @returns Its full hash; null if there is no such ref, undefined if it cannot be read.
 */
export function readRef(git: GitFolder, ref: string): string | null | undefined {
  if (!ref.startsWith('refs/') || !isBranchName(ref)) return null;
  const loose = readTextInside(git.common, ref, MOST_REF_BYTES);
  if (loose === null) return undefined;
  if (loose !== 'absent') return commitIn(loose.text) ?? undefined;
  const packed = readPacked(git);
  return packed === null ? undefined : (packed.get(ref) ?? null);
}

/** Whether git may use replacements for objects (git-replace(1)); also true if that cannot be determined. */
export function replacesObjects({ common }: GitFolder): boolean {
  if (lstatOrNull(join(common, 'refs', 'replace')) !== null) return true;
  const packed = readTextInside(common, 'packed-refs', MOST_PACKED_BYTES);
  return packed === null || (packed !== 'absent' && packed.text.includes('refs/replace/'));
}

/** The full hash of an object. */
const HASH = /[0-9a-f]{64}|[0-9a-f]{40}/.source;

/** The hash that the text of a loose ref is; null for any other text. */
export function commitIn(text: string): string | null {
  return new RegExp(`^(${HASH})\n?$`).exec(text)?.[1] ?? null;
}

/**
 * Reads `packed-refs`. Git uses binary search, so in an unsorted file, which git never writes, it could find a different ref.
 * @returns The commits by ref; null if git would not write the file like this.
 */
export function readPacked({ common }: GitFolder): ReadonlyMap<string, string> | null {
  const packed = readTextInside(common, 'packed-refs', MOST_PACKED_BYTES);
  const refs = new Map<string, string>();
  if (packed === null || packed === 'absent') return packed === null ? null : refs;
  let last = Buffer.alloc(0);
  for (const line of packed.text.replace(/\n$/, '').split('\n')) {
    if (line.startsWith('#') || PEELED.test(line)) continue;
    const [, commit, ref] = PACKED.exec(line) ?? [];
    if (commit === undefined || ref === undefined) return null;
    const name = Buffer.from(ref);
    if (last.compare(name) >= 0) return null;
    last = name;
    refs.set(ref, commit);
  }
  return refs;
}
const PEELED = new RegExp(`^\\^(?:${HASH})$`);
const PACKED = new RegExp(`^(${HASH}) (refs/[^\\s]+)$`);

/** The rules of git-check-ref-format(1) for what follows `refs/heads/`. */
export function isBranchName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the rule.
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name) || name.endsWith('.')) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
