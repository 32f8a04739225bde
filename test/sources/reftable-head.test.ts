import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { createProvenanceReader } from '../../src/sources/provenance.ts';
import { pause, quickenClock } from '../support/catalog.ts';
import { askAboutOne } from '../support/provenance.ts';
import { createWorld, type World } from '../support/world.ts';
import { git } from './states.ts';

const TABLE = '0x000000000001-0x000000000002-d6f0758d.ref';

/**
 * A checkout that says it has a reftable, and a git that reads it: the one of the system may be too old. That one still
 * compares, which needs no refs.
 */
function open({ refs = 'refs/heads/17.0', replaced = '', tables = `${TABLE}\n`, status = 0 } = {}) {
  quickenClock();
  const world = createWorld();
  world.module('web/a');
  const path = world.at('web');
  git(path, 'init', '-q', '-b', '17.0');
  git(path, 'add', '-A');
  git(path, 'commit', '-qm', 'first');
  const commit = git(path, 'rev-parse', 'HEAD');
  git(path, 'config', 'core.repositoryFormatVersion', '1');
  const { PATH } = process.env;
  const real = `${git(path, '--exec-path')}/git`;
  writeFileSync(
    world.at('web/.git/config'),
    `${readFileSync(world.at('web/.git/config'))}[extensions]\n\trefStorage = reftable\n`,
  );
  world.file('web/.git/HEAD', 'ref: refs/heads/.invalid\n');
  renameSync(world.at('web/.git/refs'), world.at('web/.git/before'));
  world.file('web/.git/refs/heads', 'this repository uses the reftable format\n');
  world.file('web/.git/reftable/tables.list', tables);
  world.file(`web/.git/reftable/${TABLE}`, 'REFT');
  world.file('web/.git/hooks/post-checkout', '#!/bin/sh\n');
  const script = `#!/bin/sh
echo "$1" >> ${world.at('log')}
case "$1" in
symbolic-ref | rev-parse | for-each-ref)
  grep -q reftable "$GIT_DIR/config" && [ "$(cat "$GIT_DIR/reftable/${TABLE}")" = REFT ] && [ ! -e "$GIT_DIR/hooks" ] || exit 5
esac
case "$1" in
symbolic-ref) [ -n "${refs}" ] && echo "${refs}" ;;
rev-parse) [ ${status} = 0 ] && echo ${commit} ;;
for-each-ref) printf '${replaced}' ;;
*) exec ${real} "$@" ;;
esac
`;
  chmodSync(world.file('bin/git', script), 0o755);
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  process.env.PATH = `${world.at('bin')}:${PATH}`;
  const look = () => askAboutOne(createProvenanceReader({ patience: 60_000 }))(world.at('web/a'), world.path);
  const started = (command: string) => logOf(world).filter((line) => line === command).length;
  return { world, commit, look, started };
}

const logOf = (world: World) =>
  existsSync(world.at('log')) ? readFileSync(world.at('log'), 'utf8').split('\n') : [];

it('is read by git from copies of the tables, and the folder is compared as any', async () => {
  const { world, commit, look } = open();
  expect(await look()).toEqual({ branch: '17.0', commit, dirty: false });
  world.file('web/a/new.py');
  expect(await look()).toEqual({ branch: '17.0', commit, dirty: true });
});

it('is not read again while the list of tables is the same', async () => {
  const { world, look, started } = open();
  await look();
  await pause();
  await look();
  const before = started('rev-parse');
  await look();
  expect(started('rev-parse')).toBe(before);
  world.file('web/.git/reftable/tables.list', `${TABLE}\n`);
  await look();
  expect(started('rev-parse')).toBe(before + 1);
});

it.each<[string, Parameters<typeof open>[0], object | null]>([
  ['a detached HEAD', { refs: '' }, { branch: null, dirty: false }],
  ['no commit yet', { status: 1 }, { branch: '17.0', commit: null }],
  ['neither', { refs: '', status: 1 }, null],
  ['replaced objects', { replaced: 'refs/replace/x\\n' }, { branch: '17.0', dirty: null }],
  ['a list that names no tables', { tables: '../../config\n' }, null],
  ['a table that is not there', { tables: `${TABLE.replace('1', '2')}\n` }, null],
])('of a repository with %s', async (_, options, expected) => {
  const { look } = open(options);
  const found = await look();
  if (expected === null) expect(found).toBeNull();
  else expect(found).toMatchObject(expected);
});
