import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../../src/addons/module-name.ts';
import { locateDeclared } from '../../../src/services/declared/locate-declared.ts';
import { lookAround, makeInstance } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

/** A checkout without commits that was cloned from an address. */
function clonedFrom(world: World, repository: string, url: string): void {
  world.file(`${repository}/.git/HEAD`, 'ref: refs/heads/17.0\n');
  world.folder(`${repository}/.git/objects`);
  world.folder(`${repository}/.git/refs`);
  world.file(`${repository}/.git/config`, `[core]\n\tbare = false\n[remote "origin"]\n\turl = ${url}\n`);
}

async function locate(world: World, repo: string | null, family: 'oca' | 'ee' = 'oca'): Promise<string> {
  const { sources } = await lookAround(makeInstance(world));
  const found = await locateDeclared('x' as ModuleName, { family, repo }, sources);
  if (!found.ok) return `${found.refusal.code}: ${found.refusal.hint}`;
  const { source, warning } = found.value;
  return `${source.repository.name}${warning === null ? '' : ` (${warning.code}: ${warning.message})`}`;
}

describe('a declared module', () => {
  it('is taken from the repository that is named', async () => {
    const world = createWorld();
    world.module('oca/web/x');
    world.module('oca/fork/x');
    expect(await locate(world, 'web')).toBe('web');
    expect(await locate(world, 'OCA/web')).toBe('web');
  });

  it.each(['https://github.com/OCA/web.git', 'git@github.com:acme/web.git', '/srv/mirror/web'])(
    'is known by where its repository was cloned from: %s',
    async (url) => {
      const world = createWorld();
      world.module('oca/oca_web/x');
      world.module('oca/fork/x');
      clonedFrom(world, 'oca/oca_web', url);
      clonedFrom(world, 'oca/fork', 'https://github.com/acme/fork');
      expect(await locate(world, 'web')).toBe(
        'oca_web (repo_differs: x is taken from oca_web: it was cloned from a repository called web.)',
      );
    },
  );

  it('is known by being the only one', async () => {
    const world = createWorld();
    world.module('oca/oca_web/x');
    expect(await locate(world, 'web')).toMatch(/^oca_web \(repo_differs: .* no other one has the module/);
  });

  it('has hints about the file otherwise', async () => {
    const world = createWorld();
    for (const repository of ['one', 'two']) world.module(`oca/${repository}/x`);
    const choose = 'In the file, set repo of x to "one" or "two".';
    expect(await locate(world, 'web')).toBe(`module_not_found: ${choose}`);
    expect(await locate(world, null)).toBe(`ambiguous_module: ${choose}`);
    const other = createWorld();
    other.module('ee/x', { license: 'OEEL-1' });
    expect(await locate(other, null)).toBe('wrong_family: In the file, set family of x to "ee".');
  });
});
