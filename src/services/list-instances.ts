import type { Root } from '../addons/roots.ts';
import { oneLine } from '../base/text.ts';
import type { Instance } from '../config/instance.ts';
import type { Series } from '../manifest/series.ts';

/** What is configured; changes nothing and reads no folder. */
export interface InstancesReport {
  readonly instances: readonly {
    readonly instance: string;
    readonly series: Series;
    readonly addons_dirs: readonly string[];
    /** Paths by family. */
    readonly roots: Readonly<Record<string, readonly string[]>>;
  }[];
}

/** Lists the configured instances, in the order of the configuration. */
export function listInstances(instances: readonly Instance[]): InstancesReport {
  return {
    instances: instances.map(({ name, series, addonsDirs, roots }) => ({
      instance: name,
      series,
      addons_dirs: addonsDirs.map(({ path }) => path),
      roots: byFamily(roots),
    })),
  };
}

function byFamily(roots: readonly Root[]): Record<string, string[]> {
  const paths: Record<string, string[]> = {};
  for (const { family, path } of roots) paths[family] = [...(paths[family] ?? []), path];
  return paths;
}

/** The instances as text for a person. */
export function describeInstances({ instances }: InstancesReport): string {
  const lines = instances.flatMap(({ instance, series, addons_dirs, roots }) => [
    `${instance}, Odoo ${series}`,
    ...addons_dirs.map((path) => `  links in ${path}`),
    ...Object.entries(roots).flatMap(([family, paths]) => paths.map((path) => `  ${family} ${path}`)),
  ]);
  return lines.map(oneLine).join('\n');
}
