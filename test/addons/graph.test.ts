import { describe, expect, it } from 'vitest';
import { type GraphNode, renderGraph, renderTree } from '../../src/addons/graph.ts';
import fc from '../support/property.ts';

/** A graph as `a: ['b']`; the first key is where it starts, what is only named is missing from the nodes. */
function graph(edges: Readonly<Record<string, readonly string[]>>): GraphNode[] {
  return Object.entries(edges).map(([module, depends], at) => {
    return { module, depends, state: at === 0 ? 'asked' : 'available' };
  });
}

const tree = (edges: Readonly<Record<string, readonly string[]>>) =>
  renderTree(graph(edges), ({ module }) => module).split('\n');

/** A chain of modules `m0`, `m1`, ..., each needing the next. */
const chain = (length: number) =>
  Object.fromEntries(Array.from({ length }, (_, at) => [`m${at}`, at + 1 < length ? [`m${at + 1}`] : []]));

describe('renderTree', () => {
  it('draws what a module needs below it, as tree(1) does', () => {
    expect(tree({ a: ['b', 'c'], b: ['d', 'e'], d: [], e: ['f'], f: [], c: ['g'], g: [] })).toEqual([
      'a',
      '├── b',
      '│   ├── d',
      '│   └── e',
      '│       └── f',
      '└── c',
      '    └── g',
    ]);
  });

  it('draws nothing for no nodes, and one line for a module that needs nothing', () => {
    expect(renderTree([], () => 'never')).toBe('');
    expect(tree({ a: [] })).toEqual(['a']);
  });

  it('says of each module what it is told to say', () => {
    const nodes = graph({ a: ['b'], b: [] });
    expect(renderTree(nodes, ({ module, state }) => `${module}:${state}`)).toBe('a:asked\n└── b:available');
  });

  it('opens a module once, and marks it where it stands again with something below it', () => {
    expect(tree({ a: ['b', 'c', 'base'], b: ['base', 'd'], base: [], d: ['base'], c: ['d'] })).toEqual([
      'a',
      '├── b',
      '│   ├── base',
      '│   └── d',
      '│       └── base',
      '├── c',
      '│   └── d ...',
      '└── base',
    ]);
  });

  it('ends in a cycle, also one of a module with itself', () => {
    expect(tree({ a: ['b'], b: ['a', 'b'] })).toEqual(['a', '└── b', '    ├── a ...', '    └── b ...']);
    expect(tree({ a: ['a'] })).toEqual(['a', '└── a ...']);
  });

  it('shows a name once that a manifest lists twice', () => {
    expect(tree({ a: ['b', 'b'], b: [] })).toEqual(['a', '└── b']);
  });

  it('takes no name for a property of an object', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    expect(tree({ a: names, b: [] })).toEqual(['a']);
    expect(
      tree(Object.fromEntries([['a', names], ...names.map((name) => [name, []] as [string, string[]])])),
    ).toHaveLength(5);
  });

  it('stops at fifty levels and says that there is more', () => {
    const lines = tree(chain(200));
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toMatch(/└── m50 \.\.\.$/);
  });

  it('marks nothing where fifty levels are enough', () => {
    const lines = tree(chain(51));
    expect(lines).toHaveLength(51);
    expect(lines.at(-1)).toMatch(/└── m50$/);
  });

  it('opens a module that was met too deep where it is met again', () => {
    const edges = chain(60);
    edges.m0 = ['m1', 'm50'];
    const lines = tree(edges);
    expect(lines).toContain('└── m50');
    expect(lines.at(-1)).toMatch(/└── m59$/);
  });

  it('stays readable for ten thousand dependencies, and says that it was cut', () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `m${at}`);
    const lines = tree(
      Object.fromEntries([['a', names], ...names.map((name) => [name, []] as [string, string[]])]),
    );
    expect(lines.length).toBeLessThanOrEqual(2001);
    expect(lines.at(-1)).toMatch(/\.\.\.|more/);
  });

  it('survives a chain that is deeper than the stack', () => {
    expect(tree(chain(100_000))).toHaveLength(51);
  });

  it('has a line for every module that is near enough, whatever the graph', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    fc.assert(
      fc.property(fc.dictionary(name, fc.array(name, { maxLength: 6 }), { minKeys: 1 }), (edges) => {
        const nodes = graph(edges);
        const reached = new Set([(nodes[0] as GraphNode).module]);
        for (const module of reached)
          for (const needed of edges[module] ?? []) if (needed in edges) reached.add(needed);
        const lines = renderTree(nodes, ({ module }) => module).split('\n');
        const drawn = lines.map((line) => line.replace(/^[│├└─ ]*/, ''));
        expect(new Set(drawn.map((line) => line.replace(' ...', '')))).toEqual(reached);
        // Opened once: no line but the first for a module leads on.
        const open = drawn.filter(
          (line) => !line.endsWith(' ...') && (edges[line] ?? []).some((one) => one in edges),
        );
        expect(new Set(open).size).toBe(open.length);
      }),
    );
  });
});

