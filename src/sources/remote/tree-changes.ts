import type { UpdateFolder } from './update-folder.ts';

/** A file that differs between two commits. */
export interface TreeChange {
  /** Relative to the top of the work tree. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** What it is then; null if it is gone. */
  readonly type: 'file' | 'symlink' | 'submodule' | null;
}

const TYPES = { '100': 'file', '120': 'symlink', '160': 'submodule' } as const;

/**
 * Lists the files that differ between two commits.
 * @returns Null if git cannot tell.
 */
export async function listChanges(
  folder: UpdateFolder,
  before: string,
  after: string,
): Promise<TreeChange[] | null> {
  const records = await folder.list(['diff-tree', '-r', '-z', '--raw', '--no-renames', before, after]);
  if (records === null) return null;
  const changes: TreeChange[] = [];
  // `:100644 100755 HASH HASH M`, then the path.
  for (let at = 0; at + 1 < records.length; at += 2) {
    const [, mode = '', letter = ''] = /^:\d{6} (\d{6}) \S+ \S+ ([AMDT])$/.exec(records[at] as string) ?? [];
    if (letter === '') return null;
    const kind = letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'changed';
    const type = kind === 'removed' ? null : (TYPES[mode.slice(0, 3) as keyof typeof TYPES] ?? 'file');
    changes.push({ path: records[at + 1] as string, kind, type });
  }
  return changes;
}
