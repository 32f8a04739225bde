import { constants, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coreLists } from '../addons/core-lists.ts';
import { repositoriesOf } from '../addons/discover.ts';
import { createPathView } from '../addons/on-path.ts';
import type { Root } from '../addons/roots.ts';
import { searchPath } from '../addons/search-path.ts';
import { accessErrno, isInside, lstatOrNull, realpathOrNull } from '../base/paths.ts';
import { counted, oneLine } from '../base/text.ts';
import { type Turns, takeTurns } from '../base/turns.ts';
import { buildCatalog } from '../catalog/catalog.ts';
import type { Instance } from '../config/instance.ts';
import type { AddonsDir } from '../links/addons-dir.ts';
import { isInterrupted } from '../links/change-addons-dir.ts';
import type { Series } from '../manifest/series.ts';
import { askOnce, type ReadProvenance } from '../sources/provenance.ts';
import { findPythonAddons } from '../sources/python-addons.ts';
import { findMissingExternals } from '../sources/python-environment.ts';
import { LAYOUT } from '../state/layout.ts';
import { isUsedOtherwise, proveStateDir } from '../state/proof.ts';
import { diagnoseOdooConf, diagnoseOnPath } from './diagnose-odoo-conf.ts';
import { diagnoseRoot } from './diagnose-roots.ts';
import { asSeen } from './diagnose-seen.ts';
import type { Finding } from './finding.ts';
import { listEntries } from './linked-modules.ts';
import { findOtherRoots } from './other-roots.ts';

/**
 * Checks an instance: whether its roots contain modules of its series, whether links can be made in its addons directories,
 * and whether Odoo looks there.
 * @param instances All that are configured.
 * @returns Findings by section, the most important first.
 */
export async function diagnoseInstance(
  instance: Instance,
  look: ReadProvenance,
  instances: readonly Instance[] = [instance],
): Promise<{ section: string; findings: Finding[] }[]> {
  const turns = takeTurns();
  const lookOnce = askOnce(look);
  await askAboutCheckouts(instance.roots, lookOnce, turns);
  const catalog = await buildCatalog(instance.roots, instance.series, turns);
  const roots = await Promise.all(
    instance.roots.map((root) => diagnoseRoot(root, instance, catalog, lookOnce, turns)),
  );
  if (!instance.roots.some(({ family }) => family !== 'core')) {
    roots.push([
      {
        level: 'fail',
        text: 'there is no root of OCA, Enterprise or own modules, and roots.auto has none',
        remedy: 'configure roots.oca, roots.ee or roots.own, or check out a repository under roots.auto',
      },
    ]);
  }
  const names = new Set(catalog.map(({ name }) => name));
  const lists = await coreLists(instance.series);
  const view = createPathView(instance, lists);
  const modules = { view, community: lists.community, isInRoots: (name: string) => names.has(name) };
  const dirs: Finding[] = [];
  for (const dir of instance.addonsDirs) dirs.push(...(await diagnoseDir(dir, instance, instances, turns)));
  return [
    { section: 'roots', findings: roots.flat() },
    { section: 'addons directories', findings: dirs },
    { section: 'odoo.conf', findings: diagnoseOdooConf(instance, modules) },
    { section: 'python', findings: await diagnosePython(instance) },
    { section: 'search path, first wins', findings: await describeSearchPath(instance) },
  ];
}

/** Lets git begin, which works while the manifests are read. */
async function askAboutCheckouts(roots: readonly Root[], look: ReadProvenance, turns: Turns): Promise<void> {
  for (const root of roots) {
    if (root.family === 'core') continue;
    for (const { path } of await repositoriesOf(root, turns)) {
      const real = realpathOrNull(path);
      // The answer is waited for where it is needed.
      if (real !== null) look([{ path: real, root: root.path }]).catch(() => null);
    }
  }
}

async function diagnoseDir(
  dir: AddonsDir,
  instance: Instance,
  instances: readonly Instance[],
  turns: Turns,
): Promise<Finding[]> {
  const cannotWrite = accessErrno(dir.path, constants.W_OK | constants.X_OK);
  const findings: Finding[] = [
    cannotWrite === null
      ? { level: 'ok', text: `${dir.path}: writable` }
      : {
          level: 'fail',
          text: `${dir.path}: not writable (${cannotWrite})`,
          remedy: "give the server's user write permission",
        },
  ];
  findings.push(...diagnoseOnPath(dir, instance));
  return [...findings, ...(await describeEntries(dir, instance, instances, turns))];
}

/** Counts what is in the directory; `link_status` has the details. */
async function describeEntries(
  dir: AddonsDir,
  instance: Instance,
  instances: readonly Instance[],
  turns: Turns,
): Promise<Finding[]> {
  const listed = await listEntries(instance, turns, [dir]);
  if (!listed.ok) return [{ level: 'fail', text: `${dir.path}: cannot be listed` }];
  const otherOf = await findOtherRoots(listed.value, instance, { instances }, turns);
  const count = { managed: 0, broken: 0, foreign: 0, real: 0 };
  const others = new Map<Instance, number>();
  for (const one of listed.value) {
    const { entry } = one;
    const other = otherOf(one);
    if (entry.kind === 'occupied') count.real++;
    else if (other !== null) others.set(other, (others.get(other) ?? 0) + 1);
    else if (entry.family === null) count.foreign++;
    else count[entry.source === null ? 'broken' : 'managed']++;
  }
  const text = `${dir.path}: ${counted(count.managed, 'managed link')}, ${counted(count.foreign, 'foreign link')}, ${counted(count.real, 'real folder')}`;
  const found: Finding[] = [{ level: 'ok', text }];
  for (const [other, links] of others) {
    const into = `${dir.path}: ${counted(links, 'link')} into roots of the instance ${other.name} (Odoo ${other.series})`;
    found.push({ level: 'warn', text: into, remedy: 'odoo-link-mcp status says what to do about them' });
  }
  if (count.broken > 0) {
    const broken = `${dir.path}: ${counted(count.broken, 'broken link')}`;
    const remedy = 'odoo-link-mcp repair replaces those whose module it finds';
    found.push({ level: 'warn', text: broken, remedy });
  }
  return found;
}

