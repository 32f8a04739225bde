import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../../src/base/refusal.ts';
import type { FoundPlace } from '../../../src/services/context.ts';
import {
  describeSearch,
  type SearchReport,
  type SearchRequest,
  searchAddons,
} from '../../../src/services/modules/search-addons.ts';
import { MOST_FOUND } from '../../../src/tool-arguments.ts';
import { openCatalog } from '../../support/catalog.ts';
import { makeInstance, refusalsOf, succeeded } from '../../support/instance.ts';
import fc from '../../support/property.ts';
import { createWorld, type World } from '../../support/world.ts';

/** An instance with roots in `oca`, `ee` and `core`, and a search in it. */
function open(world: World) {
  const instance = makeInstance(world, { families: ['oca', 'ee', 'core'], dirs: [] });
  const catalog = openCatalog(instance.roots);
  const context = { instances: [instance], catalogOf: () => catalog, stateDir: world.at('state') };
  const search = async (request: SearchRequest = {}) => succeeded(await searchAddons(request, context));
  return { context, instance, search };
}

const namesIn = ({ modules }: SearchReport) => modules.map(({ module }) => module);

describe('a search in an instance', () => {
  it('tells what a module is, where it comes from and whether it can be linked', async () => {
    const world = createWorld();
    world.module('oca/web/web_timetravel', {
      name: 'Web timetravel',
      summary: '\n    A\n    view ',
      category: 'Hidden',
      depends: ['web'],
      application: true,
    });
    expect(await open(world).search({ query: 'timetravel' })).toEqual({
      status: 'ok',
      instance: 'prod',
      series: '17.0',
      total: 1,
      modules: [
        {
          module: 'web_timetravel',
          title: '"Web timetravel"',
          summary: '"A view"',
          version: '17.0.1.0.0',
          repo: 'web',
          family: 'oca',
        },
      ],
    });
  });

  it('tells as much of a module with a manifest that cannot be read', async () => {
    const world = createWorld();
    world.file('oca/web/broken/__manifest__.py', '{');
    const { modules } = await open(world).search();
    expect(modules).toEqual([
      { module: 'broken', repo: 'web', family: 'oca', installable: false, verdict: 'invisible' },
    ]);
  });

  it('finds what a module says of itself in its own files, and marks what has only some of the words', async () => {
    const world = createWorld();
    world.module('oca/web/a', { name: 'One' });
    world.file('oca/web/a/readme/DESCRIPTION.md', 'Prints labels for parcels.');
    world.module('oca/web/b', { name: 'Two', description: 'Labels' });
    const report = await open(world).search({ query: 'parcel label printing' });
    expect(report).toMatchObject({
      total: 2,
      near: 1,
      modules: [{ module: 'a' }, { module: 'b', match: 'near' }],
    });
    expect(report.modules[0]).not.toHaveProperty('match');
  });

  it('says that it is a repository that the words name', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('oca/crm/b');
    const { search } = open(world);
    const report = await search({ query: 'OCA/web' });
    expect([namesIn(report), report.total, report.in_repo]).toEqual([['a'], 1, 'web']);
    expect(describeSearch(report)).toContain('1 module of repository web matches (');
    expect(await search({ query: 'a' })).not.toHaveProperty('in_repo');
  });

  it('counts only what the filters and the policy leave, in words too', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) world.module(`oca/web/${name}`, { name: 'Red car' });
    world.module('ee/d', { name: 'Red car' });
    const { context, search } = open(world);
    const query = 'a red car';
    expect((await search({ query })).total).toBe(4);
    expect((await search({ query, family: 'oca' })).total).toBe(3);
    const mayTell = ({ modules }: FoundPlace) =>
      modules.includes('b') ? refuse('policy_denied', 'No.') : ok(undefined);
    const report = succeeded(await searchAddons({ query, repo: 'web' }, { ...context, mayTell }));
    expect([namesIn(report), report.total]).toEqual([['a', 'c'], 2]);
  });

  it('can be for a family, a repository, and what may be linked or not', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('oca/crm/b', { installable: false });
    world.module('ee/c');
    const { search } = open(world);
    expect(namesIn(await search({ family: 'ee' }))).toEqual(['c']);
    expect(namesIn(await search({ repo: 'crm' }))).toEqual(['b']);
    for (const repo of ['web', 'OCA/web', 'https://github.com/OCA/web', 'git@github.com:OCA/web.git'])
      expect(namesIn(await search({ repo }))).toEqual(['a']);
    expect(namesIn(await search({ repo: world.at('oca/crm') }))).toEqual(['b']);
    expect(namesIn(await search({ installable: false }))).toEqual(['b']);
    expect(namesIn(await search({ installable: true }))).toEqual(['a', 'c']);
  });

  it.each([
    ['wbe', 'Did you mean "web"?'],
    ['OCA/wbe', 'Did you mean "web"?'],
    ['https://github.com/OCA/wbe', 'Did you mean "web"?'],
    ['no-such-workflow', undefined],
    // No module of it may be shown.
    ['secret', undefined],
    ['sceret', undefined],
  ])('in a repository called %s, which has no modules here, is refused', async (repo, hint) => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('oca/secret/b');
    const mayTell = ({ modules }: { readonly modules: readonly string[] }) =>
      modules.includes('b') ? refuse('policy_denied', 'no') : ok(undefined);
    const result = await searchAddons({ repo }, { ...open(world).context, mayTell });
    // A name that could be more than a name stands in quotes.
    const shown = repo.includes(':') ? `"${repo}"` : repo;
    const message = `The instance prod has no modules in a repository called ${shown}.`;
    expect(refusalsOf(result)).toMatchObject([{ code: 'invalid_argument', message }]);
    expect(refusalsOf(result)[0]?.hint).toBe(hint);
  });

  it('in a repository that has modules may find none', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    const { search } = open(world);
    expect(namesIn(await search({ repo: 'web', family: 'ee' }))).toEqual([]);
  });

  it('names the repository a module really lies in, and no folder outside the roots', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    world.module('outside/secret');
    world.link('../web/a', 'oca/links/a');
    world.link('../../outside/secret', 'oca/links/secret');
    const report = await open(world).search();
    expect(report.modules).toMatchObject([{ module: 'a', repo: 'web' }]);
  });

  it('sees what changed before the call', async () => {
    const world = createWorld();
    world.module('oca/web/a');
    const { search } = open(world);
    expect((await search()).total).toBe(1);
    world.module('oca/web/b');
    expect(namesIn(await search())).toEqual(['a', 'b']);
    rmSync(world.at('oca/web/a'), { recursive: true });
    expect(namesIn(await search())).toEqual(['b']);
  });

  it('passes over what the policy keeps from the caller, as if it were not there', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) world.module(`oca/web/${name}`);
    world.link('b', 'oca/web/d');
    const { context } = open(world);
    const mayTell = ({ modules }: FoundPlace) =>
      modules.includes('b') ? refuse('policy_denied', 'No.') : ok(undefined);
    const report = succeeded(await searchAddons({}, { ...context, mayTell }));
    expect([namesIn(report), report.total]).toEqual([['a', 'c'], 2]);
  });

  it('chooses the instance as every call does', async () => {
    const { context, instance } = open(createWorld());
    const two = { ...context, instances: [instance, { ...instance, name: 'test', series: '16.0' as const }] };
    const codeOf = async (request: SearchRequest) => {
      const result = await searchAddons(request, two);
      return result.ok ? result.value.instance : result.refusal.code;
    };
    expect(await codeOf({})).toBe('ambiguous_instance');
    expect(await codeOf({ instance: 'none' })).toBe('unknown_instance');
    expect(await codeOf({ branch: '16.0' })).toBe('test');
    expect(await codeOf({ instance: 'prod' })).toBe('prod');
  });

  it('bounds what a manifest can put into an answer', async () => {
    const world = createWorld();
    const depends = Array.from({ length: 300 }, (_, index) => `d${index}${'x'.repeat(300)}`);
    const long = `${'x'.repeat(199)}😀`;
    world.module('oca/web/a', {
      name: long.repeat(99),
      summary: long.repeat(99),
      category: long,
      depends,
    });
    const { modules } = await open(world).search();
    expect(modules[0]?.title).toBe(`"${'x'.repeat(100)}…"`);
    expect(JSON.stringify(modules).length).toBeLessThan(500);
  });
});

