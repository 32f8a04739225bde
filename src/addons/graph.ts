/** Views of a dependency graph, for people and for the tools they paste them into. Pure. */
import { oneLine } from '../text.ts';

/** A module of the graph. */
export interface GraphNode {
  readonly module: string;
  readonly depends: readonly string[];
  /** Decides how the node looks: what is missing stands out. */
  readonly state: 'asked' | 'core' | 'core_list' | 'addons_path' | 'linked' | 'available' | 'missing';
}

export const GRAPH_FORMATS = ['mermaid', 'dot'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

const MOST_CHARACTERS = 60;

/** Names come from manifests: they are shown on one line, cut, and without what has a meaning in any of the formats. */
function label(name: string): string {
  const characters = [...name.slice(0, 2 * MOST_CHARACTERS + 2)];
  const isLong = characters.length > MOST_CHARACTERS;
  const shown = isLong ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : characters.join('');
  return oneLine(shown).replaceAll(/["\\<>&#;%`]/g, '?') || '?';
}

/** @param nodes The first one is where the graph starts. */
export function renderGraph(nodes: readonly GraphNode[], format: GraphFormat): string {
  return format === 'mermaid' ? renderMermaid(nodes) : renderDot(nodes);
}

function edgesOf(nodes: readonly GraphNode[]): [number, number][] {
  const index = new Map(nodes.map(({ module }, at) => [module, at]));
  return nodes.flatMap(({ depends }, from) => {
    return [...new Set(depends)].flatMap((name): [number, number][] => {
      const to = index.get(name);
      return to === undefined ? [] : [[from, to]];
    });
  });
}

function renderMermaid(nodes: readonly GraphNode[]): string {
  const lines = nodes.map(({ module, state }, at) => `  n${at}["${label(module)}"]:::${state}`);
  const edges = edgesOf(nodes).map(([from, to]) => `  n${from} --> n${to}`);
  const styles = Object.entries(COLOURS).map(
    ([state, colour]) => `  classDef ${state} fill:${colour},color:#000`,
  );
  return ['graph LR', ...lines, ...edges, ...styles].join('\n');
}

function renderDot(nodes: readonly GraphNode[]): string {
  const lines = nodes.map(
    ({ module, state }, at) => `  n${at} [label="${label(module)}", fillcolor="${COLOURS[state]}"];`,
  );
  const edges = edgesOf(nodes).map(([from, to]) => `  n${from} -> n${to};`);
  return [
    'digraph depends {',
    '  rankdir=LR;',
    '  node [shape=box, style=filled];',
    ...lines,
    ...edges,
    '}',
  ].join('\n');
}

const COLOURS: Readonly<Record<GraphNode['state'], string>> = {
  asked: '#ffe08a',
  core: '#e6e6e6',
  core_list: '#e6e6e6',
  addons_path: '#e6e6e6',
  linked: '#b7e4c7',
  available: '#cfe2ff',
  missing: '#ffb3b3',
};

const MOST_LINES = 2000;
const MOST_LEVELS = 50;

/**
 * The graph as a tree of lines, as `tree(1)` draws it. What a module needs is shown where it is met first; later, and
 * below fifty levels, it is marked with `...`.
 * @param describe What a line says of a module.
 */
export function renderTree<T extends GraphNode>(nodes: readonly T[], describe: (node: T) => string): string {
  const [root] = nodes;
  if (root === undefined) return '';
  const byName = new Map(nodes.map((node) => [node.module, node]));
  const shown = new Set([root.module]);
  const lines = [describe(root)];
  const draw = (node: T, indent: string, level: number): void => {
    const children = [...new Set(node.depends)].flatMap((name) => byName.get(name) ?? []);
    for (const [at, child] of children.entries()) {
      if (lines.length === MOST_LINES) lines.push('... and more');
      if (lines.length > MOST_LINES) return;
      const last = at === children.length - 1;
      const isOpen = !shown.has(child.module) && level < MOST_LEVELS;
      if (isOpen) shown.add(child.module);
      const more = !isOpen && child.depends.length > 0 ? ' ...' : '';
      lines.push(`${indent}${last ? '└── ' : '├── '}${describe(child)}${more}`);
      if (isOpen) draw(child, `${indent}${last ? '    ' : '│   '}`, level + 1);
    }
  };
  draw(root, '', 1);
  return lines.join('\n');
}
