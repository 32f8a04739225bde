import { basename, dirname, join } from 'node:path';
import { type Assessment, assessModule } from '../addons/assess.ts';
import { coreLists } from '../addons/core-lists.ts';
import { repositoriesOf } from '../addons/discover.ts';
import { isEnterpriseCode } from '../addons/enterprise-code.ts';
import { foldersIn, hasManifest } from '../addons/module-folders.ts';
import { isOdooCheckout, odooFolders } from '../addons/odoo-folders.ts';
import { describeFault, faultOf, type RootFault } from '../addons/root-faults.ts';
import { type Root, toolsOf } from '../addons/roots.ts';
import { readSeriesOfCheckouts } from '../addons/series-of-checkout.ts';
import { findStrays } from '../addons/strays.ts';
import { describeErrno, lstatOrNull } from '../base/paths.ts';
import { counted, quoted } from '../base/text.ts';
import type { Turns } from '../base/turns.ts';
import type { CatalogEntry } from '../catalog/catalog.ts';
import type { Instance } from '../config/instance.ts';
import { isSince, SERIES, type Series } from '../manifest/series.ts';
import { isOtherSeries } from '../sources/branch-series.ts';
import { odooRelease } from '../sources/odoo-release.ts';
import { checkoutOf, type Provenance, type ReadProvenance } from '../sources/provenance.ts';
import { diagnoseSight } from './diagnose-seen.ts';
import { asRemedy, type Finding } from './finding.ts';

interface AssessedModule extends CatalogEntry {
  readonly assessment: Assessment;
}

/** A root, and what is known when it is examined. */
interface Examined {
  readonly root: Root;
  readonly series: Series;
  /** The modules that its repositories list. */
  readonly modules: readonly AssessedModule[];
  readonly look: ReadProvenance;
  readonly turns: Turns;
}

/**
 * Checks a root: whether it can be read, contains modules of its family and series, and contains others that are not found.
 * @param catalog All modules of the instance.
 */
export async function diagnoseRoot(
  root: Root,
  { series, roots, paths }: Instance,
  catalog: readonly CatalogEntry[],
  look: ReadProvenance,
  turns: Turns,
): Promise<Finding[]> {
  const fault = faultOf(root);
  if (fault !== null) return [faultFinding(root, fault)];
  const listed = catalog.filter(({ repository }) => repository.root.path === root.path);
  if (root.family === 'core') return diagnoseCore(root, roots, series, listed.length);
  const other = findOtherSeries(root, series, catalog);
  if (other !== null) return [describeOtherSeries(root, other, listed, series)];
  const modules = listed.map((module) => ({ ...module, assessment: assessModule(module) }));
  const examined: Examined = { root, series, modules, look, turns };
  const elsewhere = await findElsewhere(examined);
  return [
    describeRoot(examined, elsewhere.length > 0),
    ...diagnoseSight(root, titleOf(root), paths),
    ...elsewhere,
    ...(await findOtherFamilies(examined)),
    ...(await diagnoseCheckouts(examined)),
  ];
}

function faultFinding(root: Root, fault: RootFault): Finding {
  const { message, hint } = describeFault(root, fault);
  const text = message.replace(/^The root/, root.family).replace(/\.$/, '');
  return { level: fault === 'empty' ? 'warn' : 'fail', text, remedy: asRemedy(hint) };
}

/** Checks a root of Odoo's own modules, which may be only one of several. */
function diagnoseCore(root: Root, roots: readonly Root[], series: Series, count: number): Finding[] {
  const { inPackage } = odooFolders(root.path);
  const about = `${titleOf(root)}: ${counted(count, 'module')}`;
  const [first] = inPackage;
  const release = first === undefined ? null : odooRelease(dirname(first));
  if (release !== null && release !== series) {
    const remedy = `check out the branch ${series} there, or configure another folder`;
    return [{ level: 'fail', text: `${about}, of Odoo ${release}, not ${series}`, remedy }];
  }
  const folders = roots
    .filter(({ family }) => family === 'core')
    .flatMap(({ path }) => Object.values(odooFolders(path)).flat());
  const missing = ['base', 'web'].filter((name) => !folders.some((at) => hasManifest(join(at, name))));
  if (missing.length === 0) return [{ level: 'ok', text: about }];
  const around = [dirname(root.path), dirname(dirname(root.path))].find(isOdooCheckout);
  const remedy =
    around === undefined
      ? 'name a checkout of Odoo, the folder that contains the package odoo, or the package itself'
      : `name ${around} instead`;
  const lacks = `it lacks ${missing.join(' and ')}, so it is not Odoo, or only a part of it`;
  return [{ level: 'fail', text: `${about}: ${lacks}`, remedy }];
}

