import { ok, type Result, refused } from '../base/refusal.ts';
import { isSince, type Series } from '../manifest/series.ts';
import { type ConfOptions, parseConfFile, strip } from './odoo-conf-file.ts';
import { type ConfPath, type OdooProcess, resolveConfPath } from './odoo-conf-paths.ts';

/** What Odoo takes from its odoo.conf to find modules. */
export interface OdooConf {
  /** False for a file without `[options]`: Odoo ignores it. */
  readonly hasOptions: boolean;
  /** The entries of `addons_path`, in order, each once; empty when the file does not set it. */
  readonly entries: readonly ConfPath[];
  /** The entries whose place on this host is known, absolute. */
  readonly addonsPath: readonly string[];
  /** `data_dir` on this host, absolute; null when the file does not set it, it is not here, or only Odoo's process can tell. */
  readonly dataDir: string | null;
  /** The modules Odoo loads at start for all databases, those it adds itself included. */
  readonly serverWide: readonly string[];
  /** Why a folder that is not found on the path may be there nevertheless; null if it is not. */
  readonly doubt: string | null;
}

/**
 * Reads an odoo.conf as Odoo of a series does (`odoo/tools/config.py`): `load` and `_parse_config` up to 18.0, which
 * differ in nothing that matters here; `_load_file_options` and `parse` in 19.0.
 * @param odoo The process in which Odoo reads it: `$VAR`, `~` and relative paths depend on that.
 * @returns The options; or, worded to follow the file's name, why Odoo does not start with it or it cannot be used here.
 */
export function parseOdooConf(text: string, series: Series, odoo: OdooProcess): Result<OdooConf, string> {
  const sections = parseConfFile(text);
  if (!sections.ok) return refused(`Odoo does not start with it: ${sections.refusal}`);
  const options = sections.value.optionsOf('options');
  const values = takeValues(options ?? new Map(), series);
  if (!values.ok) return refused(`Odoo ${series} does not start with it: ${values.refusal}`);
  const { addonsPath, dataDir, serverWide } = values.value;
  const entries = resolveEntries(addonsPath, odoo);
  if (!entries.ok) return refused(`addons_path: ${entries.refusal}`);
  const data = dataDir === null ? ok(null) : resolveConfPath(dataDir, odoo);
  if (!data.ok) return refused(`data_dir: ${data.refusal}`);
  const all = [...entries.value, ...(data.value === null ? [] : [data.value])];
  return ok({
    hasOptions: options !== undefined,
    entries: entries.value,
    addonsPath: entries.value.flatMap(({ path }) => path ?? []),
    dataDir: data.value?.path ?? null,
    serverWide,
    doubt: all.find(({ doubt }) => doubt !== null)?.doubt ?? null,
  });
}

/** The three options as texts; what is not set is null, or the default. */
interface Values {
  readonly addonsPath: readonly string[];
  readonly dataDir: string | null;
  readonly serverWide: readonly string[];
}

function takeValues(options: ConfOptions, series: Series): Result<Values, string> {
  const names = ['addons_path', 'data_dir', 'server_wide_modules'] as const;
  const [path, dataDir, modules] = names.map((name) => options.get(name) ?? null);
  for (const name of names) {
    const value = options.get(name);
    if (value !== undefined && crashes(name, value, series))
      return refused(`${name} must not be ${value}; remove the line`);
  }
  const take = isSince(series, '19.0') ? takeChecked : takeText;
  return ok(take(path ?? null, dataDir ?? null, modules ?? null));
}

/**
 * Up to 18.0 `load` turns True and False into booleans, which then have no `split` or `strip`; only `False` for a path is
 * asked for before. In 19.0 `parse` turns None into None, which is no list and no path; that is asked for only in
 * `server_wide_modules`.
 */
function crashes(name: keyof typeof CRASHES, value: string, series: Series): boolean {
  return isSince(series, '19.0')
    ? value === 'None' && name !== 'server_wide_modules'
    : CRASHES[name].includes(value);
}

const TRUE = ['True', 'true'];
const FALSE = ['False', 'false'];
const CRASHES = { addons_path: TRUE, data_dir: TRUE, server_wide_modules: [...TRUE, ...FALSE] } as const;

/** Up to 18.0: texts that are split when they are used, so that an entry may be empty. */
function takeText(path: string | null, dataDir: string | null, modules: string | null): Values {
  const isDefault = path === null || ['', 'None', ...FALSE].includes(path);
  return {
    addonsPath: isDefault ? [] : path.split(','),
    dataDir: dataDir !== null && FALSE.includes(dataDir) ? '' : dataDir,
    // `load_server_wide_modules` in odoo/service/server.py adds the first two.
    serverWide: distinct(['base', 'web', ...(modules === 'None' ? [] : listed(modules ?? ''))]),
  };
}

/** 19.0: lists without empty entries; False means that it is not set. */
function takeChecked(...given: [string | null, string | null, string | null]): Values {
  const [path, dataDir, modules] = given.map((value) =>
    value === null || FALSE.includes(value) ? null : value,
  );
  const asked = modules === 'None' ? [] : listed(modules ?? '');
  return {
    addonsPath: listed(path ?? ''),
    dataDir: dataDir ?? null,
    // `_postprocess_options`: REQUIRED_SERVER_WIDE_MODULES, DEFAULT_SERVER_WIDE_MODULES.
    serverWide: asked.length === 0 ? ['base', 'rpc', 'web'] : distinct(['base', 'web', ...asked]),
  };
}

/** The parts between commas that are not empty. */
function listed(value: string): string[] {
  return value
    .split(',')
    .map((part) => strip(part))
    .filter((part) => part !== '');
}

function distinct(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** Limited, because every call searches each of them. */
const MOST_ENTRIES = 1000;

/** Of equal entries Odoo uses the first (`odoo/modules/module.py`, `initialize_sys_path`). */
function resolveEntries(texts: readonly string[], odoo: OdooProcess): Result<ConfPath[], string> {
  const written = distinct(texts.map((text) => strip(text)));
  if (written.length > MOST_ENTRIES) {
    return refused(`it has ${written.length} entries; at most ${MOST_ENTRIES} are read`);
  }
  const entries = new Map<string, ConfPath>();
  for (const text of written) {
    const resolved = resolveConfPath(text, odoo);
    if (!resolved.ok) return resolved;
    const key = resolved.value.seen ?? `not a path: ${text}`;
    if (!entries.has(key)) entries.set(key, resolved.value);
  }
  return ok([...entries.values()]);
}
