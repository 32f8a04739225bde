/** What a commit says of itself. */
export interface CommitObject {
  /** The id of the tree at its top. */
  readonly tree: string;
  /** When it was committed, in milliseconds since 1970. */
  readonly time: number;
}

/**
 * Parses a commit object (git-commit-tree(1): `tree ID`, parents, author, `committer NAME <MAIL> SECONDS ZONE`, an empty line).
 * @returns Null if it is none.
 */
export function parseCommit(bytes: Buffer): CommitObject | null {
  const [head = ''] = bytes.toString('latin1').split('\n\n', 1);
  const tree = /^tree ([0-9a-f]{40,64})$/m.exec(head)?.[1];
  const seconds = /^committer .* (\d{1,10}) [+-]\d{4}$/m.exec(head)?.[1];
  return tree === undefined || seconds === undefined ? null : { tree, time: Number(seconds) * 1000 };
}
