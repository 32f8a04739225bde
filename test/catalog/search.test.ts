import { basename, dirname } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Family } from '../../src/addons/roots.ts';
import { ok } from '../../src/base/refusal.ts';
import { CatalogModule } from '../../src/catalog/catalog-module.ts';
import {
  type Found,
  NEAREST_RANK,
  type Position,
  type Searchable,
  searchModules,
} from '../../src/catalog/search.ts';
import { parseLiteral } from '../../src/manifest/literal.ts';
import { noTurns } from '../support/turns.ts';
import { manifestText } from '../support/world.ts';

/** A module that is on no disk. */
function module(
  path: string,
  manifest: Readonly<Record<string, unknown>> = {},
  family: Family | null = 'oca',
): CatalogModule {
  return moduleOf(path, manifestText({ name: '', depends: [], ...manifest }), family);
}

function moduleOf(path: string, text: string, family: Family | null): CatalogModule {
  const parsed = parseLiteral(text);
  const read = { name: basename(path), path: `/src/${path}`, series: '17.0' } as const;
  const folder = dirname(read.path);
  const repository = {
    name: basename(folder),
    path: folder,
    root: { family: 'oca', path: '/src' },
  } as const;
  return new CatalogModule(
    { ...read, manifest: ok({ file: '__manifest__.py', parsed, sha256: '' }), readReadme: () => null },
    repository,
    family,
  );
}

interface Rest {
  isWanted?: (searchable: Searchable) => boolean;
  after?: Position | null;
  limit?: number;
}

function search(modules: readonly CatalogModule[], query: string, rest: Rest = {}) {
  const owners = async () => (path: string) =>
    modules.filter((one) => one.path === path).map(({ repository }) => repository);
  const wanted = { query, isWanted: () => true, after: null, limit: 100, ...rest };
  return searchModules(modules, owners, wanted, noTurns);
}

const found = async (modules: readonly CatalogModule[], query: string) =>
  (await search(modules, query)).page.map(({ module }) => module.name);

describe('a search', () => {
  const modules = [
    module('r/x1', { category: 'Sale' }),
    module('r/x2', { summary: 'For your sale' }),
    module('r/x3', { depends: ['sale'] }),
    module('r/x4', { name: 'A Sale' }),
    module('r/wholesaler'),
    module('r/point_sales'),
    module('r/sale_stock'),
    module('r/sale'),
    module('r/other', { name: 'Other', summary: 'Nothing', depends: ['sale_stock'] }),
  ];

  it('ranks the name, its beginning, its words, its parts, title, dependency, summary and category', async () => {
    expect(await found(modules, 'sale')).toEqual([
      'sale',
      'sale_stock',
      'point_sales',
      'wholesaler',
      'x4',
      'x3',
      'x2',
      'x1',
    ]);
  });

  it('finds what depends on a module only by the whole name of it', async () => {
    expect(await found(modules, 'sale_stock')).toEqual(['sale_stock', 'other']);
    expect(await found(modules, 'sale_sto')).toEqual(['sale_stock']);
  });

  it('lists all modules by name when nothing is asked for', async () => {
    const names = modules.map(({ name }) => name).sort();
    expect(await found(modules, '')).toEqual(names);
    expect(await found(modules, ' \t ')).toEqual(names);
  });

  it('wants every word to be found, each wherever it is', async () => {
    const some = [
      module('r/account_report', { name: 'Printing' }),
      module('r/account', { summary: 'Financial statements', category: 'Accounting' }),
      module('r/report', { name: 'Financial printing', category: 'Accounting' }),
    ];
    expect(await found(some, 'financial account')).toEqual(['account', 'report']);
    expect(await found(some, 'financial print account')).toEqual(['report']);
    expect(await found(some, 'financial zebra')).toEqual([]);
  });

  it('takes several words for those of a technical name first', async () => {
    const some = [
      module('r/a', { name: 'web responsive' }),
      module('r/web_x_responsive'),
      module('r/web_responsive'),
    ];
    expect(await found(some, 'Web Responsive')).toEqual(['web_responsive', 'web_x_responsive', 'a']);
  });

  it('passes over case, accents and compatibility forms', async () => {
    const some = [module('r/a', { name: 'Facturación ELECTRÓNICA' }), module('r/Base_Import')];
    expect(await found(some, 'facturacion')).toEqual(['a']);
    expect(await found(some, 'ELECTRO\u0301NICA')).toEqual(['a']);
    expect(await found(some, 'base_IMPORT')).toEqual(['Base_Import']);
    expect(await found(some, 'ﬁlm')).toEqual([]);
  });

  it('falls back to the nearest names only when nothing matches', async () => {
    const some = [
      module('r/account_invoice'),
      module('s/account_invoice'),
      module('r/account_move', { summary: 'acount' }),
    ];
    expect(await found(some, 'acount_invioce')).toEqual(['account_invoice', 'account_invoice']);
    expect(await found(some, 'acount invoice')).toEqual(['account_invoice', 'account_invoice']);
    expect(await found(some, 'acount')).toEqual(['account_move']);
    expect(await found(some, 'qqqqqqqqqqqq')).toEqual([]);
  });

  it('lists modules of one name by repository', async () => {
    const some = [module('two/a'), module('b/one/a'), module('a/one/a')];
    expect((await search(some, 'a')).page.map(({ module }) => module.path)).toEqual([
      '/src/a/one/a',
      '/src/b/one/a',
      '/src/two/a',
    ]);
  });

  it('takes a folder that is listed twice for one, and leaves out what lies outside all roots', async () => {
    const some = [module('r/a'), module('r/a'), module('r/b', {}, null)];
    expect(await found(some, '')).toEqual(['a']);
  });

  it('finds a module whose manifest cannot be read by its name', async () => {
    const broken = moduleOf('r/broken_module', '{', 'oca');
    expect(await found([broken], 'broken')).toEqual(['broken_module']);
  });

  it('counts all that match, whatever the page', async () => {
    expect(await search(modules, 'sale', { limit: 2 })).toMatchObject({ total: 8, page: { length: 2 } });
    const isWanted = ({ module }: Searchable) => module.name.startsWith('x');
    expect(await search(modules, 'sale', { isWanted })).toMatchObject({ total: 4, end: null });
  });
});