describe('the pages of a search in an instance', () => {
  it('follow each other by their cursors', async () => {
    const world = createWorld();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) world.module(`oca/web/${name}`);
    const { search } = open(world);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const report: SearchReport = await search({ limit: 3, cursor });
      expect(report.total).toBe(7);
      seen.push(...namesIn(report));
      cursor = report.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(names);
  });

  it('follow each other by their cursors, in words too', async () => {
    const world = createWorld();
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const name of names) world.module(`oca/web/${name}`, { name: 'Red car' });
    const { search } = open(world);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const report: SearchReport = await search({ query: 'car red', limit: 3, cursor });
      expect(report.total).toBe(7);
      seen.push(...namesIn(report));
      cursor = report.next_cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(names);
  });

  it('are cut where an answer has no room, and go on from there', async () => {
    const world = createWorld();
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) world.module(`oca/web/${name}`);
    const { search } = open(world);
    const [one] = (await search({ limit: 1 })).modules;
    const room = 2 * JSON.stringify(one).length + 10;
    const first = await search({ room });
    expect([namesIn(first), first.total]).toEqual([['a', 'b'], 4]);
    expect(namesIn(await search({ room, cursor: first.next_cursor as string }))).toEqual(['c', 'd']);
  });

  it('do not shift when a module of an earlier one comes or goes', async () => {
    const world = createWorld();
    for (const name of ['b', 'c', 'd', 'e']) world.module(`oca/web/${name}`);
    const { search } = open(world);
    const { next_cursor } = await search({ limit: 2 });
    world.module('oca/web/a');
    rmSync(world.at('oca/web/c'), { recursive: true });
    expect(namesIn(await search({ limit: 2, cursor: next_cursor as string }))).toEqual(['d', 'e']);
  });

  it('are refused for a cursor that no search gave', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) world.module(`oca/web/${name}`);
    const { context, search } = open(world);
    const { next_cursor } = await search({ limit: 1 });
    const refused = async (request: SearchRequest) => {
      const result = await searchAddons(request, context);
      return result.ok ? result.value : result.refusal;
    };
    const cursor = next_cursor as string;
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const [key, ...rest] = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const bad = ['', 'x', `${cursor}=`, ` ${cursor}`, cursor.slice(1), cursor.slice(0, -3), encode(null)];
    const forged = [
      [key, -1, ...rest.slice(1)],
      [key, 0.5, ...rest.slice(1)],
      [key, 0, 1, 2, 3],
      [key, 0],
      [key, 'words', 'x'],
      {},
    ];
    for (const cursor of [...bad, ...forged.map(encode)]) {
      expect(await refused({ cursor }), cursor).toMatchObject({
        code: 'invalid_argument',
        hint: expect.any(String),
      });
    }
    for (const request of [
      { query: 'a' },
      { family: 'oca' as const },
      { repo: 'web' },
      { installable: true },
    ]) {
      expect(await refused({ ...request, cursor })).toMatchObject({
        code: 'invalid_argument',
        message: 'cursor belongs to another search.',
      });
    }
    expect(await refused({ cursor, limit: 100 })).toMatchObject({ status: 'ok' });
  });

  it('are refused for a limit or a query that cannot be', async () => {
    const { context } = open(createWorld());
    const requests = [
      ...[0, -1, 1.5, MOST_FOUND + 1, Number.NaN].map((limit) => ({ limit })),
      { query: 'x'.repeat(257) },
    ];
    for (const request of requests) {
      expect(await searchAddons(request, context)).toMatchObject({ refusal: { code: 'invalid_argument' } });
    }
  });

  it('are answered or refused, whatever the cursor', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) world.module(`oca/web/${name}`);
    const { context } = open(world);
    const key = ['prod', '', null, null, null];
    const position = fc.tuple(fc.oneof(fc.nat(20), fc.anything()), fc.string(), fc.string(), fc.string());
    const cursors = position.map((parts) =>
      Buffer.from(JSON.stringify([key, ...parts])).toString('base64url'),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(cursors, fc.string(), fc.base64String()), async (cursor) => {
        const result = await searchAddons({ cursor }, context);
        expect(result.ok ? 'ok' : result.refusal.code).toMatch(/^(ok|invalid_argument)$/);
      }),
    );
  });
});