/** The series that all checkouts of a root are for, if that is another and other roots have the modules of the instance. */
function findOtherSeries(root: Root, series: Series, catalog: readonly CatalogEntry[]): string | null {
  const seriesOf = readSeriesOfCheckouts();
  const found = new Set<string | null>();
  let isElsewhere = false;
  for (const { path, repository } of catalog) {
    if (toolsOf(repository.root.family) !== toolsOf(root.family)) continue;
    const made = seriesOf({ path, root: repository.root });
    if (repository.root.path === root.path) found.add(made);
    else isElsewhere ||= made === null || made === series;
  }
  const [only = null, ...others] = found;
  return isElsewhere && others.length === 0 && only !== series ? only : null;
}

function describeOtherSeries(
  root: Root,
  other: string,
  listed: readonly CatalogEntry[],
  series: Series,
): Finding {
  const later = SERIES.find((one) => one === other);
  const use =
    later !== undefined && isSince(later, series) ? `, and \`migrate --to ${other}\` looks among them` : '';
  const count = counted(listed.length, 'module');
  const text = `${titleOf(root)}: ${count}, on branches for Odoo ${other}: none is linked for ${series}${use}`;
  return { level: 'ok', text };
}

function titleOf({ family, path, because }: Root): string {
  return `${family} ${path}${because === undefined ? '' : ` (sorted: ${because})`}`;
}

function describeRoot({ root, series, modules }: Examined, isExplained: boolean): Finding {
  const names = new Set(modules.map(({ repository }) => repository.name));
  const text = `${titleOf(root)}: ${counted(modules.length, 'module')}, ${counted(names.size, 'repository', 'repositories')}`;
  const refused = modules.filter(({ assessment }) => assessment.refusals.length > 0).length;
  if (modules.length === 0) {
    const remedy = 'check out a repository there, or configure another folder';
    return { level: 'warn', text, ...(!isExplained && { remedy }) };
  }
  if (refused === 0) return { level: 'ok', text };
  const check = `odoo-link-mcp check ${root.path} --series ${series}`;
  if (2 * refused <= modules.length)
    return { level: 'ok', text: `${text}, ${refused} would be refused (${check} says why)` };
  const said = `${text}, ${refused} would be refused`;
  const remedy = `run ${check} to see why`;
  return { level: 'fail', text: said, remedy };
}

/** Modules in the root that are not found, and folders that cannot be read. */
async function findElsewhere({ root, turns }: Examined): Promise<Finding[]> {
  const setting = `roots.${root.family}`;
  if (hasManifest(root.path)) {
    const remedy = `name the folder that contains it under ${setting}`;
    return [{ level: 'fail', text: `${root.path} is a module itself`, remedy }];
  }
  const { modules, unreadable } = await findStrays([root], await repositoriesOf(root, turns), turns);
  const findings: Finding[] = [];
  const folders = new Map<string, string[]>();
  for (const { path } of modules) addTo(folders, dirname(path), basename(path));
  for (const [folder, names] of folders) {
    const isImportable = names.some((name) => /^\w+$/.test(name));
    const text = isImportable
      ? `${folder} contains ${counted(names.length, 'module')} (${shortList(names)}), but is too deep to be searched`
      : `${folder} contains modules that cannot be imported under their names: ${shortList(names)}`;
    const remedy = isImportable ? `add it to ${setting}` : 'rename their folders to the names of the modules';
    findings.push({ level: 'warn', text, remedy });
  }
  const [denied] = unreadable;
  if (denied !== undefined) {
    const text = `${shortList(unreadable.map(({ path }) => path))} ${describeErrno(denied.errno)}`;
    findings.push({ level: 'fail', text, remedy: "give the server's user permission to read it" });
  }
  return fold(findings);
}

