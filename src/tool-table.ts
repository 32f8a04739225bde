/**
 * The table of tools: their names, what they are for, which change links, and every argument. `tools/list`, the
 * conditions of policies, completions and the documentation are made from it, so that none of them can have an argument
 * that another lacks.
 */
import { GRAPH_FORMATS } from './addons/graph.ts';
import { FAMILIES } from './addons/roots.ts';
import { SERIES } from './manifest/series.ts';
import {
  type Argument,
  type ArgumentKind,
  type ArgumentsIn,
  CLONE,
  CONFLICTS,
  CURSOR,
  DEFAULT_FOUND,
  IN_ODOO,
  INSTANCE,
  LIMIT,
  LINK,
  MOST_ASKED,
  MOST_FOUND,
  MOST_MODULES,
  MOST_PATH,
  MOST_QUERY,
  NAME_OF_MODULE,
  OPERATION,
  STATES,
  TARGET,
  UNLINK,
  UPDATE,
} from './tool-arguments.ts';

export interface ToolEntry {
  readonly title: string;
  /** What the tool does; follows its name in a sentence. */
  readonly short: string;
  /** What it can change. If it can, the built-in policy limits it, and it is audited. */
  readonly writes: 'links' | 'checkouts' | 'odoo' | false;
  /** Whether the built-in policy has each call approved, and allows few. */
  readonly isGrave?: true;
  /** What must be configured, or there is no such tool: the remote of a family, any remote, a running Odoo. */
  readonly needs?: 'oca' | 'ee' | 'any' | 'odoo';
  readonly args: Readonly<Record<string, Argument>>;
}

/** The tools, in the order in which they are listed. */
export const TOOL_TABLE = {
  oca_link: {
    title: 'Link OCA modules',
    short: 'links OCA modules',
    writes: 'links',
    args: {
      module: {
        kind: 'module',
        also: 'modules',
        list: 'or_one',
        required: true,
        most: MOST_MODULES,
        element: NAME_OF_MODULE,
        description: 'The module to link, or several: all of them with what they need, or none.',
      },
      repo: {
        kind: 'repo',
        most: MOST_PATH,
        description:
          'Take the modules from this repository; needed only when several have a module of that name.',
      },
      ...LINK,
      fetch: {
        kind: 'flag',
        default: false,
        description: 'Clone the repositories that it takes, as oca_clone does, if they are not there.',
      },
    },
  },
  ee_link: {
    title: 'Link Odoo Enterprise modules',
    short: 'links Odoo Enterprise modules',
    writes: 'links',
    args: {
      modules: {
        kind: 'module',
        also: 'module',
        list: 'always',
        required: true,
        most: MOST_MODULES,
        element: NAME_OF_MODULE,
        description: 'The modules to link: all of them with what they need, or none.',
      },
      ...LINK,
    },
  },
  oca_unlink: {
    title: 'Unlink OCA modules',
    short: 'removes links to OCA modules',
    writes: 'links',
    args: UNLINK,
  },
  ee_unlink: {
    title: 'Unlink Odoo Enterprise modules',
    short: 'removes links to Odoo Enterprise modules',
    writes: 'links',
    args: UNLINK,
  },
  addon_search: {
    title: 'Search modules',
    short: 'finds modules',
    writes: false,
    args: {
      query: {
        kind: 'text',
        most: MOST_QUERY,
        description:
          'A technical name or part of one, or words for what is needed. Without it, all modules by name.',
      },
      family: { kind: FAMILIES, description: 'Only modules of this family.' },
      repo: {
        kind: 'repo',
        most: MOST_PATH,
        description: 'Only modules of this repository.',
      },
      installable: {
        kind: 'flag',
        description: 'true: only modules that could be linked; false: only those that could not.',
      },
      limit: {
        kind: 'number',
        most: MOST_FOUND,
        default: DEFAULT_FOUND,
        description: 'The most modules on a page, if they fit.',
      },
      cursor: CURSOR,
      ...INSTANCE,
    },
  },
  addon_info: {
    title: 'Everything about modules',
    short: 'shows everything about modules',
    writes: false,
    args: {
      module: {
        kind: 'module',
        also: 'modules',
        list: 'or_one',
        required: true,
        most: MOST_ASKED,
        element: NAME_OF_MODULE,
        description:
          'The module; or several, of which one row each and what is true of all together is told.',
      },
      family: { kind: FAMILIES, description: 'Needed when several families have a module of that name.' },
      repo: {
        kind: 'repo',
        most: MOST_PATH,
        description: 'Needed when several repositories have a module of that name.',
      },
      graph: {
        kind: GRAPH_FORMATS,
        description: 'Also return the dependency graph as text in this format.',
      },
      odoo: IN_ODOO,
      ...INSTANCE,
    },
  },
  link_status: {
    title: 'What is linked, and what is wrong with it',
    short: 'lists what is linked, and what is wrong with it',
    writes: false,
    args: {
      ...TARGET,
      target_dir: {
        ...TARGET.target_dir,
        description: "One of the instance's addons directories. Default: all of them.",
      },
      module: {
        kind: 'module',
        also: 'modules',
        list: 'or_one',
        most: MOST_ASKED,
        description: 'Only these modules; names that are not linked are told.',
      },
      repo: { kind: 'repo', most: MOST_PATH, description: 'Only links into this repository.' },
      state: { kind: STATES, description: 'Only entries in this state.' },
      odoo: IN_ODOO,
      limit: LIMIT,
      orphans: {
        kind: 'flag',
        description: 'Only what nobody asked for and nothing linked needs.',
      },
      instances: {
        kind: 'instance',
        list: 'always',
        most: 2,
        description: 'Two instances to compare.',
      },
      to: { kind: SERIES, description: 'A later series: what becomes of each link there.' },
      cursor: CURSOR,
    },
  },
  addon_conflicts: {
    title: 'Conflicts between modules',
    short: 'lists conflicts between modules',
    writes: false,
    args: {
      kind: { kind: CONFLICTS, description: 'Only conflicts of this kind.' },
      limit: LIMIT,
      cursor: CURSOR,
      ...INSTANCE,
    },
  },
  oca_clone: {
    title: 'Clone OCA repositories',
    short: 'clones OCA repositories',
    writes: 'checkouts',
    needs: 'oca',
    args: CLONE,
  },
  ee_clone: {
    title: 'Clone Odoo Enterprise',
    short: 'clones Odoo Enterprise',
    writes: 'checkouts',
    needs: 'ee',
    args: CLONE,
  },
  oca_update: {
    title: 'Update OCA checkouts',
    short: 'updates checkouts of OCA repositories',
    writes: 'checkouts',
    needs: 'oca',
    args: UPDATE,
  },
  ee_update: {
    title: 'Update Odoo Enterprise',
    short: 'updates checkouts of Odoo Enterprise',
    writes: 'checkouts',
    needs: 'ee',
    args: UPDATE,
  },
  oca_status: {
    title: 'What is checked out',
    short: 'lists what is checked out',
    writes: false,
    needs: 'any',
    args: {
      repo: { kind: 'repo', most: MOST_PATH, description: 'Only this checkout.' },
      limit: { ...LIMIT, description: 'The most checkouts on a page.' },
      cursor: CURSOR,
      ...INSTANCE,
    },
  },
  odoo_refresh: {
    title: 'Have Odoo see what is linked',
    short: 'has the running Odoo read its list of modules again',
    writes: 'odoo',
    needs: 'odoo',
    args: {
      modules: {
        kind: 'module',
        also: 'module',
        list: 'always',
        most: MOST_ASKED,
        element: NAME_OF_MODULE,
        description: 'The modules to tell of. Default: all that are linked.',
      },
      ...INSTANCE,
    },
  },
  odoo_install: {
    title: 'Install modules in Odoo',
    short: 'installs modules in the running Odoo',
    writes: 'odoo',
    isGrave: true,
    needs: 'odoo',
    args: OPERATION,
  },
  odoo_upgrade: {
    title: 'Upgrade modules in Odoo',
    short: 'upgrades modules in the running Odoo',
    writes: 'odoo',
    isGrave: true,
    needs: 'odoo',
    args: OPERATION,
  },
} as const satisfies Record<string, ToolEntry>;

