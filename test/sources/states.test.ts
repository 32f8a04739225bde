import { describe, expect, it } from 'vitest';
import { createProvenanceReader } from '../../src/sources/provenance.ts';
import { askAboutOne } from '../support/provenance.ts';
import { createWorld } from '../support/world.ts';
import { askGit, COMMON_STATES, git, RARE_STATES } from './states.ts';

/** Where an exact answer would take a program, a file or a setting that is the repository's own: `dirty` is null. */
const UNDECIDED = [
  'ignored by a file of its own configuration',
  'with untracked files that do not count',
  'with a populated submodule that is changed',
  'filter by attribute',
  'filter by info/attributes',
  'filter by an attributes file of its own configuration',
  'encoding by attribute',
  'replaced commit',
  'work tree elsewhere',
  'worktree that says its work tree is elsewhere',
  // Git completes it by writing objects.
  'sparse index',
];
/** What git itself has given up or nobody uses: nothing is told. */
const UNTOLD = ['HEAD as a symlink', 'branch that names a branch'];

const STATES = Object.entries({ ...COMMON_STATES, ...RARE_STATES });

describe('the provenance of a checkout', () => {
  const look = askAboutOne(createProvenanceReader({ patience: 60_000 }));

  it.each(STATES)('is what git says: %s', async (state, make) => {
    const world = createWorld();
    const path = world.folder('checkout');
    const files = ['a/__init__.py', 'b/models.py'] as const;
    for (const file of files) world.file(`checkout/${file}`, 'x = 1\n');
    world.file('checkout/README.md', 'text\n');
    git(path, 'init', '-q', '-b', '17.0');
    git(path, 'add', '-A');
    git(path, 'commit', '-qm', 'first');
    const folder = make({ path, aside: world.at('aside'), files }) ?? path;
    const answer = await look(folder, world.path);
    const real = askGit(folder);
    if (UNTOLD.includes(state)) expect(answer).toBe(null);
    else if (UNDECIDED.includes(state)) expect(answer).toEqual({ ...real, dirty: null });
    else expect(answer).toEqual(real);
  });

  it('is that of the folder, not of the repository around it', async () => {
    const world = createWorld();
    const path = world.folder('checkout');
    for (const name of ['a', 'b', '.']) world.file(`checkout/${name}/file`);
    git(path, 'init', '-q', '-b', '17.0');
    git(path, 'add', '-A');
    git(path, 'commit', '-qm', 'first');
    world.file('checkout/b/new');
    expect(await look(world.at('checkout/a'), world.path)).toMatchObject({ branch: '17.0', dirty: false });
    expect(await look(world.at('checkout/b'), world.path)).toMatchObject({ branch: '17.0', dirty: true });
  });
});
