import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ModuleSource } from '../../src/addons/lookup.ts';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { SourceState } from '../../src/addons/source-state.ts';
import { ok } from '../../src/base/refusal.ts';
import { type AddonsDir, openAddonsDir } from '../../src/links/addons-dir.ts';
import type { TransactionOptions } from '../../src/links/change-addons-dir.ts';
import type { LinkPlan, PlannedLink, PlannedRemoval } from '../../src/links/plan-links.ts';

/** What a source is, for those who do not ask. */
export const ANY_STATE: SourceState = {
  repos: ['web'],
  commit: null,
  dirty: null,
  manifest: null,
  folders: { module: null, repository: null, root: null },
};

/** A transaction on an addons directory of its own, and what is in there before and after it. */
export interface Batch {
  readonly plan: LinkPlan;
  readonly stateDir: string;
  readonly options: TransactionOptions;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** What is in there now. */
  entries(): string[];
}

/** How many steps of each kind. */
export interface Sizes {
  readonly creates: number;
  readonly replaces: number;
  readonly removals: number;
}

export const FIFTY: Sizes = { creates: 20, replaces: 15, removals: 15 };

/** Makes the folders that batches of up to this size link to; many batches may share them. */
export function makeSources(folder: string, { creates, replaces }: Sizes): void {
  for (const name of [...numbered('create', creates), ...numbered('replace', replaces)])
    mkdirSync(join(folder, name), { recursive: true });
}

/** Makes an addons directory under a folder, with links to re-point and to remove, and things of others. */
export function makeBatch(folder: string, sources: string, sizes: Sizes): void {
  const linked = join(folder, 'linked');
  mkdirSync(join(linked, 'theirs'), { recursive: true });
  writeFileSync(join(linked, 'theirs/file'), 'theirs');
  symlinkSync('/nowhere', join(linked, 'foreign'));
  for (const name of [...numbered('replace', sizes.replaces), ...numbered('remove', sizes.removals)])
    symlinkSync(join(sources, 'old', name), join(linked, name));
}

/** The batch in a folder where {@link makeBatch} was called, whatever has become of it since. */
export function openBatch(folder: string, sources: string, sizes: Sizes): Batch {
  const dir = openDir(join(folder, 'linked'));
  const old = (name: string) => join(sources, 'old', name);
  const links = [
    ...numbered('create', sizes.creates).map((name) => plannedLink(sources, name, null)),
    ...numbered('replace', sizes.replaces).map((name) => plannedLink(sources, name, old(name))),
  ];
  const removals = numbered('remove', sizes.removals).map((name) => plannedRemoval(name, old(name)));
  const others = ['foreign -> /nowhere', 'theirs/ file: theirs'];
  const replaced = links.filter(({ previous }) => previous !== null);
  const shown = ({ module, previous }: PlannedLink | PlannedRemoval) => `${module} -> ${previous}`;
  return {
    plan: { dir, links, removals },
    stateDir: join(folder, 'state'),
    options: optionsFor(folder, sources),
    before: [...others, ...replaced.map(shown), ...removals.map(shown)].sort(),
    after: [...others, ...links.map(({ module, target }) => `${module} -> ${target}`)].sort(),
    entries: () => entriesOf(dir.path),
  };
}

/** With a state directory in a folder, and a root that everything is linked from; recoveries are not written down. */
export function optionsFor(folder: string, sources: string): TransactionOptions {
  return {
    stateDir: join(folder, 'state'),
    rules: { roots: [{ family: 'oca', path: sources }], linkStyle: 'absolute', paths: null },
    recordRecovery: async () => ok(undefined),
  };
}

export function openDir(path: string): AddonsDir {
  const opened = openAddonsDir(path);
  if (!opened.ok) throw new Error(opened.refusal);
  return opened.value;
}

/** A link to make, or to re-point where something is there already. */
export function plannedLink(sources: string, name: string, previous: string | null): PlannedLink {
  const path = join(sources, name);
  const source = { name, family: 'oca', path } as ModuleSource;
  return {
    module: name as ModuleName,
    source,
    state: ANY_STATE,
    action: previous === null ? 'create' : 'replace',
    target: path,
    previous,
  };
}

export function plannedRemoval(name: string, previous: string): PlannedRemoval {
  return { module: name as ModuleName, action: 'remove', family: 'oca', previous };
}

/** The entries of an addons directory, a line each: texts of links, contents of files and folders. Sorted. */
export function entriesOf(folder: string): string[] {
  const describe = (path: string, name: string): string => {
    const stats = lstatSync(path);
    if (stats.isSymbolicLink()) return `${name} -> ${readlinkSync(path)}`;
    if (stats.isFile()) return `${name}: ${readFileSync(path, 'utf8')}`;
    const inside = readdirSync(path).sort();
    return `${name}/ ${inside.map((inner) => describe(join(path, inner), inner)).join(', ')}`;
  };
  return readdirSync(folder)
    .map((name) => describe(join(folder, name), name))
    .sort();
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}_${String(index).padStart(2, '0')}`);
}
