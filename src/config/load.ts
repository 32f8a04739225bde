import { dirname, isAbsolute, resolve, delimiter as usualDelimiter } from 'node:path';
import { readText } from '../base/bounded-file.ts';
import { describeLost } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { userName, usualFolder } from '../base/user.ts';
import { pointer, validate } from '../base/validate.ts';
import { type JsoncDocument, parseJsonc, validateJsonc } from './jsonc.ts';
import { defined, mapPaths, mapSources } from './map-paths.ts';
import {
  type Config,
  ConfigSchema,
  type InstanceConfig,
  InstanceSchema,
  type SourcesConfig,
} from './schema.ts';
import { type Overrides, ROOT_SETTINGS, SETTINGS } from './settings.ts';
import { expandText } from './variables.ts';

/** The configuration with absolute paths, and the positions of its values. */
export interface LoadedConfig {
  readonly instances: Readonly<Record<string, InstanceConfig>>;
  /** An absolute path, the policy itself, or null for the built-in one. */
  readonly policy: string | Readonly<Record<string, unknown>> | null;
  readonly stateDir: string;
  /** Null if no repositories may be cloned or updated. */
  readonly sources: SourcesConfig | null;
  /** The configuration file; null if there is none and only flags and environment are used. */
  readonly file: string | null;
  /** `odoo-link.json:5:18: /instances/prod/series`, for messages about a value. */
  where(path: readonly PropertyKey[]): string;
}

/** What the process that loads a configuration runs in. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The working directory; null when it is gone. */
  readonly cwd: string | null;
  /** What stands between the paths of a list in a variable; that of the platform without one: `;` on Windows, else `:`. */
  readonly delimiter?: string;
}

/**
 * Loads the configuration: flags override environment variables, which override the file.
 *
 * The file is the one named by `--config` or `ODOO_LINK_CONFIG`, else `odoo-link-mcp/odoo-link.json` under
 * XDG_CONFIG_HOME if it exists. The working directory is never searched: a server started in an untrusted checkout must
 * not take its allowlist from there. Flags and variables that describe an instance create or change the one named
 * `default`.
 * @returns The configuration, or one line for each problem.
 */
export function loadConfig(
  overrides: Overrides,
  { env, cwd: folderNow, delimiter = usualDelimiter }: Environment,
): Result<LoadedConfig, string[]> {
  const merged = withEnvironment(overrides, env, delimiter);
  if (!merged.ok) return merged;
  const settings = merged.value;
  const wrong = [...emptySettings(settings), ...lostSettings(settings, folderNow)];
  if (wrong.length > 0) return refused(wrong);
  // If the working directory no longer exists, `lostSettings` has refused relative paths.
  const cwd = folderNow ?? '/';
  const named = settings.config === undefined ? undefined : resolve(cwd, settings.config);
  const usual = usualFolder(env, 'XDG_CONFIG_HOME', '.config', 'odoo-link.json');
  const path = named ?? usual;
  const read = path === null ? ok(NO_FILE) : readConfigFile(path, named !== undefined);
  if (!read.ok) return read;
  const { value, document, file } = read.value;

  const problems: string[] = [];
  const expand = (text: string, folder: string, where: () => string): string => {
    const expanded = expandPath(text, env, folder);
    if (expanded.ok) return expanded.value;
    problems.push(...expanded.refusal.map((problem) => `${where()}: ${problem}.`));
    return text;
  };
  const where = (path: readonly PropertyKey[]) =>
    file === null || document === null ? 'flags' : `${file}:${document.position(path)}: ${pointer(path)}`;
  const folder = file === null ? cwd : dirname(file);

  const instances: Record<string, InstanceConfig> = {};
  for (const [name, instance] of Object.entries(value.instances ?? {})) {
    instances[name] = mapPaths(instance, (text, path) =>
      expand(text, folder, () => where(['instances', name, ...path])),
    );
  }
  const amended = instanceFromSettings(settings, cwd, instances.default);
  if (amended?.ok === false) problems.push(...amended.refusal, ...orOf(value.instances, file));
  else if (amended !== null) instances.default = amended.value;
  if (Object.keys(instances).length === 0 && problems.length === 0) problems.push(noInstance(usual));

  let policy: LoadedConfig['policy'] = null;
  if (settings.policy !== undefined) policy = resolve(cwd, settings.policy);
  else if (typeof value.policy === 'string') policy = expand(value.policy, folder, () => where(['policy']));
  else if (value.policy !== undefined) policy = value.policy;
  let stateDir = usualFolder(env, 'XDG_STATE_HOME', '.local/state');
  if (settings['state-dir'] !== undefined) stateDir = resolve(cwd, settings['state-dir']);
  else if (value.stateDir !== undefined) stateDir = expand(value.stateDir, folder, () => where(['stateDir']));
  if (stateDir === null) return refused([...problems, noStateDir()]);
  const sources = mapSources(value.sources, (text, path) =>
    expand(text, folder, () => where(['sources', ...path])),
  );

  return problems.length > 0 ? refused(problems) : ok({ instances, policy, stateDir, sources, file, where });
}

