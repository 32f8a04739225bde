import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createPathView } from '../../src/addons/on-path.ts';
import type { Family } from '../../src/addons/roots.ts';
import { readSources } from '../../src/addons/sources.ts';
import { ok, type Refusal, type Result } from '../../src/base/refusal.ts';
import type { Instance } from '../../src/config/instance.ts';
import type { OdooConf } from '../../src/config/odoo-conf.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import { stateFolder } from '../../src/links/state-folder.ts';
import type { ServiceContext } from '../../src/services/context.ts';
import type { ResolveContext } from '../../src/services/link/resolve-modules.ts';
import { openDir } from './batch.ts';
import { openCatalog } from './catalog.ts';
import { eachFolder } from './provenance.ts';
import { noTurns } from './turns.ts';
import type { World } from './world.ts';

/** What an instance of a test has beside the defaults. */
export interface InstanceOptions extends Partial<Omit<Instance, 'roots' | 'addonsDirs' | 'odooConf'>> {
  /** Each has one root, a folder of the world by its name. */
  readonly families?: readonly Family[];
  /** Addons directories, as folders of the world. */
  readonly dirs?: readonly string[];
  /** What is not given is as in a file that sets the rest alone. */
  readonly odooConf?: Partial<OdooConf> | null;
}

/** An instance without a configuration file: the roots `oca` and `ee`, and the addons directory `linked`. */
export function makeInstance(world: World, options: InstanceOptions = {}): Instance {
  const { families = ['oca', 'ee'], dirs = ['linked'], odooConf = null, ...rest } = options;
  return {
    name: 'prod',
    series: '17.0',
    addonsDirs: dirs.map((dir) => openDir(world.folder(dir))),
    roots: families.map((family) => ({ family, path: world.folder(family) })),
    odooConf: odooConf && makeConf(odooConf),
    linkStyle: 'absolute',
    paths: null,
    licenses: { conflicts: 'warn', lgpl_on_proprietary: 'allow' },
    python: null,
    ...rest,
  };
}

/** An odoo.conf that sets `addons_path` to these folders, and what else is given. */
function makeConf({ addonsPath = [], ...rest }: Partial<OdooConf>): OdooConf {
  return {
    hasOptions: true,
    entries: addonsPath.map((path) => ({ written: path, seen: path, path, doubt: null, mistake: null })),
    addonsPath,
    dataDir: null,
    serverWide: ['base', 'web'],
    doubt: null,
    ...rest,
  };
}

/** What services are called with: nothing is in git, and every call reads the roots anew. */
export function makeContext(
  world: World,
  instances: readonly Instance[],
  more: Partial<ServiceContext> = {},
): ServiceContext {
  return {
    instances,
    stateDir: world.at('state'),
    readProvenance: eachFolder(() => null),
    recordRecovery: async () => ok(undefined),
    catalogOf: ({ roots, series }) => openCatalog(roots, { series }),
    ...more,
  };
}

/** What a call sees of an instance at this moment. */
export async function lookAround(instance: Instance): Promise<ResolveContext> {
  const sources = await readSources(instance.roots, instance.series, noTurns);
  const view = createPathView(instance, sources.lists);
  return { instance, dir: instance.addonsDirs[0] as AddonsDir, sources, view, turns: noTurns };
}

/** Makes a module, and a link to it in an addons directory. */
export function linkedModule(
  world: World,
  path: string,
  manifest: Readonly<Record<string, unknown>> = {},
  dir = 'linked',
): void {
  world.link(world.module(path, manifest), `${dir}/${basename(path)}`);
}

/** Makes a folder the checkout of a branch, as far as is seen without asking git. */
export function checkOut(world: World, folder: string, branch: string): void {
  world.file(`${folder}/.git/HEAD`, `ref: refs/heads/${branch}\n`);
}

/** For tests whose calls have to succeed. */
export function succeeded<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.refusal.code}: ${result.refusal.message}`);
  return result.value;
}

/** Every reason of a refusal; none for a call that succeeded. */
export function refusalsOf(result: Result<unknown>): readonly Refusal[] {
  if (result.ok) return [];
  return (result.refusal.details?.reasons as Refusal[] | undefined) ?? [result.refusal];
}

/** Part of a context that knows the branch of each checkout, by the name of its folder. */
export function branches(names: Readonly<Record<string, string>>): Pick<ServiceContext, 'readProvenance'> {
  return {
    readProvenance: eachFolder((folder) => {
      const branch = names[basename(folder)] ?? names[basename(dirname(folder))];
      return branch === undefined ? null : { branch, commit: null, dirty: null };
    }),
  };
}

/** Writes a file into the state directory as the server would: where others may write, nothing in there is believed. */
export function ownFile(path: string, text = ''): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

/** Leaves the journal of a change that was interrupted. */
export function interruptChange(dir: AddonsDir, stateDir: string, steps: readonly object[] = []): void {
  const id = '00000000-0000-4000-8000-000000000000';
  const journal = { version: 1, id, directory: dir.path, steps };
  ownFile(join(stateFolder(dir, stateDir), 'journal'), JSON.stringify(journal));
}
