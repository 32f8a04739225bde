import type { realpathSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LINKED_BY, openRoots, toolsOf } from '../../src/addons/roots.ts';
import { createWorld } from '../support/world.ts';

/** What the system says of a folder by its last name, whatever is there. */
const said = vi.hoisted(() => new Map<string, string>());
vi.mock('node:fs', async (original) => {
  const actual = await original<typeof import('node:fs')>();
  const answering = (path: string) => {
    const code = said.get(path.split('/').at(-1) ?? '');
    if (code !== undefined) throw Object.assign(new Error(code), { code });
    return actual.realpathSync(path);
  };
  return { ...actual, realpathSync: answering as typeof realpathSync };
});
afterEach(() => said.clear());

describe('a folder that a pattern of roots matches', () => {
  function open() {
    const world = createWorld();
    for (const name of ['gone', 'stays']) world.folder(`src/${name}`);
    return { world, opened: openRoots('oca', [world.at('src/*')]) };
  }

  it.each(['ENOENT', 'ENOTDIR', 'ESRCH'])('is passed over when it has gone since (%s)', async (code) => {
    said.set('gone', code);
    const { world, opened } = open();
    expect(await opened).toEqual({ roots: [{ family: 'oca', path: world.at('src/stays') }], problems: [] });
  });

  it('is no match when all have gone', async () => {
    said.set('gone', 'ENOENT').set('stays', 'ENOENT');
    const { world, opened } = open();
    const problem = `${world.at('src/*')} matches no directory`;
    expect(await opened).toEqual({ roots: [], problems: [{ entry: 0, problem }] });
  });

  it.each(['EACCES', 'ELOOP', 'EIO'])('is told when it cannot be opened (%s)', async (code) => {
    said.set('gone', code);
    const { world, opened } = open();
    const problem = `${world.at('src/*')} matches ${world.at('src/gone')}, which cannot be opened (${code})`;
    expect(await opened).toEqual({ roots: [], problems: [{ entry: 0, problem }] });
  });
});

it.each([
  ['oca', 'oca'],
  ['own', 'oca'],
  ['ee', 'ee'],
  ['core', null],
  [null, null],
] as const)('modules of the family %s are linked by the tools of %s', (family, tools) => {
  expect(toolsOf(family)).toBe(tools);
  const linkedBy = Object.entries(LINKED_BY).filter(([, families]) => families.some((one) => one === family));
  expect(linkedBy.map(([name]) => name)).toEqual(tools === null ? [] : [tools]);
});