function noInstance(usual: string | null): string {
  const read = usual === null ? '' : ` (default: ${usual})`;
  return (
    'No instance is configured. Describe one with flags (--series 17.0 --oca DIR --addons-dir DIR), or name a ' +
    `configuration file with --config${read}.`
  );
}

/** What is said besides where flags describe half an instance next to a file that has others. */
function orOf(instances: Config['instances'] = {}, file: string | null): string[] {
  const names = Object.keys(instances);
  if (file === null || names.length === 0 || names.includes('default')) return [];
  const those = names.length === 1 ? `the instance ${names[0]}` : `the instances ${names.join(', ')}`;
  return [
    `Flags and variables describe another instance, named default. Leave them out to use ${those} of ${file} alone.`,
  ];
}

function noStateDir(): string {
  return (
    `The server has no folder for its own state, because ${userName()} has no home folder. Set HOME or stateDir ` +
    `(--state-dir or ${SETTINGS['state-dir'].variable}).`
  );
}

/** The flags, and the environment for those not given; a path variable may hold a list. */
function withEnvironment(
  overrides: Overrides,
  env: Environment['env'],
  delimiter: string,
): Result<Overrides, string[]> {
  const merged: Record<string, string | string[] | undefined> = { ...overrides };
  const problems: string[] = [];
  for (const [flag, { variable, many }] of Object.entries(SETTINGS)) {
    const text = env[variable];
    if (merged[flag] !== undefined || text === undefined || text === '') continue;
    const expand = (entry: string): string => {
      const expanded =
        flag === 'series'
          ? ok(entry)
          : expandText(
              entry.replace(SHORT_VARIABLE, (_, name) => `\${${name}}`),
              env,
            );
      if (expanded.ok) return expanded.value;
      problems.push(...expanded.refusal.map((problem) => `${variable}: ${problem}.`));
      return entry;
    };
    // An empty entry at the end is what a shell's `$DIRS:$MORE` leaves.
    const list = text.endsWith(delimiter) ? text.slice(0, -delimiter.length) : text;
    const entries = many ? list.split(delimiter) : [text];
    if (entries.includes(''))
      problems.push(`${variable} has an empty entry: remove the "${delimiter}" too many.`);
    merged[flag] = many ? entries.map(expand) : expand(text);
  }
  return problems.length > 0 ? refused(problems) : ok(merged as Overrides);
}

/** `$NAME`, which shells know besides `${NAME}`: a client that starts the server may pass it on as it is. */
const SHORT_VARIABLE = /\$([A-Za-z_]\w*)/g;