describe('the text of a search', () => {
  it('has a line for each module', async () => {
    const world = createWorld();
    world.module('oca/web/a', { name: 'First', summary: 'The first' });
    world.module('oca/web/b', { name: 'Second', installable: false });
    world.file('oca/web/c/__manifest__.py', '{');
    const { search } = open(world);
    expect(describeSearch(await search()).split('\n')).toEqual([
      '3 modules match (instance prod, Odoo 17.0).',
      '- a 17.0.1.0.0 from web (oca): First, "The first"',
      '- b 17.0.1.0.0 from web (oca): Second [uninstallable]',
      '- c from web (oca) [invisible]',
    ]);
    const none = await search({ query: 'third x' });
    expect(describeSearch(none)).toBe('No module matches (instance prod, Odoo 17.0).');
    const near = await search({ query: 'second third' });
    expect(describeSearch(near).split('\n')).toEqual([
      'No module matches; 1 has only some of the words, or similar ones (instance prod, Odoo 17.0).',
      '- b 17.0.1.0.0 from web (oca): Second [uninstallable] [near]',
    ]);
    const { next_cursor, ...first } = await search({ limit: 1 });
    expect(describeSearch({ ...first, next_cursor }).split('\n')).toEqual([
      '3 modules match (instance prod, Odoo 17.0), 1 of them shown.',
      '- a 17.0.1.0.0 from web (oca): First, "The first"',
      `More: search again with cursor ${next_cursor}`,
    ]);
  });

  it('has no line that a manifest wrote', async () => {
    const world = createWorld();
    world.file('oca/web\n- fake/a/__init__.py');
    writeFileSync(
      world.file('oca/web\n- fake/a/__manifest__.py'),
      `{'name': 'Title\\n- fake 1.0', 'version': '17.0.1\\n', 'license': 'AGPL-3', 'summary': '\\u2028'}`,
    );
    const { search } = open(world);
    const text = describeSearch(await search());
    expect(text.split('\n').length).toBe(2);
    expect(text).not.toMatch(/^- fake/m);
  });
});
