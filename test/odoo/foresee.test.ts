import { describe, expect, it } from 'vitest';
import { foreseeInstall, foreseeUpgrade } from '../../src/odoo/foresee.ts';
import type { GraphModule, ModuleGraph } from '../../src/odoo/module-graph.ts';
import fc from '../support/property.ts';

type Given = Partial<Omit<GraphModule, 'name'>>;

function graphOf(modules: Readonly<Record<string, Given>>): ModuleGraph {
  return new Map(
    Object.entries(modules).map(([name, given], index) => {
      const usual = {
        state: 'uninstalled',
        installed: null,
        depends: [],
        comesWith: null,
        excludes: [],
      } as const;
      return [name, { id: index + 1, name, ...usual, ...given }];
    }),
  );
}
const there = { state: 'installed', installed: '1.0' } as const;

describe('an install', () => {
  it('takes what is needed and not there', () => {
    const graph = graphOf({ base: there, a: { depends: ['base', 'b'] }, b: { depends: ['base'] }, c: {} });
    expect(foreseeInstall(['a'], graph)).toEqual({
      steps: [
        { module: 'b', action: 'install', why: 'needed', from: null, to: null },
        { module: 'a', action: 'install', why: 'named', from: null, to: null },
      ],
      obstacles: [],
    });
  });

  it('takes along what has auto_install, and what that brings along in turn', () => {
    const graph = graphOf({
      sale: there,
      stock: {},
      sale_stock: { depends: ['sale', 'stock'], comesWith: ['sale', 'stock'] },
      more: { depends: ['sale_stock', 'helper'], comesWith: ['sale_stock'] },
      helper: {},
      other: { depends: ['sale', 'crm'], comesWith: ['sale', 'crm'] },
      old: { depends: ['sale'], comesWith: ['sale'] },
      always: { depends: ['sale'], comesWith: [] },
    });
    const { steps } = foreseeInstall(['stock'], graph);
    expect(steps.map(({ module, why }) => [module, why])).toEqual([
      ['stock', 'named'],
      ['sale_stock', 'auto_install'],
      ['helper', 'auto_install'],
      ['more', 'auto_install'],
    ]);
  });

  it.each<[string, Readonly<Record<string, Given>>, object]>([
    [
      'is not in the list',
      { a: { depends: ['b'] }, b: { depends: ['x'] } },
      { kind: 'unknown', chain: ['a', 'b', 'x'] },
    ],
    [
      'cannot be installed',
      { a: { depends: ['b'] }, b: { state: 'uninstallable' } },
      { kind: 'uninstallable', chain: ['a', 'b'] },
    ],
    ['is excluded', { a: { excludes: ['b'] }, b: there }, { kind: 'excludes', module: 'a', other: 'b' }],
    ['excludes', { a: {}, b: { ...there, excludes: ['a'] } }, { kind: 'excludes', module: 'b', other: 'a' }],
  ])('is not possible if what it needs %s', (_, modules, obstacle) => {
    expect(foreseeInstall(['a'], graphOf(modules)).obstacles).toEqual([obstacle]);
  });

  it('goes no deeper than Odoo, and in a circle only once', () => {
    const chain = Object.fromEntries(
      [...Array(150).keys()].map((at) => [`m${at}`, { depends: [`m${at + 1}`] }]),
    );
    expect(foreseeInstall(['m0'], graphOf(chain)).obstacles).toMatchObject([{ kind: 'too_deep' }]);
    const circle = graphOf({ a: { depends: ['b'] }, b: { depends: ['a'] } });
    expect(foreseeInstall(['a'], circle).steps).toHaveLength(2);
  });

  it('looks at a module that waits for many others once, not each time that one of them comes', () => {
    let looks = 0;
    const names = [...Array(100).keys()].map((at) => `m${at}`);
    const comesWith = new Proxy(names, {
      get(target, key) {
        if (key === 'length' || key === Symbol.iterator || key === 'every') looks++;
        const value = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const graph = graphOf({ ...Object.fromEntries(names.map((name) => [name, {}])), last: { comesWith } });
    expect(foreseeInstall(names, graph).steps.at(-1)).toMatchObject({ module: 'last', why: 'auto_install' });
    expect(looks).toBeLessThan(10);
  });

  it('tells a hundred obstacles of any number', () => {
    const many = (prefix: string) => [...Array(150).keys()].map((at) => `${prefix}${at}`);
    const { obstacles } = foreseeInstall(['a'], graphOf({ a: { depends: many('x') } }));
    expect(obstacles).toHaveLength(100);
    const others = Object.fromEntries(many('y').map((name) => [name, there]));
    expect(foreseeInstall(['a'], graphOf({ a: { excludes: many('y') }, ...others })).obstacles).toHaveLength(
      100,
    );
  });

  it('of what is there is nothing', () => {
    expect(foreseeInstall(['a'], graphOf({ a: there, b: { ...there, excludes: ['a'] } }))).toEqual({
      steps: [],
      obstacles: [],
    });
  });
});

describe('an upgrade', () => {
  it('takes all installed modules that need it, and installs what they need by now', () => {
    const graph = graphOf({
      base: there,
      a: { ...there, depends: ['base', 'fresh'] },
      b: { ...there, depends: ['a'], installed: '2.0' },
      c: { ...there, depends: ['b'] },
      d: { depends: ['a'] },
      fresh: {},
    });
    const { steps, obstacles } = foreseeUpgrade(['a'], graph);
    expect(obstacles).toEqual([]);
    expect(steps).toEqual([
      { module: 'a', action: 'upgrade', why: 'named', from: '1.0', to: null },
      { module: 'b', action: 'upgrade', why: 'dependent', from: '2.0', to: null },
      { module: 'c', action: 'upgrade', why: 'dependent', from: '1.0', to: null },
      { module: 'fresh', action: 'install', why: 'needed', from: null, to: null },
    ]);
  });

  it('of base is one of everything', () => {
    const graph = graphOf({ base: there, a: there, b: {} });
    expect(foreseeUpgrade(['base'], graph).steps.map(({ module }) => module)).toEqual(['base', 'a']);
  });

  it('is not possible for what is not installed', () => {
    expect(foreseeUpgrade(['a', 'b'], graphOf({ a: {}, b: there })).obstacles).toEqual([
      { kind: 'not_installed', module: 'a' },
    ]);
  });
});

/** What `button_install` of Odoo marks, told in its own way: states that are written, in rounds. */
function marksOfOdoo(names: readonly string[], graph: ModuleGraph): string[] {
  const states = new Map([...graph].map(([name, { state }]) => [name, state as string]));
  const mark = (name: string) => {
    if (states.get(name) !== 'uninstalled') return;
    states.set(name, 'to install');
    for (const need of graph.get(name)?.depends ?? []) mark(need);
  };
  let round = [...names];
  while (round.length > 0) {
    for (const name of round) mark(name);
    round = [...graph.values()]
      .filter(({ name, comesWith }) => {
        if (comesWith === null || states.get(name) !== 'uninstalled') return false;
        const its = comesWith.map((one) => states.get(one));
        return its.every((one) => one === 'installed' || one === 'to install') && its.includes('to install');
      })
      .map(({ name }) => name);
  }
  return [...states].flatMap(([name, state]) => (state === 'to install' ? [name] : [])).sort();
}

it('an install marks what Odoo marks, whatever the modules are', () => {
  const name = fc.constantFrom(...'abcdefghij');
  const module = fc.record({
    isThere: fc.boolean(),
    depends: fc.uniqueArray(name, { maxLength: 3 }),
    autoInstall: fc.option(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })),
  });
  fc.assert(
    fc.property(
      fc.tuple(...[...'abcdefghij'].map(() => module)),
      fc.uniqueArray(name, { minLength: 1 }),
      (all, names) => {
        const modules = all.map(({ isThere, depends, autoInstall }, index): [string, Given] => {
          const comesWith = autoInstall === null ? null : depends.filter((_, at) => autoInstall[at]);
          return ['abcdefghij'[index] as string, { ...(isThere ? there : {}), depends, comesWith }];
        });
        const graph = graphOf(Object.fromEntries(modules));
        const { steps, obstacles } = foreseeInstall(names, graph);
        expect(obstacles).toEqual([]);
        expect(steps.map((step) => step.module).sort()).toEqual(marksOfOdoo(names, graph));
      },
    ),
  );
});
