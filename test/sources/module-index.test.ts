import { describe, expect, it } from 'vitest';
import { BUILT_IN, createModuleIndex, type LayerIndex, layered } from '../../src/sources/module-index.ts';
import { makeIndex } from '../../src/sources/oca-index.ts';
import fc from '../support/property.ts';

/** `web: a b` as of a day; a day in `covered` says that these are all of the repository. */
function layer(
  asOf: string,
  repos: Readonly<Record<string, string>>,
  covered: Record<string, string> = {},
): LayerIndex {
  const modules = Object.entries(repos).flatMap(([repo, names]) =>
    names.split(' ').map((name) => ({ name, repo, depends: null, asOf: covered[repo] ?? asOf })),
  );
  return { ...makeIndex('17.0', asOf, modules), covered: new Map(Object.entries(covered)) };
}

const told = (layers: readonly LayerIndex[], name: string) =>
  layered(layers)
    .named(name)
    .map(({ repo, asOf }) => `${repo} ${asOf}`);

describe('what several places know of a module', () => {
  const builtIn = layer('2024-10', { web: 'a b moved', crm: 'c twice', sale: 'twice' });
  it.each<[what: string, above: LayerIndex, name: string, expected: string[]]>([
    ['is what the first says', layer('', { web: 'a' }, { web: '2025-01-05' }), 'a', ['web 2025-01-05']],
    [
      'is what another says of other repositories',
      layer('', { web: 'a' }, { web: '2025-01-05' }),
      'c',
      ['crm 2024-10'],
    ],
    [
      'is gone where the first knows all of the repository, and newer',
      layer('', { web: 'a' }, { web: '2025-01-05' }),
      'b',
      [],
    ],
    ['stays where the first is older', layer('', { web: 'a' }, { web: '2023-01-05' }), 'b', ['web 2024-10']],
    [
      'stays where the first is of the same month',
      layer('', { web: 'a' }, { web: '2024-10-31' }),
      'b',
      ['web 2024-10'],
    ],
    ['stays where the first does not know all', layer('2025', { web: 'a' }), 'b', ['web 2024-10']],
    [
      'has moved where the first says so',
      layer('', { 'web-new': 'moved' }, { 'web-new': '2025-01-05' }),
      'moved',
      ['web-new 2025-01-05'],
    ],
    [
      'is in two repositories where both say so',
      layer('', { sale: 'twice' }, { sale: '2025-01-05' }),
      'twice',
      ['sale 2025-01-05', 'crm 2024-10'],
    ],
    ['is nothing where none knows it', layer('', { web: 'a' }), 'none', []],
  ])('%s', (_, above, name, expected) => {
    expect(told([above, builtIn], name)).toEqual(expected);
  });

  it('is that of the first of three', () => {
    const [checkout, fetched] = [
      layer('', { web: 'a' }, { web: '2026-01-01' }),
      layer('', { web: 'a b', crm: 'c d' }, { web: '2025-06-01', crm: '2025-06-01' }),
    ];
    const layers = [checkout, fetched, builtIn];
    expect(told(layers, 'a')).toEqual(['web 2026-01-01']);
    expect(told(layers, 'b')).toEqual([]);
    expect(told(layers, 'd')).toEqual(['crm 2025-06-01']);
    expect(told(layers, 'twice')).toEqual(['sale 2024-10']);
  });

  it('is as of the first where that knows all repositories of the others, else as of the last', () => {
    const whole = { web: '2025-01-05', crm: '2025-01-06', sale: '2025-01-07' };
    expect(layered([layer('2025-01-05', { web: 'a' }, whole), builtIn]).asOf).toBe('2025-01-05');
    const { sale: _, ...part } = whole;
    expect(layered([layer('2025-01-05', { web: 'a' }, part), builtIn]).asOf).toBe('2024-10');
  });

  it('is put together once, until one of them knows something else', () => {
    const [above, other] = [layer('', { web: 'a' }), layer('', { web: 'a' })];
    const index = layered([above, builtIn]);
    expect(layered([above, builtIn])).toBe(index);
    expect(layered([other, builtIn])).not.toBe(index);
    expect(layered([above, layer('2025', { web: 'a' })])).not.toBe(index);
    expect(layered([builtIn])).toBe(builtIn);
    expect(() => layered([])).toThrow();
  });

  it('never contradicts the first, and never loses what only another knows of other repositories', () => {
    const repos = fc.dictionary(
      fc.constantFrom('web', 'crm', 'sale'),
      fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((names) => names.join(' ')),
    );
    const day = fc.constantFrom('2023-05-01', '2024-10-15', '2025-01-01');
    fc.assert(
      fc.property(
        repos,
        fc.dictionary(fc.constantFrom('web', 'crm', 'sale'), day),
        repos,
        (one, covered, two) => {
          const [above, below] = [layer('2023', one, covered), layer('2024-10', two)];
          const both = layered([above, below]);
          for (const name of ['a', 'b', 'c']) {
            const wins = above.reposOf(name);
            expect(both.reposOf(name).slice(0, wins.length)).toEqual(wins);
            for (const repo of below.reposOf(name))
              if (wins.length === 0 && !above.covered.has(repo)) expect(both.reposOf(name)).toContain(repo);
          }
        },
      ),
    );
  });
});

describe('the index of a call', () => {
  it('knows in which series a module was', async () => {
    const index = createModuleIndex([BUILT_IN]);
    const known = await index.seriesOf('agreement_legal');
    expect(known.map(({ series, repos }) => [series, repos])).toEqual([
      ['14.0', ['contract']],
      ['15.0', ['agreement']],
      ['16.0', ['agreement']],
    ]);
    expect(await index.seriesOf('no_such_module')).toEqual([]);
  });

  it('asks each place once for a series, and not before it is asked itself', async () => {
    const asked: string[] = [];
    const none = {
      async of(series: string) {
        asked.push(series);
        return null;
      },
    };
    const index = createModuleIndex([none, BUILT_IN]);
    expect(asked).toEqual([]);
    expect((await index.of('17.0')).reposOf('web_responsive')).toEqual(['web']);
    await index.of('17.0');
    expect(asked).toEqual(['17.0']);
  });
});
