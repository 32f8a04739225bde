import { type GitFolder, pointsBackBySetting } from './git-folder.ts';
import { BOOLEAN } from './git-settings.ts';

type Settings = ReadonlyMap<string, string>;

/**
 * The configuration for the comparison. Of the repository's own configuration it contains only settings that affect the
 * comparison and cannot name a file to read or a program to run. Sources: git-config(1), "core" and "extensions";
 * gitrepository-layout(5), "config".
 * @returns Null if other settings of the repository could change the result.
 */
export function comparisonConfig(git: GitFolder, settings: Settings): string | null {
  if (!isPlain(git, settings)) return null;
  const isSha256 = objectFormat(settings) === 'sha256';
  const lines = [
    '[core]',
    `repositoryformatversion = ${isSha256 ? 1 : 0}`,
    'bare = false',
    'fsmonitor = false',
    'untrackedCache = false',
    'excludesFile =',
    'attributesFile =',
  ];
  for (const [name, values] of Object.entries(COMPARING)) {
    const value = settings.get(`core.${name.toLowerCase()}`)?.toLowerCase();
    if (value === undefined) continue;
    if (!values.includes(value)) return null;
    lines.push(`${name} = ${value}`);
  }
  if (isSha256) lines.push('[extensions]', 'objectFormat = sha256');
  return `${lines.join('\n')}\n`;
}

/** The hash algorithm of the repository; `sha1` by default. */
export function objectFormat(settings: Settings): string {
  return settings.get('extensions.objectformat')?.toLowerCase() ?? 'sha1';
}

const COMPARING: Readonly<Record<string, readonly string[]>> = {
  fileMode: BOOLEAN,
  symlinks: BOOLEAN,
  ignoreCase: BOOLEAN,
  trustctime: BOOLEAN,
  precomposeUnicode: BOOLEAN,
  sparseCheckout: BOOLEAN,
  sparseCheckoutCone: BOOLEAN,
  autocrlf: [...BOOLEAN, 'input'],
  eol: ['lf', 'crlf', 'native'],
  checkStat: ['default', 'minimal'],
};

/** The extensions that do not change how files, index and objects are read. */
const EXTENSIONS = [
  'noop',
  'objectformat',
  'partialclone',
  'preciousobjects',
  'refstorage',
  'relativeworktrees',
  'worktreeconfig',
].map((name) => `extensions.${name}`);

/** Settings that add other rules to the comparison, some from a file or tree that they name. */
const ELSEWHERE = [
  'core.attributesfile',
  'core.excludesfile',
  'attr.tree',
  'sparse.expectfilesoutsideofpatterns',
];

const isSetTo = (settings: Settings, key: string, values: readonly string[]) =>
  values.includes(settings.get(key)?.toLowerCase() ?? (values[0] as string));

function isPlain(git: GitFolder, settings: Settings): boolean {
  // In a linked worktree, `core.bare` of the common configuration describes the main work tree.
  const isBareElsewhere = git.path !== git.common && !settings.has('extensions.worktreeconfig');
  for (const key of settings.keys()) {
    if (/^include(if)?\./.test(key)) return false;
    if (key.startsWith('extensions.') && !EXTENSIONS.includes(key)) return false;
    if (ELSEWHERE.includes(key)) return false;
  }
  return (
    isSetTo(settings, 'core.repositoryformatversion', ['0', '1']) &&
    isSetTo(settings, 'status.showuntrackedfiles', ['normal', 'all', 'true']) &&
    ['sha1', 'sha256'].includes(objectFormat(settings)) &&
    (isBareElsewhere || isSetTo(settings, 'core.bare', ['false', 'no', 'off', '0'])) &&
    (!settings.has('core.worktree') || pointsBackBySetting(git, settings))
  );
}
