import { join } from 'node:path';
import { type ReadFile, readInside, readTextInside } from '../base/read-inside.ts';
import { isSettledBy, stampOf } from '../base/stamp.ts';
import { objectFormat } from './comparison-config.ts';
import type { GitFolder } from './git-folder.ts';
import type { Head } from './git-head.ts';
import { readSettings } from './git-settings.ts';
import { withPrivateGitFolder } from './private-git-folder.ts';
import { findGit, type GitRun, outputOf, PRIVATE_ENVIRONMENT } from './run-git.ts';

/** The most tables of a stack, and their bytes: git compacts them to a few. */
const MOST_TABLES = 100;
const MOST_TABLE_BYTES = 8 * 1024 * 1024;
const MOST_LIST_BYTES = 16 * 1024;
/** The name of a table (git's technical documentation, "reftable", "Filename"). */
const TABLE = /^0x[0-9a-f]{12,16}-0x[0-9a-f]{12,16}-[0-9a-f]{8}\.ref$/;

/** What is checked out in a repository that keeps its refs in a reftable. */
export interface ReftableHead {
  readonly head: Head;
  /** Whether git may use replacements for objects (git-replace(1)). */
  readonly replacesObjects: boolean;
}

interface KeptHead {
  readonly key: string;
  readonly told: ReftableHead;
}

/** The answers by git folder, kept while the list of tables is unchanged: tables never change. */
const kept = new Map<string, KeptHead>();
const MOST_KEPT = 2000;

/**
 * Reads HEAD from a reftable, which git 2.45 or later must do: in a private git folder that has copies of the tables and
 * nothing else of the repository.
 * @param limit How long git may take, in milliseconds.
 * @returns Null for a repository without a reftable, a linked worktree of one, and where git cannot read it.
 */
export async function readReftableHead(git: GitFolder, limit: number): Promise<ReftableHead | null> {
  const settings = git.path === git.common ? readSettings(git) : null;
  if (settings?.get('extensions.refstorage')?.toLowerCase() !== 'reftable') return null;
  const list = stampOf(join(git.common, 'reftable/tables.list'));
  const key = JSON.stringify([git.common, objectFormat(settings)]);
  const known = kept.get(key);
  if (list !== null && known?.key === list.key) return known.told;
  kept.delete(key);
  const askedAt = Date.now();
  const files = readTables(git);
  const program = findGit(process.env.PATH);
  if (files === null || program === null) return null;
  const config = `[core]\nrepositoryformatversion = 1\nbare = false\n[extensions]\nrefStorage = reftable\nobjectFormat = ${objectFormat(settings)}\n`;
  const contents = { head: 'ref: refs/heads/.invalid\n', config, files, objects: [] };
  const told = await withPrivateGitFolder(contents, (path) => {
    const environment = { ...PRIVATE_ENVIRONMENT, GIT_DIR: path, GIT_WORK_TREE: git.worktree };
    return askForHead(program, { cwd: path, environment, limit });
  });
  if (told !== null && list !== null && isSettledBy(list, askedAt)) {
    if (kept.size >= MOST_KEPT) kept.clear();
    kept.set(key, { key: list.key, told });
  }
  return told;
}

async function askForHead(program: string, run: GitRun): Promise<ReftableHead | null> {
  const [branch, commit, replaced] = await Promise.all([
    outputOf(program, ['symbolic-ref', '-q', 'HEAD'], run),
    outputOf(program, ['rev-parse', '-q', '--verify', 'HEAD'], run),
    outputOf(program, ['for-each-ref', '--count=1', '--format=%(refname)', 'refs/replace/'], run),
  ]);
  const name = branch === null ? null : /^refs\/heads\/([^\n]+)\n$/.exec(branch)?.[1];
  const hash = commit === null ? null : /^([0-9a-f]{64}|[0-9a-f]{40})\n$/.exec(commit)?.[1];
  if (name === undefined || hash === undefined || (name === null && hash === null) || replaced === null)
    return null;
  return { head: { branch: name, commit: hash }, replacesObjects: replaced !== '' };
}

/** Copies of the tables and of the files around them; null if they are not as git writes them. */
function readTables({ common }: GitFolder): ReadonlyMap<string, ReadFile> | null {
  const list = readTextInside(common, 'reftable/tables.list', MOST_LIST_BYTES);
  if (list === null || list === 'absent') return null;
  const names = list.text.split('\n').filter((line) => line !== '');
  if (names.length > MOST_TABLES || !names.every((name) => TABLE.test(name))) return null;
  const files = new Map<string, ReadFile>();
  const put = (name: string, bytes: Buffer) => files.set(name, { bytes, modified: 0 });
  put('reftable/tables.list', Buffer.from(list.text));
  put('refs/heads', Buffer.from('this repository uses the reftable format\n'));
  let left = MOST_TABLE_BYTES;
  for (const name of names) {
    const table = readInside(common, `reftable/${name}`, left);
    if (table === null || table === 'absent') return null;
    left -= table.bytes.length;
    files.set(`reftable/${name}`, table);
  }
  return files;
}
