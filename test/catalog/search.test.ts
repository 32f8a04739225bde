import { describe, expect, it } from 'vitest';
import type { CatalogModule } from '../../src/catalog/catalog-module.ts';
import { type Found, type Position, type Searchable, searchModules } from '../../src/catalog/search.ts';
import { WordIndex } from '../../src/catalog/word-index.ts';
import { catalogModule as module, catalogModuleOf as moduleOf } from '../support/catalog-module.ts';
import fc from '../support/property.ts';
import { countTurns, noTurns } from '../support/turns.ts';

interface Rest {
  isWanted?: (searchable: Searchable) => boolean;
  after?: Position | null;
  limit?: number;
}

function search(modules: readonly CatalogModule[], query: string, rest: Rest = {}) {
  const owners = async () => (path: string) =>
    modules.filter((one) => one.path === path).map(({ repository }) => repository);
  const wanted = { query, isWanted: () => true, after: null, limit: 100, ...rest };
  return searchModules({ modules, index: new WordIndex() }, owners, wanted, noTurns);
}

const modulesOn = ({ page }: Found) => page.map(({ searchable: { module } }) => module);
const namesOn = (found: Found) => modulesOn(found).map(({ name }) => name);
const found = async (modules: readonly CatalogModule[], query: string) =>
  namesOn(await search(modules, query));

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

  it('answers a name from names and manifests, without an index of words', async () => {
    const index = { ask: () => Promise.reject(new Error('asked')) } as unknown as WordIndex;
    const ask = (query: string) => {
      const wanted = { query, isWanted: () => true, after: null, limit: 100 };
      return searchModules({ modules, index }, async () => () => [], wanted, noTurns);
    };
    for (const query of ['', 'sale', 'sale_st', 'sales', 'SALE', 'sale_stock']) {
      expect((await ask(query)).total).toBeGreaterThan(0);
    }
    // In the middle of a word, and as words.
    await expect(ask('holesal')).rejects.toThrow('asked');
    await expect(ask('a sale')).rejects.toThrow('asked');
  });

  it('takes a short word for a name only if it is a whole part of one', async () => {
    const some = [module('r/sociable'), module('r/x', { summary: 'An SO' }), module('r/point_so')];
    expect(await found(some.slice(0, 2), 'so')).toEqual(['x']);
    expect(await found(some, 'so')).toEqual(['sociable', 'point_so', 'x']);
  });

  it('ranks by how much of a query in words a module has, and how', async () => {
    const some = [
      module('r/web', { name: 'Printing in colour' }),
      module('r/account_report', { name: 'Printing' }),
      module('r/account', { summary: 'Financial statements', category: 'Accounting' }),
      module('r/report', { name: 'Financial printing', category: 'Accounting' }),
    ];
    const { page, total, near } = await search(some, 'print the financial accounts');
    expect(page.map(({ searchable, isNear }) => [searchable.name, isNear])).toEqual([
      ['report', false],
      ['account', true],
      ['account_report', true],
      ['web', true],
    ]);
    expect([total, near]).toEqual([4, 3]);
  });

  it('takes several words for those of a technical name first', async () => {
    const some = [
      module('r/a', { name: 'web responsive, web responsive', summary: 'web responsive' }),
      module('r/web_x_responsive'),
      module('r/web_responsive', { summary: 'x '.repeat(100) }),
    ];
    expect(await found(some, 'Web Responsive')).toEqual(['web_responsive', 'a', 'web_x_responsive']);
    expect(await found(some, 'the web-responsive')).toEqual(['web_responsive', 'a', 'web_x_responsive']);
  });

  it('passes over case, accents and compatibility forms', async () => {
    const some = [module('r/a', { name: 'Facturación ELECTRÓNICA' }), module('r/Base_Import')];
    expect(await found(some, 'facturacion')).toEqual(['a']);
    expect(await found(some, 'ELECTRO\u0301NICA')).toEqual(['a']);
    expect(await found(some, 'base_IMPORT')).toEqual(['Base_Import']);
    expect(await found(some, 'ﬁlm')).toEqual([]);
  });

  it('finds the names nearest to a misspelt one, as near misses', async () => {
    const some = [module('r/account_invoice'), module('s/account_invoice'), module('r/account_move')];
    const hits = async (query: string) =>
      (await search(some, query)).page.map(({ searchable, isNear }) => `${searchable.name} ${isNear}`);
    expect(await hits('acount_invioce')).toEqual(['account_invoice true', 'account_invoice true']);
    expect((await hits('acount invoice')).slice(0, 2)).toEqual([
      'account_invoice true',
      'account_invoice true',
    ]);
    expect(await hits('acount')).toEqual(
      Array(3)
        .fill(0)
        .map((_, at) => `account_${at < 2 ? 'invoice' : 'move'} true`),
    );
    // None is similar; its words are somewhere.
    expect(await hits('move_of_the_account')).toEqual([
      'account_move true',
      'account_invoice true',
      'account_invoice true',
    ]);
    expect(await hits('acountinvoic')).toEqual(['account_invoice true', 'account_invoice true']);
    expect(await hits('qqqqqqqqqqqq')).toEqual([]);
  });

  it('shows few near misses, and marks them', async () => {
    const some = Array.from({ length: 60 }, (_, at) =>
      module(`r/m${at}`, { name: at < 2 ? 'Red car' : 'Car' }),
    );
    const { total, near, page } = await search(some, 'a red car');
    expect([total, near, page.filter(({ isNear }) => isNear).length]).toEqual([27, 25, 25]);
  });

  it('finds the modules of a repository by what people call it', async () => {
    const some = [module('web/a', { summary: 'One' }), module('web/b', { summary: 'Two' }), module('crm/c')];
    for (const query of ['OCA/web', 'oca/web', 'https://github.com/OCA/web.git', '/src/web']) {
      expect(await search(some, query)).toMatchObject({ repository: 'web', total: 2 });
    }
    expect(await found(some, 'OCA/web')).toEqual(['a', 'b']);
    expect(await found(some, 'two OCA/web')).toEqual(['b']);
    expect(await search(some, 'OCA/none')).toMatchObject({ repository: null, total: 0 });
    expect(await search(some, 'two')).toMatchObject({ repository: null });
  });

  it('lets others in between while it looks for many repositories', async () => {
    const some = Array.from({ length: 64 }, (_, at) => module(`r/m${at}`));
    const index = { ask: () => Promise.reject(new Error('asked')) } as unknown as WordIndex;
    const { turns, count } = countTurns();
    const query = Array.from({ length: 80 }, (_, at) => `x/${at}`).join(' ');
    const wanted = { query, isWanted: () => true, after: null, limit: 100 };
    await expect(
      searchModules({ modules: some, index }, async () => () => [], wanted, turns),
    ).rejects.toThrow('asked');
    expect(count()).toBeGreaterThanOrEqual(4);
  });

  it('says nothing of a repository of which nothing is wanted', async () => {
    const isWanted = ({ module }: Searchable) => module.name === 'c';
    const some = [module('web/a'), module('crm/c', { summary: 'For the web' })];
    expect(await search(some, 'OCA/web', { isWanted })).toMatchObject({ repository: null, total: 1 });
    const more = [...some, module('web/c')];
    expect(await search(more, 'OCA/web', { isWanted })).toMatchObject({ repository: 'web', total: 1 });
  });

  it('lists modules of one name by repository', async () => {
    const some = [module('two/a'), module('b/one/a'), module('a/one/a')];
    expect(modulesOn(await search(some, 'a')).map(({ path }) => path)).toEqual([
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
    const wanted = await search(modules, 'sale', { isWanted });
    expect([wanted.total, wanted.endAfter(4)]).toEqual([4, null]);
    expect(await search(modules, 'sales zz', { isWanted })).toMatchObject({ total: 3, near: 3 });
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
const anyQuery = fc.oneof(
  fc.constant(''),
  words(' '),
  words('_'),
  fc.constantFrom('stokc', 'salle_web', 'sale zz', 'x one/two'),
);

const EVERYTHING = 1000;

/** All pages, one after the other; some are cut before their limit. */
async function pages(modules: readonly CatalogModule[], query: string, limit: number): Promise<string[]> {
  const paths: string[] = [];
  let after: Position | null = null;
  do {
    const found: Found = await search(modules, query, { after, limit });
    const shown = modulesOn(found).slice(0, Math.max(1, limit - 1));
    if (found.total > 0 && shown.length === 0) throw new Error('an empty page');
    if (paths.length > EVERYTHING) throw new Error('pages without an end');
    paths.push(...shown.map(({ path }) => path));
    after = found.endAfter(shown.length);
  } while (after !== null);
  return paths;
}

const pathsOf = async (modules: readonly CatalogModule[], query: string) =>
  modulesOn(await search(modules, query, { limit: EVERYTHING })).map(({ path }) => path);

describe('the pages of a search', () => {
  it('make up the whole, without any module twice', async () => {
    const limits = fc.integer({ min: 1, max: 7 });
    await fc.assert(
      fc.asyncProperty(anyModules, anyQuery, limits, async (modules, query, limit) => {
        const { total, near, page } = await search(modules, query, { limit: EVERYTHING });
        const paths = await pathsOf(modules, query);
        expect([total, near]).toEqual([paths.length, page.filter(({ isNear }) => isNear).length]);
        expect(new Set(paths).size).toBe(paths.length);
        expect(await pages(modules, query, limit)).toEqual(paths);
      }),
    );
  });

  it('do not depend on the order in which modules are listed', async () => {
    await fc.assert(
      fc.asyncProperty(anyModules, anyQuery, async (modules, query) => {
        expect(await pathsOf(modules.toReversed(), query)).toEqual(await pages(modules, query, EVERYTHING));
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
        const after = first.endAfter(3);
        if (after === null) return;
        const seen = modulesOn(first);
        const next = await search(modulesThat('stays', 'comes'), query, { after, limit: EVERYTHING });
        const later = modulesOn(next);
        expect(later.filter((module) => seen.includes(module))).toEqual([]);
        // Which near misses there are depends on what else there is.
        const stays = await search(modulesThat('stays'), query, { limit: EVERYTHING });
        const due = stays.page.filter(({ isNear }) => !isNear).map(({ searchable: { module } }) => module);
        expect(due.filter((module) => !seen.includes(module) && !later.includes(module))).toEqual([]);
      }),
    );
  });
});

it('looks at a bounded part of what a manifest says', async () => {
  const long = module('r/a', { summary: `${'x'.repeat(1000)} needle`, name: 'n'.repeat(100_000) });
  expect(await found([long], 'a needle')).toEqual([]);
  const [hit] = (await search([long], 'a')).page;
  expect(hit?.searchable.all.length).toBeLessThan(2000);
});
