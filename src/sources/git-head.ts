import { join } from 'node:path';
import { lstatOrNull } from '../paths.ts';
import type { GitFolder } from './git-folder.ts';
import { readTextInside } from './read-inside.ts';

/** What is checked out. */
export interface Head {
  /** Null on a detached HEAD. */
  readonly branch: string | null;
  /** The full hash, 40 hexadecimal digits or 64; null before the first commit. */
  readonly commit: string | null;
}

/** The largest HEAD or loose ref that is read, in bytes. */
const MOST_REF_BYTES = 4096;
/** The largest `packed-refs` that is read, in bytes: some 100,000 refs. */
const MOST_PACKED_BYTES = 8 * 1024 * 1024;

/**
 * Reads the branch and the commit from a git folder (gitrepository-layout(5)), without git.
 * @returns Null where they are not plain: a HEAD that is a symlink, refs that name refs, refs in a reftable.
 */
export function readHead(git: GitFolder): Head | null {
  const head = readTextInside(git.path, 'HEAD', MOST_REF_BYTES);
  if (head === null || head === 'absent') return null;
  const detached = commitIn(head.text);
  if (detached !== null) return { branch: null, commit: detached };
  const branch = /^ref: refs\/heads\/([^\n]+)\n?$/.exec(head.text)?.[1];
  if (branch === undefined || !isBranchName(branch)) return null;
  const loose = readTextInside(git.common, `refs/heads/${branch}`, MOST_REF_BYTES);
  if (loose === null) return null;
  if (loose !== 'absent') {
    const commit = commitIn(loose.text);
    return commit === null ? null : { branch, commit };
  }
  const packed = readTextInside(git.common, 'packed-refs', MOST_PACKED_BYTES);
  if (packed === null) return null;
  return { branch, commit: packed === 'absent' ? null : packedCommit(packed.text, `refs/heads/${branch}`) };
}

/** Whether git may take other objects for those that are named (git-replace(1)), or nobody can tell. */
export function replacesObjects({ common }: GitFolder): boolean {
  if (lstatOrNull(join(common, 'refs', 'replace')) !== null) return true;
  const packed = readTextInside(common, 'packed-refs', MOST_PACKED_BYTES);
  return packed === null || (packed !== 'absent' && packed.text.includes(' refs/replace/'));
}

const HASH = /[0-9a-f]{64}|[0-9a-f]{40}/.source;

function commitIn(text: string): string | null {
  return new RegExp(`^(${HASH})\n?$`).exec(text)?.[1] ?? null;
}

function packedCommit(text: string, ref: string): string | null {
  const end = text.endsWith(` ${ref}`) ? text.length - ref.length - 1 : text.indexOf(` ${ref}\n`);
  return end < 0
    ? null
    : (new RegExp(`(?:^|\n)(${HASH})$`).exec(text.slice(Math.max(0, end - 65), end))?.[1] ?? null);
}

/** The rules of git-check-ref-format(1) for what follows `refs/heads/`. */
function isBranchName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the rule.
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{/.test(name) || name.endsWith('.')) return false;
  return name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}
