import { rmSync, writeFileSync } from 'node:fs';
import { git } from './upstream.ts';

/** An entry of a tree: its mode as git writes it, what it is, and its name. */
export type TreeEntry = readonly [mode: string, content: string, name: string];

/**
 * Commits a tree with entries that no git would add, to the branch 17.0. A folder (`40000`) has one file, `inside`; a
 * submodule (`160000`) has a commit for its content.
 * @param repo A repository.
 * @returns The commit, whose parent is the one that was there before.
 */
export function commitEntries(repo: string, entries: readonly TreeEntry[]): string {
  const store = (type: string, bytes: Buffer) => {
    const file = `${repo}/.git/object`;
    writeFileSync(file, bytes);
    const id = git(repo, 'hash-object', '-w', '--literally', '-t', type, file);
    rmSync(file);
    return id;
  };
  const raw = entries.map(([mode, content, name]) => {
    const blob = () => store('blob', Buffer.from(content));
    const folder = () => store('tree', treeOf([['100644', blob(), 'inside']]));
    return [mode, mode === '160000' ? content : mode === '40000' ? folder() : blob(), name] as const;
  });
  const before = git(repo, 'for-each-ref', '--format=%(objectname)', 'refs/heads/17.0');
  const parent = before === '' ? [] : ['-p', before];
  const commit = git(repo, 'commit-tree', store('tree', treeOf(raw)), ...parent, '-m', 'hostile');
  git(repo, 'update-ref', 'refs/heads/17.0', commit);
  return commit;
}

function treeOf(entries: readonly TreeEntry[]): Buffer {
  return Buffer.concat(
    entries.map(([mode, id, name]) =>
      Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
    ),
  );
}

/** Trees that git itself checks out for nobody, each with what is in it. */
export const BROKEN_TREES: readonly (readonly [what: string, readonly TreeEntry[]])[] = [
  ['a git folder', [['40000', '[core]\n\tfsmonitor = touch canary\n', '.git']]],
  ['a git folder for a file system that ignores case', [['40000', 'x', '.GIT']]],
  ['a git folder by its short name', [['40000', 'x', 'git~1']]],
  ['a git folder with a character that HFS+ ignores', [['40000', 'x', '.g\u200cit']]],
  ['a folder above', [['40000', 'x', '..']]],
  ['a path as a name', [['100644', 'x', '../outside']]],
  ['the root as a name', [['100644', 'x', '/outside']]],
  ['a hook by its path', [['100755', '#!/bin/sh\ntouch canary\n', '.git/hooks/post-checkout']]],
];