/** Code that belongs to another family than the root's. */
async function findOtherFamilies({ root, series, modules, turns }: Examined): Promise<Finding[]> {
  const findings: Finding[] = [];
  const odoo = [root.path];
  for (const { name } of await foldersIn(root.path, turns)) odoo.push(join(root.path, name));
  for (const path of odoo.filter(isOdooCheckout)) {
    const remedy = 'name it under roots.core, or list the folder around it under roots.auto';
    findings.push({ level: 'warn', text: `${path} is Odoo itself: its modules are left out`, remedy });
  }
  const lists = await coreLists(series);
  const misplaced = new Map<string, string[]>();
  for (const module of modules) {
    await turns.spend();
    const license = module.assessment.judgement?.fields?.license;
    const isEnterprise = isEnterpriseCode(
      { name: module.name, repositories: [module.repository], license },
      lists,
    );
    const isWrong = root.family === 'ee' ? license === 'AGPL-3' : isEnterprise;
    if (isWrong) addTo(misplaced, module.repository.path, module.name);
  }
  for (const [path, names] of misplaced) {
    const [what, where] =
      root.family === 'ee'
        ? ['under AGPL-3, which Odoo Enterprise has none of', 'roots.oca or roots.own']
        : ['of Odoo Enterprise, which oca_link does not link', 'roots.ee'];
    const text = `${path} contains ${counted(names.length, 'module')} ${what}: ${shortList(names)}`;
    findings.push({ level: 'warn', text, remedy: `name the repository under ${where}` });
  }
  return findings;
}

/** Checks the git checkouts of a root; repositories with the same finding share a line. */
async function diagnoseCheckouts({ root, series, modules, look }: Examined): Promise<Finding[]> {
  const checkouts = new Map<string, string>();
  for (const { path, name, repository } of modules) {
    const checkout = checkoutOf(path);
    checkouts.set(checkout, checkout === path ? name : repository.name);
  }
  const findings = await Promise.all(
    [...checkouts].map(async ([path, name]) => {
      const [provenance = null] = await look([{ path, root: root.path }]);
      return { name, finding: diagnoseCheckout(path, provenance, series) };
    }),
  );
  const names = new Map<string, { finding: Finding; names: string[] }>();
  for (const { name, finding } of findings) {
    if (finding === null) continue;
    const same = names.get(finding.text) ?? { finding, names: [] };
    if (!same.names.includes(name)) same.names.push(name);
    names.set(finding.text, same);
  }
  return [...names.values()].map((same) => {
    const { finding } = same;
    const count =
      same.names.length > MOST_SHOWN ? `${counted(same.names.length, 'repository', 'repositories')}, ` : '';
    const named = shortList(same.names.map((name) => quoted(name)));
    return { ...finding, text: `${count}${named}: ${finding.text}` };
  });
}

function diagnoseCheckout(path: string, provenance: Provenance | null, series: Series): Finding | null {
  if (isOtherSeries(provenance, series)) {
    const text = `on branch ${quoted(provenance?.branch ?? '')}, so the modules are refused as wrong_series`;
    return { level: 'warn', text, remedy: `check out the branch ${series}` };
  }
  if (provenance?.dirty) return { level: 'warn', text: 'with local changes' };
  if (provenance?.timedOut !== undefined) {
    const text = `git timed out after ${provenance.timedOut / 1000} s, so local changes are not known`;
    return {
      level: 'warn',
      text,
      remedy: 'links can be made; run doctor again when the machine is less busy',
    };
  }
  if (provenance !== null || lstatOrNull(join(path, '.git')) === null) return null;
  const text =
    'branch and commit are unknown, because .git cannot be read or leads outside the root to a folder that does not point back';
  return { level: 'warn', text, remedy: 'clone it into the root, or link it with "git worktree add"' };
}

function addTo(groups: Map<string, string[]>, key: string, name: string): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [name]);
  else group.push(name);
}

/** How many names or findings of one kind are shown. */
const MOST_SHOWN = 5;

function shortList(names: readonly string[]): string {
  const more = names.length - MOST_SHOWN;
  return more > 0 ? `${names.slice(0, MOST_SHOWN).join(', ')} and ${more} more` : names.join(', ');
}

function fold(findings: readonly Finding[]): Finding[] {
  const more = findings.length - MOST_SHOWN;
  if (more <= 0) return [...findings];
  return [...findings.slice(0, MOST_SHOWN), { level: 'warn', text: `and ${more} more folders like these` }];
}