/** A flag without a value (`--addons-dir "$UNSET"`) must not mean the working directory. */
function emptySettings(settings: Overrides): string[] {
  return Object.entries(settings)
    .filter(
      ([, value]) => value === '' || (Array.isArray(value) && (value.length === 0 || value.includes(''))),
    )
    .map(([flag]) => `${described(flag)} is empty.`);
}

/** Overrides include a command's own options, which have no environment variable. */
function described(flag: string): string {
  return isSetting(flag) ? `--${flag} (or ${SETTINGS[flag].variable})` : `--${flag}`;
}

function isSetting(flag: string): flag is keyof typeof SETTINGS {
  return Object.hasOwn(SETTINGS, flag);
}

/** Refuses relative paths if the working directory no longer exists. */
function lostSettings({ series: _, ...paths }: Overrides, cwd: string | null): string[] {
  if (cwd !== null) return [];
  return Object.entries(paths).flatMap(([flag, given]) => {
    if (!isSetting(flag)) return [];
    const relative = [given ?? []].flat().find((path) => !isAbsolute(path));
    return relative === undefined ? [] : [`${described(flag)}: ${describeLost(relative)}.`];
  });
}

type ConfigFile = { value: Config; document: JsoncDocument | null; file: string | null };

const NO_FILE: ConfigFile = { value: {}, document: null, file: null };

function readConfigFile(path: string, required: boolean): Result<ConfigFile, string[]> {
  const read = readText(path);
  if (!read.ok) {
    const isAbsent = !required && read.refusal.isAbsent;
    return isAbsent ? ok(NO_FILE) : refused([`${path}: ${read.refusal.problem}.`]);
  }
  const inFile = (problems: readonly string[]) => refused(problems.map((problem) => `${path}:${problem}`));
  const parsed = parseJsonc(read.value);
  if (!parsed.ok) return inFile(parsed.refusal);
  const checked = validateJsonc(parsed.value, ConfigSchema);
  return checked.ok
    ? ok({ value: checked.value, document: parsed.value, file: path })
    : inFile(checked.refusal);
}

/** The instance `default` of the file, changed by flags and environment; null if these do not describe an instance. */
function instanceFromSettings(
  settings: Overrides,
  cwd: string,
  base: InstanceConfig | undefined,
): Result<InstanceConfig, string[]> | null {
  const absolute = (paths: string[] | undefined) => paths?.map((path) => resolve(cwd, path));
  const roots = {
    ...base?.roots,
    ...defined(Object.fromEntries(ROOT_SETTINGS.map((name) => [name, absolute(settings[name])]))),
  };
  const given = defined({
    series: settings.series,
    addonsDirs: absolute(settings['addons-dir']),
    odooConf: settings['odoo-conf'] === undefined ? undefined : resolve(cwd, settings['odoo-conf']),
  });
  const rootsGiven = ROOT_SETTINGS.some((name) => settings[name] !== undefined);
  if (Object.keys(given).length === 0 && !rootsGiven) return null;
  const checked = validate(InstanceSchema, { ...base, ...given, roots });
  if (checked.ok) return checked;
  const flags: Record<string, string> = {
    series: '--series',
    addonsDirs: '--addons-dir',
    odooConf: '--odoo-conf',
  };
  const problems = checked.refusal.map(({ path, message }) => {
    const flag = flags[String(path[0])] ?? `--${String(path[1])}`;
    const { variable } = SETTINGS[flag.slice(2) as keyof typeof SETTINGS];
    return `${flag} (or ${variable}) ${message.replace(/^is missing; .*/, 'is missing.')}`;
  });
  return refused(problems);
}

/**
 * Expands a leading `~` and every `${NAME}`, then makes the path absolute.
 * @returns The path, or problems that do not show values from the environment.
 */
function expandPath(text: string, env: Environment['env'], folder: string): Result<string, string[]> {
  const expanded = expandText(text, env);
  return expanded.ok ? ok(resolve(folder, expanded.value)) : expanded;
}
