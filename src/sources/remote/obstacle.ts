import { counted, inWords, quoted } from '../../base/text.ts';

/** Why a checkout is left as it is, worded to follow its name. `{}` stands for the names or the number that belong to it. */
export const OBSTACLES = {
  no_git: 'is not a checkout of git',
  other_layout:
    'has no git folder of its own inside the root: it is a worktree, a submodule, or above the root',
  other_owner: 'belongs to another user of this machine',
  unusual:
    'has a configuration or refs that the server does not work with, such as a reftable, a partial clone or included files',
  no_origin: 'has no remote called origin',
  other_origin: 'comes from elsewhere: its origin is not a repository of {}',
  detached: 'has no branch checked out, but a commit',
  no_commit: 'has no commit yet',
  other_branch: 'has the branch {} checked out',
  in_progress: 'is in the middle of a merge, a rebase or the like: {} exists in its git folder',
  git_running: 'has git at work in it, or git was ended there: {} exists in its git folder',
  interrupted: 'was being updated when the server was ended',
  half_done: 'was being updated when that was interrupted, and files were changed in it since',
  submodules: 'has submodules checked out: {}',
  converted: 'has files that a program must convert, by a filter or an encoding in its attributes: {}',
  changed: 'has files that were changed: {}',
  in_the_way: 'has files that git does not track where the update would put others: {}',
  odd_names: 'cannot be moved forward: names of files that differ are not in UTF-8: {}',
  own_commits: 'has {} of its own, which its remote does not have',
  rewritten: 'cannot be moved forward: the history of its branch was rewritten at its remote',
  not_met:
    'is a shallow clone whose commit is not in the recent history of its remote: that was rewritten, or much has come since',
  diverged: 'cannot be moved forward: its branch has {} that its remote does not have',
  unknown: 'cannot be compared: git could not tell whether files were changed',
} as const;

export type ObstacleKind = keyof typeof OBSTACLES;

/** Why a checkout cannot be updated as it is now. */
export interface Obstacle {
  readonly kind: ObstacleKind;
  /** What stands for `{}`: names that are shown quoted, or a number of commits. */
  readonly about?: readonly string[] | number;
}

/** How many names are told. */
const MOST_NAMED = 3;

/** The obstacle as the end of a sentence that begins with the checkout's name. */
export function describeObstacle({ kind, about }: Obstacle): string {
  // Where it should come from is the operator's own word.
  const said =
    kind === 'other_origin' ? inWords([about ?? []].flat().map(String)) : describeAbout(about ?? []);
  return OBSTACLES[kind].replace('{}', () => said);
}

function describeAbout(about: readonly string[] | number): string {
  if (typeof about === 'number') return counted(about, 'commit');
  const more = about.length - MOST_NAMED;
  const named = about.slice(0, MOST_NAMED).map((name) => quoted(name));
  return inWords(more > 0 ? [...named, `${more} more`] : named);
}

/** What can be done about each; for all others the operator's git is left. */
const NEXT: Partial<Readonly<Record<ObstacleKind, string>>> = {
  other_owner: "Ask the operator to give it to the server's user, or to update it.",
  git_running: 'Try again in a minute. If it stays so, ask the operator to remove that file.',
  changed: 'Ask the operator to commit them elsewhere, or to undo the changes.',
  in_the_way: 'Ask the operator to move them away.',
  own_commits: 'Ask the operator to rebase or merge them with git.',
  half_done: 'Ask the operator to look at its files with git, and to remove index.lock in its git folder.',
  interrupted: 'The next update undoes what it had done, and does it anew.',
};
const BY_GIT = 'Ask the operator to update it with git, if it should be.';

/** What to do about an obstacle. */
export function remedyFor({ kind }: Obstacle): string {
  return NEXT[kind] ?? BY_GIT;
}
