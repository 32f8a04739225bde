/** What arguments of tools are, their bounds, and those that several tools have. */
import { CONFLICT_KINDS, type ConflictKind } from './addons/conflicts.ts';
import { LINK_STATES, type LinkState } from './links/link-states.ts';
import { SERIES } from './manifest/series.ts';

/**
 * The type of an argument, or of each element of a list. `module`, `instance`, `path`, `repo` and `cursor` are texts;
 * `repo` is the folder name of a repository. A list of words means one of them.
 */
export type ArgumentKind =
  | 'text'
  | 'module'
  | 'instance'
  | 'path'
  | 'repo'
  | 'cursor'
  | 'number'
  | 'flag'
  | readonly [string, ...string[]];

/** An argument of a tool; optional unless it has `required` or `default`. */
export interface Argument {
  readonly kind: ArgumentKind;
  readonly description: string;
  /** `always`: an array; `or_one`: an array or a single value. An array has at least one element. */
  readonly list?: 'always' | 'or_one';
  readonly required?: true;
  readonly default?: boolean | number;
  /** The most characters of a text or elements of a list, or the largest number. The smallest number is 1. */
  readonly most?: number;
  /** Describes each element of a list. */
  readonly element?: string;
  /** Another spelling of its name, which is understood but not listed, see {@link readArguments}. */
  readonly also?: string;
}

/** The most modules one call may name. */
export const MOST_MODULES = 500;
/** The most characters of a search. */
export const MOST_QUERY = 256;
/** The most modules on a page of a search, and the default. */
export const MOST_FOUND = 100;
export const DEFAULT_FOUND = 25;

/** The most modules one call may ask about. */
export const MOST_ASKED = 100;
/** The most modules on a page of `link_status` or `addon_conflicts`. */
const MOST_LISTED = 1000;

/** The most repositories one call may name. */
const MOST_REPOS = 100;

export const MOST_PATH = 4096;
export const CONFLICTS = Object.keys(CONFLICT_KINDS) as [ConflictKind, ...ConflictKind[]];
export const STATES = Object.keys(LINK_STATES) as [LinkState, ...LinkState[]];

export const NAME_OF_MODULE = 'Technical name of a module: its folder name, not a path.';

/** Arguments that every tool has. */
export const INSTANCE = {
  instance: {
    kind: 'instance',
    most: 256,
    description: 'Name of the instance.',
  },
  branch: { kind: SERIES, description: 'Its series, such as 17.0: another way to choose it.' },
} as const;

export const TARGET = {
  ...INSTANCE,
  target_dir: {
    kind: 'path',
    most: MOST_PATH,
    description: "One of the instance's addons directories. Default: the first.",
  },
} as const;

const DRY_RUN = {
  kind: 'flag',
  default: false,
  description: 'Report what would be done, and change nothing.',
} as const;

const REFRESH = {
  kind: 'flag',
  default: false,
  description: 'Then have Odoo read its list of modules again, as odoo_refresh does.',
} as const;

export const IN_ODOO = {
  kind: 'flag',
  description: 'Also say their states in Odoo.',
} as const;

export const LINK = {
  ...TARGET,
  with_dependencies: {
    kind: 'flag',
    default: true,
    description: 'Also link all modules that they need and this tool links.',
  },
  replace: {
    kind: 'flag',
    default: false,
    description: 'Replace a link that leads to another folder, instead of refusing.',
  },
  allow_uninstallable: {
    kind: 'flag',
    default: false,
    description: 'Also link a named module with `installable: False`, for server_wide_modules (`--load`).',
  },
  dry_run: DRY_RUN,
  refresh: REFRESH,
} as const;

export const UNLINK = {
  modules: {
    kind: 'module',
    also: 'module',
    list: 'always',
    required: true,
    most: MOST_MODULES,
    element: 'Technical name of a linked module.',
    description: 'The modules to unlink: all of them, or none.',
  },
  ...TARGET,
  cascade: {
    kind: 'flag',
    default: false,
    description: 'Also unlink the modules that need them and this tool unlinks, instead of refusing.',
  },
  force: {
    kind: 'flag',
    default: false,
    description: 'Unlink them although Odoo has them installed or cannot be asked.',
  },
  dry_run: DRY_RUN,
  refresh: REFRESH,
} as const;

export const LIMIT = {
  kind: 'number',
  most: MOST_LISTED,
  description: 'The most modules on a page.',
} as const;

export const CURSOR = {
  kind: 'cursor',
  most: 16_384,
  description: '`next_cursor` of the previous page.',
} as const;

/** What both tools that clone have. */
export const CLONE = {
  repos: {
    kind: 'repo',
    also: 'repo',
    list: 'always',
    most: MOST_REPOS,
    element: 'Name of a repository, such as web.',
    description: 'The repositories to clone.',
  },
  modules: {
    kind: 'module',
    also: 'module',
    list: 'always',
    most: MOST_ASKED,
    element: NAME_OF_MODULE,
    description: 'Clone the repositories that have these modules.',
  },
  ...INSTANCE,
  full: {
    kind: 'flag',
    default: false,
    description: 'With the whole history of the branch, not only its last commit.',
  },
  dry_run: DRY_RUN,
} as const;

/** What both tools that update have. */
export const UPDATE = {
  repos: {
    kind: 'repo',
    also: 'repo',
    list: 'always',
    most: MOST_REPOS,
    description: 'Only these checkouts, by name. Default: all.',
  },
  ...INSTANCE,
  dry_run: DRY_RUN,
} as const;

/** What both tools that change modules in a running Odoo have. */
export const OPERATION = {
  modules: {
    kind: 'module',
    also: 'module',
    list: 'always',
    required: true,
    most: MOST_ASKED,
    element: NAME_OF_MODULE,
    description: 'The modules.',
  },
  ...INSTANCE,
  restarted: {
    kind: 'flag',
    default: false,
    description: 'Odoo was restarted after the last change of links or code.',
  },
  recover: {
    kind: 'flag',
    default: false,
    description:
      'First restart Odoo, if the operator has configured how, and cancel what an earlier call left unfinished.',
  },
  dry_run: DRY_RUN,
} as const;

interface Held {
  text: string;
  module: string;
  instance: string;
  path: string;
  repo: string;
  cursor: string;
  number: number;
  flag: boolean;
}
type Element<A extends Argument> = A['kind'] extends keyof Held
  ? Held[A['kind']]
  : A['kind'] extends readonly (infer Word)[]
    ? Word
    : never;
type Value<A extends Argument> = A extends { list: 'always' }
  ? Element<A>[]
  : A extends { list: 'or_one' }
    ? Element<A> | Element<A>[]
    : Element<A>;
type Given<Args> = {
  [Name in keyof Args]: Args[Name] extends { required: true } | { default: boolean | number } ? Name : never;
}[keyof Args];

/** The checked arguments of a list of them, with their defaults. */
export type ArgumentsIn<Args> = {
  [Name in Given<Args>]: Args[Name] extends Argument ? Value<Args[Name]> : never;
} & {
  [Name in Exclude<keyof Args, Given<Args>>]?: Args[Name] extends Argument
    ? Value<Args[Name]> | undefined
    : never;
};
