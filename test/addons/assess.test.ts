import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assessFolder } from '../../src/addons/assess.ts';
import type { Root } from '../../src/addons/roots.ts';
import type { Series } from '../../src/manifest/series.ts';
import { createWorld, manifestText, type World } from '../support/world.ts';

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

/** What is said of a module `a`, or of another name, of a world. */
function assessIn(world: World, series: Series = '17.0', name = 'a') {
  return assessFolder(name, world.at(`oca/${name}`), [{ family: 'oca', path: world.at('oca') }], series);
}

describe('what surrounds a manifest', () => {
  it('without __init__.py is a namespace package, and is not linked', () => {
    const world = createWorld();
    world.file('oca/a/__manifest__.py', manifestText());
    const { judgement, refusals } = assessIn(world);
    expect(judgement?.verdict).toBe('installable');
    const message = expect.stringMatching(/namespace package, but its hooks and models are not loaded/);
    expect(refusals).toMatchObject([{ code: 'not_importable', message }]);
  });

  it('has the README read where there is no description, and then only', () => {
    const world = createWorld();
    world.module('oca/a');
    world.file('oca/a/README.rst', 'a\0');
    expect(assessIn(world)).toMatchObject({
      judgement: { verdict: 'breaks_update' },
      refusals: [{ code: 'breaks_update', message: expect.stringMatching(/README\.rst.*NUL/) }],
    });
    world.module('oca/a', { description: 'text' });
    expect(assessIn(world).refusals).toEqual([]);
  });

  it.each([
    ['a-b', '18.0', 'installable', 'invalid_module_name'],
    ['a-b', '19.0', 'breaks_update', 'breaks_update'],
    ['a b', '17.0', 'breaks_update', 'breaks_update'],
    ['é', '19.0', 'installable', 'invalid_module_name'],
  ] as const)('has a name, of which there is one finding: %s on %s', (name, series, verdict, code) => {
    const world = createWorld();
    world.module(`oca/${name}`, { version: '1.0' });
    expect(assessIn(world, series, name)).toMatchObject({ judgement: { verdict }, refusals: [{ code }] });
    expect(assessIn(world, series, name).refusals).toHaveLength(1);
  });
});

describe('a manifest that raises', () => {
  it('is an outage of the whole site on 16.0 to 18.0, and the way out is given', () => {
    const world = createWorld();
    world.module('oca/a', { version: 'v1' });
    const { judgement, refusals } = assessIn(world, '18.0');
    expect(judgement?.outage).toMatch(/three or more parts.*500/);
    const hint =
      'Fix the manifest first; if the module is linked already, fix or unlink it before Odoo restarts.';
    expect(refusals).toMatchObject([{ code: 'manifest_invalid', hint }]);
    expect(refusals[0]?.message).toContain(judgement?.outage);
    expect(assessIn(world, '19.0').refusals[0]?.message).not.toContain('500');
  });

  it('is one of static files on 15.0, where the module has some', () => {
    const world = createWorld();
    world.module('oca/a');
    world.file('oca/a/__manifest__.py', '{');
    expect(assessIn(world, '15.0').judgement?.outage).toBeNull();
    world.folder('oca/a/static');
    expect(assessIn(world, '15.0').refusals[0]?.message).toMatch(/\/web\/static answers 404/);
  });

  it('is one, too, because it is not UTF-8', () => {
    const world = createWorld();
    world.module('oca/a');
    writeFileSync(world.at('oca/a/__manifest__.py'), Buffer.from([0x7b, 0x7d, 0xe9]));
    const message = expect.stringMatching(/is not UTF-8 text\. Besides, .*500.*`UnicodeDecodeError`/);
    expect(assessIn(world, '16.0').refusals).toMatchObject([{ code: 'manifest_unreadable', message }]);
    expect(assessIn(world, '19.0').refusals[0]?.message).not.toContain('Besides');
  });

  it('of another series says so in the refusal of that series', () => {
    const world = createWorld();
    world.module('oca/a', { version: '16.0.1.0.0' });
    const message = expect.stringMatching(/made for Odoo 16\.0, not 17\.0\. Besides, .*500/);
    expect(assessIn(world).refusals).toMatchObject([{ code: 'wrong_series', message }]);
    world.module('oca/a', { version: '16.0.1.0.0', installable: false });
    const notYet = expect.stringMatching(/not migrated to 17\.0 yet/);
    expect(assessIn(world).refusals).toMatchObject([{ code: 'not_installable', message: notYet }]);
  });

  it('breaks the update once in a sentence', () => {
    const world = createWorld();
    world.module('oca/a', { license: 'MIT', category: 5 });
    const [refusal] = assessIn(world).refusals;
    expect(refusal?.message.match(/Update Apps List/g)).toHaveLength(1);
  });
});