const word = fc.constantFrom('sale', 'stock', 'web', 'x', 'é');
const words = (separator: string) =>
  fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(separator));
const anyModule = fc
  .record({
    repo: fc.constantFrom('one', 'two', 'deep/one'),
    name: words('_'),
    title: words(' '),
    summary: words(' '),
    depends: fc.array(words('_'), { maxLength: 3 }),
    family: fc.constantFrom('oca', 'ee', null),
  })
  .map(({ repo, name, title, family, ...rest }) =>
    module(`${repo}/${name}`, { name: title, ...rest }, family),
  );
/** Different ones: a folder is what it is. */
const anyModules = fc.uniqueArray(anyModule, { selector: ({ path }) => path });
const anyQuery = fc.oneof(fc.constant(''), words(' '), words('_'), fc.constantFrom('stokc', 'salle_web'));

/** All pages, one after the other. */
async function pages(modules: readonly CatalogModule[], query: string, limit: number): Promise<string[]> {
  const paths: string[] = [];
  let after: Position | null = null;
  do {
    const { page, end, total }: Found = await search(modules, query, { after, limit });
    if (total > 0 && (page.length === 0 || page.length > limit)) throw new Error('an empty or too long page');
    paths.push(...page.map(({ module }) => module.path));
    after = end;
  } while (after !== null);
  return paths;
}

describe('the pages of a search', () => {
  it('make up the whole, without any module twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyModules,
        anyQuery,
        fc.integer({ min: 1, max: 7 }),
        async (modules, query, limit) => {
          const whole = await search(modules, query, { limit: 1000 });
          const paths = whole.page.map(({ module }) => module.path);
          expect(whole).toMatchObject({ total: paths.length, end: null });
          expect(new Set(paths).size).toBe(paths.length);
          expect(await pages(modules, query, limit)).toEqual(paths);
        },
      ),
    );
  });

  it('do not depend on the order in which modules are listed', async () => {
    await fc.assert(
      fc.asyncProperty(anyModules, anyQuery, async (modules, query) => {
        const reversed = (await search(modules.toReversed(), query, { limit: 1000 })).page;
        expect(reversed.map(({ module }) => module.path)).toEqual(await pages(modules, query, 1000));
      }),
    );
  });

  it('go on where the last one ended although modules came and went', async () => {
    const fate = fc.constantFrom('stays', 'goes', 'comes');
    const fates = fc.uniqueArray(fc.tuple(anyModule, fate), { selector: ([{ path }]) => path });
    await fc.assert(
      fc.asyncProperty(fates, anyQuery, async (fates, query) => {
        const modulesThat = (...these: string[]) =>
          fates.filter(([, fate]) => these.includes(fate)).map(([module]) => module);
        const first = await search(modulesThat('stays', 'goes'), query, { limit: 3 });
        if (first.end === null) return;
        const next = await search(modulesThat('stays', 'comes'), query, { after: first.end, limit: 1000 });
        const [seen, later] = [first.page, next.page].map((page) => page.map(({ module }) => module));
        expect(later?.filter((module) => seen?.includes(module))).toEqual([]);
        // Which names are the nearest depends on which there are.
        if (first.end.rank === NEAREST_RANK) return;
        const all = (await search(modulesThat('stays'), query, { limit: 1000 })).page;
        const due = all.map(({ module }) => module).filter((module) => !seen?.includes(module));
        expect(due.filter((module) => !later?.includes(module))).toEqual([]);
      }),
    );
  });
});

it('looks at a bounded part of what a manifest says', async () => {
  const long = module('r/a', { summary: `${'x'.repeat(1000)} needle`, name: 'n'.repeat(100_000) });
  expect(await found([long], 'needle')).toEqual([]);
  expect((await search([long], 'xxx')).page[0]?.all.length).toBeLessThan(2000);
});