export type ToolName = keyof typeof TOOL_TABLE;
export const TOOL_NAMES = Object.keys(TOOL_TABLE) as ToolName[];

/** The entry of a tool, for code that treats all tools alike. */
export function toolEntry(tool: ToolName): ToolEntry {
  return TOOL_TABLE[tool];
}

/** What is configured that some tools need; null or absent where it is not. */
export type Configured = Readonly<Partial<Record<'oca' | 'ee' | 'odoo', unknown>>>;

/** Whether there is a tool where this is configured. */
export function isOffered(tool: ToolName, configured: Configured | null | undefined): boolean {
  const { needs } = toolEntry(tool);
  const has = (what: keyof Configured) => (configured?.[what] ?? null) !== null;
  if (needs === undefined) return true;
  return needs === 'any' ? has('oca') || has('ee') : has(needs);
}

/** The type of the arguments with a name, which is the same in every tool; null if no tool has one. */
export function kindOfArgument(name: string): ArgumentKind | null {
  const entry = Object.values<ToolEntry>(TOOL_TABLE).find(({ args }) => name in args);
  return entry?.args[name]?.kind ?? null;
}

/** The checked arguments of a tool, with their defaults. */
export type ArgumentsOf<Tool extends ToolName> = ArgumentsIn<(typeof TOOL_TABLE)[Tool]['args']>;
/** The argument that names modules; null for a tool without one. */
export function argumentOfModules(tool: ToolName): string | null {
  return Object.entries(toolEntry(tool).args).find(([, { kind }]) => kind === 'module')?.[0] ?? null;
}

/**
 * The modules that a call names.
 * @param args The arguments as they were sent, unchecked.
 */
export function modulesNamed(tool: ToolName, args: Readonly<Record<string, unknown>>): unknown[] {
  const argument = argumentOfModules(tool);
  return argument === null ? [] : [args[argument] ?? []].flat();
}
