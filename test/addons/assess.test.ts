import { describe, expect, it } from 'vitest';
import { assessFolder } from '../../src/addons/assess.ts';
import type { Root } from '../../src/addons/roots.ts';
import { createWorld, manifestText } from '../support/world.ts';

/** Roots of two families, one of them inside the other, and a module whose manifest is a symlink. */
function withManifestAt(target: string) {
  const world = createWorld();
  world.file('oca/web/a/__init__.py');
  world.file(target, manifestText({ name: 'Elsewhere' }));
  world.link(world.at(target), 'oca/web/a/__manifest__.py');
  const roots: Root[] = [
    { family: 'oca', path: world.at('oca') },
    { family: 'oca', path: world.at('more') },
    { family: 'ee', path: world.at('ee') },
    { family: 'ee', path: world.at('oca/enterprise') },
  ];
  return assessFolder('a', world.at('oca/web/a'), roots, '17.0');
}

describe('a manifest', () => {
  it.each(['oca/crm/shared.py', 'more/shared.py'])(
    'may lie in a root of the family of its module: %s',
    (target) => {
      expect(withManifestAt(target)).toMatchObject({
        refusals: [],
        judgement: { fields: { name: 'Elsewhere' } },
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    },
  );

  it.each(['ee/shared.py', 'oca/enterprise/shared.py', 'outside/shared.py', 'oca-evil/shared.py'])(
    'is not read where it lies elsewhere: %s',
    (target) => {
      expect(withManifestAt(target)).toMatchObject({
        refusals: [{ code: 'source_outside_roots', module: 'a' }],
        judgement: null,
        sha256: null,
      });
    },
  );

  it('of a folder outside all roots has to lie in the folder itself', () => {
    const world = createWorld();
    const assess = (name: string) => assessFolder(name, world.at('extra', name), [], '17.0').refusals;
    world.module('extra/a');
    world.link('__manifest__.py', 'extra/a/__openerp__.py');
    world.file('extra/b/__init__.py');
    world.link('../a/__manifest__.py', 'extra/b/__manifest__.py');
    expect(assess('a')).toEqual([]);
    expect(assess('b')).toMatchObject([{ code: 'source_outside_roots' }]);
  });
});