async function diagnosePython({ python, series }: Instance): Promise<Finding[]> {
  if (python === null) return [];
  const answer = await findMissingExternals(python, { python: [], bin: [] }, series);
  if (answer?.lacks === null) return [{ level: 'ok', text: `${python} answers` }];
  if (answer !== null) return [diagnoseReader(python, answer.lacks, series)];
  const remedy = 'configure the Python interpreter that Odoo uses, version 3.7 or later';
  return [
    { level: 'warn', text: `${python} does not answer: external dependencies are not checked`, remedy },
  ];
}

/** The environment cannot read requirements as Odoo does. */
function diagnoseReader(python: string, lacks: 'packaging' | 'pkg_resources', series: Series): Finding {
  if (lacks === 'packaging') {
    const text = `${python} has no packaging: Odoo ${series} refuses external dependencies with a version`;
    return { level: 'warn', text, remedy: `${python} -m pip install packaging` };
  }
  const text = `${python} has no pkg_resources, without which Odoo ${series} does not start`;
  const remedy = 'configure the interpreter that Odoo uses, or install a setuptools that has pkg_resources';
  return { level: 'warn', text, remedy };
}

async function describeSearchPath(instance: Instance): Promise<Finding[]> {
  const pythonAddons = instance.python === null ? [] : await findPythonAddons(instance.python);
  return searchPath({ ...instance, pythonAddons }).map(({ kind, path }, index) => ({
    level: 'ok',
    text: `${index + 1}. ${path} (${kind})${asSeen(path, instance.paths?.toOdoo(path) ?? null)}`,
  }));
}

/** Interrupted changes that are not undone yet. */
export function diagnoseInterrupted(stateDir: string, instances: readonly Instance[]): Finding[] {
  return instances
    .flatMap(({ addonsDirs }) => addonsDirs)
    .filter((dir) => isInterrupted(dir, stateDir))
    .map(({ path }) => ({
      level: 'warn',
      text: `a change in ${path} was interrupted`,
      remedy: 'odoo-link-mcp repair undoes it now; so does the next call that changes links',
    }));
}

/**
 * Checks that the state directory belongs to this user alone, that it can be used, and that links can be replaced without
 * being missing for a moment.
 */
export function diagnoseStateDir(stateDir: string, instances: readonly Instance[]): Finding[] {
  const faults = proveStateDir(stateDir);
  const unproven = faults.map(({ path, what, remedy }): Finding => {
    return { level: 'fail', text: oneLine(`${path}: ${what}`), remedy: oneLine(remedy) };
  });
  let existing = stateDir;
  while (lstatOrNull(existing) === null && dirname(existing) !== existing) existing = dirname(existing);
  const cannotWrite = accessErrno(existing, constants.W_OK | constants.X_OK);
  if (cannotWrite !== null) {
    return [
      ...unproven,
      {
        level: 'fail',
        text: `${stateDir}: not writable (${cannotWrite})`,
        remedy: 'set stateDir to a writable folder',
      },
    ];
  }
  const device = statSync(existing, { bigint: true }).dev;
  const elsewhere = instances.flatMap(({ addonsDirs }) => addonsDirs).filter(({ dev }) => dev !== device);
  return [
    ...(faults.length === 0 ? [{ level: 'ok', text: stateDir } as const] : unproven),
    ...(isUsedOtherwise(stateDir) ? [usedOtherwise(stateDir)] : []),
    ...diagnoseOwners(stateDir, new Set(faults.map(({ path }) => path))),
    ...elsewhere.map(
      ({ path }): Finding => ({
        level: 'warn',
        text: `${path} is on another file system: a link that is replaced there is missing for a moment`,
        remedy: 'set stateDir to a folder on the same file system',
      }),
    ),
  ];
}

function usedOtherwise(stateDir: string): Finding {
  const remedy = 'set stateDir to a folder that is used for nothing else; it need not exist yet';
  return { level: 'warn', text: `${stateDir}: also used for other things`, remedy };
}

/** What the server cannot use in the state directory: left by a command that ran as another user, such as root. */
function diagnoseOwners(stateDir: string, told: ReadonlySet<string>, folder = stateDir): Finding[] {
  if (lstatOrNull(folder)?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): Finding[] => {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink() || told.has(path)) return [];
    // Files of sources are replaced, not written to; git makes its own read-only.
    const isReplaced = !entry.isDirectory() && isInside(path, join(stateDir, LAYOUT.sources));
    const writing = isReplaced ? 0 : constants.W_OK;
    const needed = constants.R_OK | writing | (entry.isDirectory() ? constants.X_OK : 0);
    const errno = accessErrno(path, needed);
    // Removed meanwhile by a running server.
    if (errno === 'ENOENT') return [];
    if (errno === null) return entry.isDirectory() ? diagnoseOwners(stateDir, told, path) : [];
    const remedy = "give it to the server's user; a command was probably run as another user";
    return [{ level: 'fail', text: `${path}: cannot be used (${errno})`, remedy }];
  });
}
