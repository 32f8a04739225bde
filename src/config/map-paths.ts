/** Finds the paths in a configuration. */
import type { InstanceConfig, OdooConfig, SourceConfig, SourcesConfig } from './schema.ts';

/** Makes a path as it is written one that can be used. @param at The keys that lead to it. */
type MapPath = (text: string, at: readonly PropertyKey[]) => string;

/** Without the members that are undefined. */
export function defined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Maps the paths of an instance. */
export function mapPaths(instance: InstanceConfig, map: MapPath): InstanceConfig {
  const list = (paths: readonly string[] | undefined, ...at: PropertyKey[]) =>
    paths?.map((path, index) => map(path, [...at, index]));
  return {
    ...instance,
    addonsDirs: list(instance.addonsDirs, 'addonsDirs') as string[],
    roots: defined({
      oca: list(instance.roots.oca, 'roots', 'oca'),
      ee: list(instance.roots.ee, 'roots', 'ee'),
      own: list(instance.roots.own, 'roots', 'own'),
      core: list(instance.roots.core, 'roots', 'core'),
      auto: list(instance.roots.auto, 'roots', 'auto'),
    }) as InstanceConfig['roots'],
    ...(instance.odooConf !== undefined && { odooConf: map(instance.odooConf, ['odooConf']) }),
    ...(instance.odooCwd !== undefined && { odooCwd: map(instance.odooCwd, ['odooCwd']) }),
    ...(instance.python !== undefined && { python: map(instance.python, ['python']) }),
    ...(instance.odoo !== undefined && {
      odoo: mapSecrets(instance.odoo, (text, key) => map(text, ['odoo', key, 'file'])),
    }),
  };
}

/** Maps the files with secrets. */
function mapSecrets(odoo: OdooConfig, map: (text: string, key: string) => string): OdooConfig {
  const { password, apiKey } = odoo;
  return {
    ...odoo,
    ...(typeof password === 'object' && { password: { file: map(password.file, 'password') } }),
    ...(typeof apiKey === 'object' && { apiKey: { file: map(apiKey.file, 'apiKey') } }),
  };
}

/** Maps the paths in `sources`: files with tokens, and the addresses that are paths. */
export function mapSources(sources: SourcesConfig | undefined, map: MapPath): SourcesConfig | null {
  if (sources === undefined) return null;
  const mapped = (source: SourceConfig, name: string): SourceConfig => {
    const { url, token } = source;
    const isPath = url !== undefined && /^(?:[~/.]|\$\{)/.test(url);
    return {
      ...source,
      ...(isPath && { url: map(url, [name, 'url']) }),
      ...(typeof token === 'object' && { token: { file: map(token.file, [name, 'token', 'file']) } }),
    };
  };
  const { oca, ee } = sources;
  return {
    ...sources,
    oca: mapped(oca, 'oca'),
    ...(ee !== undefined && { ee: { ...ee, ...mapped(ee, 'ee') } as NonNullable<SourcesConfig['ee']> }),
  };
}
