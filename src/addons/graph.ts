/** Draws a dependency graph as Mermaid, Graphviz or a tree of lines. Pure. */
import { counted, oneLine } from '../base/text.ts';

/** What is known of the place of a module. `asked`: a module that the graph begins with. */
export const NODE_STATES = [
  'asked',
  'core',
  'core_list',
  'python',
  'addons_path',
  'linked',
  'available',
  'missing',
] as const;

/** A module of the graph. */
export interface GraphNode {
  readonly module: string;
  readonly depends: readonly string[];
  /** Decides the node's colour. */
  readonly state: (typeof NODE_STATES)[number];
}

export const GRAPH_FORMATS = ['mermaid', 'dot'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];

const MOST_CHARACTERS = 60;

/** Names come from manifests: they are put on one line, cut, and stripped of characters with a meaning in either format. */
function label(name: string): string {
  const characters = [...name.slice(0, 2 * MOST_CHARACTERS + 2)];
  const isLong = characters.length > MOST_CHARACTERS;
  const shown = isLong ? `${characters.slice(0, MOST_CHARACTERS).join('')}…` : characters.join('');
  return oneLine(shown).replaceAll(/["\\<>&#;%`]/g, '?') || '?';
}

/** Mermaid does not draw longer texts (`maxTextSize`), and a larger drawing is unreadable anyway. */
const MOST_TEXT = 50_000;

/**
 * Draws a graph in a format.
 * @param nodes Nearest to the start first. If there are too many, the first ones are drawn, and a comment says how many
 *   are left out.
 * @param most The most characters.
 */
export function renderGraph(nodes: readonly GraphNode[], format: GraphFormat, most = MOST_TEXT): string {
  const { begin, node, edge, end, comment } = LANGUAGES[format];
  const lines = [...begin];
  let room = most;
  const draw = (line: string) => {
    room -= line.length + 1;
    if (room >= 0) lines.push(line);
    return room >= 0;
  };
  const drawn = new Map<string, number>();
  for (const [at, { module, state }] of nodes.entries()) {
    // Half of the space is kept for the edges.
    if (room < most / 2 || !draw(node(at, label(module), state))) break;
    drawn.set(module, at);
  }
  let edges = 0;
  for (const [from, { depends }] of nodes.slice(0, drawn.size).entries()) {
    for (const needed of new Set(depends)) {
      const to = drawn.get(needed);
      if (to !== undefined && !draw(edge(from, to))) edges++;
    }
  }
  const missing = nodes.length - drawn.size;
  if (missing > 0 || edges > 0) {
    const left = `${counted(missing, 'module')} and ${counted(edges, 'arrow')}`;
    lines.push(`  ${comment} Too large to draw: ${left} are left out.`);
  }
  return [...lines, ...end].join('\n');
}

/** The syntax of one format. */
interface Language {
  readonly begin: readonly string[];
  readonly end: readonly string[];
  readonly comment: string;
  node(at: number, label: string, state: GraphNode['state']): string;
  edge(from: number, to: number): string;
}

const COLOURS: Readonly<Record<GraphNode['state'], string>> = {
  asked: '#ffe08a',
  core: '#e6e6e6',
  core_list: '#e6e6e6',
  python: '#e6e6e6',
  addons_path: '#e6e6e6',
  linked: '#b7e4c7',
  available: '#cfe2ff',
  missing: '#ffb3b3',
};

const LANGUAGES: Readonly<Record<GraphFormat, Language>> = {
  mermaid: {
    begin: ['graph LR'],
    end: Object.entries(COLOURS).map(([state, colour]) => `  classDef ${state} fill:${colour},color:#000`),
    comment: '%%',
    node: (at, text, state) => `  n${at}["${text}"]:::${state}`,
    edge: (from, to) => `  n${from} --> n${to}`,
  },
  dot: {
    begin: ['digraph depends {', '  rankdir=LR;', '  node [shape=box, style=filled];'],
    end: ['}'],
    comment: '//',
    node: (at, text, state) => `  n${at} [label="${text}", fillcolor="${COLOURS[state]}"];`,
    edge: (from, to) => `  n${from} -> n${to};`,
  },
};

const MOST_LINES = 2000;
const MOST_LEVELS = 50;

/**
 * The graph as a tree of lines, as `tree(1)` draws it. A module's dependencies are shown where the module first appears;
 * later, and below fifty levels, `...` stands for them.
 * @param describe The text of a module's line.
 */
export function renderTree<T extends GraphNode>(nodes: readonly T[], describe: (node: T) => string): string {
  const [root] = nodes;
  if (root === undefined) return '';
  const byName = new Map(nodes.map((node) => [node.module, node]));
  const shown = new Set([root.module]);
  const lines = [describe(root)];
  const draw = (node: T, indent: string, level: number): void => {
    // More than the tree has lines for is not needed.
    const needed = node.depends.slice(0, MOST_LINES + 1);
    const children = [...new Set(needed)].flatMap((name) => byName.get(name) ?? []);
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