/** Names a manifest may hold in `depends`, made to break out of a label. */
const HOSTILE = [
  'a"]; n9["b',
  'a"]:::asked\n  click n0 "https://example.org"',
  'a\\',
  'a\\"',
  '"];}digraph x{',
  '<b>bold</b>',
  '<img src=x onerror=alert(1)>',
  '&lt;script&gt;',
  '#quot;#lt;',
  '`code`',
  'a\r\nb',
  'a\u2028b',
  '\u001b[2J',
  '\u202eevil',
  "%%{init: {'theme': 'dark'}}%%",
  '%% a comment',
  'end',
  '__proto__',
  '',
  ' ',
];

describe('renderGraph', () => {
  it('writes mermaid: nodes by number, edges between them, a colour for each state', () => {
    const nodes: GraphNode[] = [
      { module: 'a', depends: ['b', 'base', 'b', 'elsewhere'], state: 'asked' },
      { module: 'b', depends: ['base', 'a'], state: 'missing' },
      { module: 'base', depends: [], state: 'core_list' },
    ];
    const lines = renderGraph(nodes, 'mermaid').split('\n');
    expect(lines.slice(0, 8)).toEqual([
      'graph LR',
      '  n0["a"]:::asked',
      '  n1["b"]:::missing',
      '  n2["base"]:::core_list',
      '  n0 --> n1',
      '  n0 --> n2',
      '  n1 --> n2',
      '  n1 --> n0',
    ]);
    for (const { state } of nodes) {
      expect(lines).toContainEqual(
        expect.stringMatching(new RegExp(`^  classDef ${state} fill:#[0-9a-f]{6},`)),
      );
    }
  });

  it('writes dot: the same graph', () => {
    const lines = renderGraph(graph({ a: ['b', 'b'], b: ['a'] }), 'dot').split('\n');
    expect(lines[0]).toBe('digraph depends {');
    expect(lines.filter((line) => /^ {2}n\d/.test(line))).toEqual([
      expect.stringMatching(/^ {2}n0 \[label="a", fillcolor="#[0-9a-f]{6}"\];$/),
      expect.stringMatching(/^ {2}n1 \[label="b", fillcolor="#[0-9a-f]{6}"\];$/),
      '  n0 -> n1;',
      '  n1 -> n0;',
    ]);
    expect(lines.at(-1)).toBe('}');
  });

  it.each(HOSTILE)('lets %j out of no label', (name) => {
    const nodes = graph(
      Object.fromEntries([
        ['a', [name]],
        [name, []],
      ]),
    );
    const [mermaid, dot] = [renderGraph(nodes, 'mermaid').split('\n'), renderGraph(nodes, 'dot').split('\n')];
    const plain = graph({ a: ['b'], b: [] });
    expect(mermaid).toHaveLength(renderGraph(plain, 'mermaid').split('\n').length);
    expect(dot).toHaveLength(renderGraph(plain, 'dot').split('\n').length);
    // An empty label is an error in mermaid's grammar.
    expect(mermaid[2]).toMatch(/^ {2}n1\["[^"<>&#;`\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+"\]:::available$/u);
    expect(dot[4]).toMatch(
      /^ {2}n1 \[label="[^"\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*", fillcolor="#[0-9a-f]{6}"\];$/u,
    );
  });

  it('gives mermaid no directive: it looks for them everywhere, in labels too', () => {
    const nodes = graph(Object.fromEntries(HOSTILE.map((name) => [name, []])));
    expect(renderGraph(nodes, 'mermaid')).not.toContain('%%');
  });

  it('cuts long names, between characters', () => {
    const nodes = graph({ ['a'.repeat(100_000)]: [], [`${'a'.repeat(59)}${'😀'.repeat(10)}`]: [] });
    for (const format of ['mermaid', 'dot'] as const) {
      const text = renderGraph(nodes, format);
      expect(text.length).toBeLessThan(1500);
      expect(text).not.toMatch(/\p{Surrogate}/u);
      expect(text).toContain(`${'a'.repeat(59)}`);
    }
  });

  it('keeps two names apart that look alike in a label', () => {
    const lines = renderGraph(graph({ 'a"': ['a<'], 'a<': [] }), 'mermaid').split('\n');
    expect(lines.slice(1, 4)).toEqual(['  n0["a?"]:::asked', '  n1["a?"]:::available', '  n0 --> n1']);
  });
});
