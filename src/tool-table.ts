import { SERIES } from './manifest/series.ts';

/**
 * What an argument holds, or each element of it: `path` and `repo` are texts too, the latter a repository's folder name;
 * a list of words means one of these.
 */
export type ArgumentKind = 'text' | 'path' | 'repo' | 'number' | 'flag' | readonly string[];

const INSTANCE = { instance: 'text', branch: SERIES } as const;
const TARGET = { ...INSTANCE, target_dir: 'path' } as const;
const LINK = { ...TARGET, with_dependencies: 'flag', replace: 'flag', dry_run: 'flag' } as const;
const UNLINK = { modules: 'text', ...TARGET, cascade: 'flag', dry_run: 'flag' } as const;
const FAMILY = ['oca', 'ee', 'core'] as const;
const KIND = ['same_name', 'families', 'core', 'shadowed', 'excludes', 'license', 'cycle'] as const;
const STATE = [
  'real_directory',
  'foreign',
  'broken',
  'shadowed',
  'wrong_series',
  'verdict',
  'missing_dependency',
  'ok',
] as const;

/**
 * The tools a policy can speak about. `writes` says whether a tool can change an addons directory: those are the ones
 * the built-in policy limits. `args` are the arguments a condition can name.
 */
export const TOOLS = {
  oca_link: { writes: true, args: { module: 'text', repo: 'repo', ...LINK } },
  ee_link: { writes: true, args: { modules: 'text', ...LINK } },
  oca_unlink: { writes: true, args: UNLINK },
  ee_unlink: { writes: true, args: UNLINK },
  addon_search: {
    writes: false,
    args: {
      query: 'text',
      family: FAMILY,
      repo: 'repo',
      installable: 'flag',
      limit: 'number',
      cursor: 'text',
      ...INSTANCE,
    },
  },
  addon_info: {
    writes: false,
    args: { module: 'text', family: FAMILY, repo: 'repo', graph: ['mermaid', 'dot'], ...INSTANCE },
  },
  link_status: { writes: false, args: { ...TARGET, state: STATE, cursor: 'text' } },
  addon_conflicts: { writes: false, args: { kind: KIND, cursor: 'text', ...INSTANCE } },
} as const satisfies Record<string, { writes: boolean; args: Readonly<Record<string, ArgumentKind>> }>;

export type ToolName = keyof typeof TOOLS;
export const TOOL_NAMES = Object.keys(TOOLS) as ToolName[];
