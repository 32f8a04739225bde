/**
 * npx tsx test/real/plans.ts TREE SERIES [CORE]: asks the services for the plan of every module of a folder of OCA
 * checkouts, whole as no answer of a tool is, and compares it with what plan.py works out. Then links every module that is
 * accepted, with its dependencies, into an empty addons directory, and asks for the status whether each link is sound. For
 * trying the program on real repositories; not part of the tests.
 *
 * npx tsx test/real/plans.ts --make-core DIR SERIES: writes a folder that stands in for Odoo's own source, to be given
 * as CORE: a small module for each name of Odoo Community in that series.
 *
 * Exits with 1 when a plan differs from plan.py's, or a link that was made is not what the plan says.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import type { Refusal, Result } from '../../src/base/refusal.ts';
import { createContext, setUp } from '../../src/commands/setup.ts';
import type { LinkReport } from '../../src/services/link/link-call.ts';
import { linkModules } from '../../src/services/link/link-modules.ts';
import { linkStatus, type StatusReport } from '../../src/services/status/link-status.ts';

const USAGE = 'usage: plans.ts TREE SERIES [CORE]\n       plans.ts --make-core DIR SERIES';

/** What one side says about a module: one line of plan.py, or the answer in the same words. */
interface Plan {
  readonly module: string;
  readonly plan?: readonly string[];
  readonly satisfied?: Readonly<Record<string, string>>;
  readonly refused?: readonly string[];
}

/** What a link call says. */
type Answer = LinkReport;

/** An instance over the tree. */
interface Program {
  readonly addonsDir: string;
  link(module: string, isDryRun: boolean): Promise<Result<LinkReport>>;
  status(): Promise<StatusReport>;
  close(): void;
}

async function openProgram(tree: string, series: string, core: string | undefined): Promise<Program> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-plans-')));
  const addonsDir = join(scratch, 'linked');
  mkdirSync(addonsDir);
  const roots = { oca: [tree], ...(core === undefined ? {} : { core: [core] }) };
  const instances = { prod: { series, addonsDirs: [addonsDir], roots } };
  const config = join(scratch, 'odoo-link.json');
  writeFileSync(config, JSON.stringify({ instances, stateDir: join(scratch, 'state') }));
  const ready = await setUp({ config });
  if (!ready.ok) throw new Error(ready.refusal.join('\n'));
  const context = createContext(ready.value);
  const defaults = { family: 'oca', argument: 'module', with_dependencies: true, replace: false } as const;
  return {
    addonsDir,
    link: (module, dry_run) => linkModules({ ...defaults, modules: [module], dry_run }, context),
    async status() {
      const status = await linkStatus({}, context);
      if (!status.ok) throw new Error(status.refusal.message);
      return status.value;
    },
    close: () => rmSync(scratch, { recursive: true }),
  };
}

/** What plan.py says, in the order of the names. */
function expectedPlans(tree: string, series: string, core: string | undefined): Plan[] {
  const script = join(import.meta.dirname, 'plan.py');
  const args = [script, tree, series, ...(core === undefined ? [] : ['--core', core])];
  const output = execFileSync('python3', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Plan);
}

/** The answer in the words of plan.py. */
function toPlan(module: string, answer: Result<Answer>): Plan {
  if (!answer.ok) {
    const reasons = (answer.refusal.details?.reasons ?? [answer.refusal]) as readonly Refusal[];
    return { module, refused: [...new Set(reasons.map(({ code }) => code))].sort() };
  }
  const { links, satisfied } = answer.value;
  return {
    module,
    plan: links.map((link) => link.module).sort(),
    satisfied: Object.fromEntries(satisfied.map(({ module: name, by }) => [name, by])),
  };
}

/** How many links stand above one another at most: the length of the longest chain of modules that need the next. */
function depth({ links }: Answer): number {
  const requiredBy = new Map(links.map((link) => [link.module, link.required_by]));
  const known = new Map<string, number>();
  const below = (module: string): number => {
    const cached = known.get(module);
    if (cached !== undefined) return cached;
    const deepest = 1 + Math.max(0, ...(requiredBy.get(module) ?? []).map(below));
    known.set(module, deepest);
    return deepest;
  };
  return Math.max(...links.map((link) => below(link.module)));
}

/** Compares every plan; prints the differences and a summary. Returns the modules accepted, and how many differ. */
async function comparePlans(program: Program, expected: readonly Plan[]) {
  const accepted: Answer[] = [];
  const count = { plans: 0, refused: 0, differences: 0, links: 0 };
  let deepest = { module: 'none', depth: 0, links: 0 };
  for (const wanted of expected) {
    const { module } = wanted;
    const answer = await program.link(module, true);
    const got = toPlan(module, answer);
    if (!isDeepStrictEqual(got, wanted)) {
      count.differences++;
      const message = answer.ok ? '' : `\n  says     ${JSON.stringify(answer.refusal.message)}`;
      print(`${module}:\n  expected ${JSON.stringify(wanted)}\n  got      ${JSON.stringify(got)}${message}`);
    } else if (got.refused !== undefined) count.refused++;
    else count.plans++;
    if (!answer.ok) continue;
    const { status, links } = answer.value;
    if (status !== 'planned') throw new Error(`${module}: a dry run answers ${status}`);
    accepted.push(answer.value);
    count.links += links.length;
    const levels = depth(answer.value);
    if (levels > deepest.depth) deepest = { module, depth: levels, links: links.length };
  }
  print(
    `${expected.length} modules: ${count.plans} plans equal, ${count.refused} refused equal, ` +
      `${count.differences} differences; ${count.links} links planned, ` +
      `deepest ${deepest.module} (${deepest.depth} deep, ${deepest.links} links)`,
  );
  return { accepted, differences: count.differences };
}

/** Links a module with what it needs into the empty addons directory; returns what is not as the dry run said. */
async function linkFaults(program: Program, module: string, plan: Answer): Promise<string[]> {
  const { addonsDir } = program;
  const made = await program.link(module, false);
  if (!made.ok) return [`answers ${made.refusal.message}`];
  const faults: string[] = [];
  if (!isDeepStrictEqual(made.value.links.map(essence), plan.links.map(essence)))
    faults.push('the links are not those of the dry run');
  const names = plan.links.map((link) => link.module).sort();
  const present = readdirSync(addonsDir).sort();
  if (!isDeepStrictEqual(present, names)) faults.push(`the addons directory holds ${present.join(', ')}`);
  for (const { module: name, source } of plan.links) {
    if (!leadsTo(join(addonsDir, name), source)) faults.push(`${name} does not lead to ${source}`);
  }
  return [...faults, ...statusFaults(await program.status(), names)];
}

/** A link without what git says about its repository, for which a busy machine does not wait. */
function essence({ module, source, required_by }: Answer['links'][number]) {
  return { module, source, required_by };
}

function leadsTo(link: string, source: string): boolean {
  const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && existsSync(link) && realpathSync(link) === source;
}

/** What the status says other than that there are these links, each once and sound. */
function statusFaults(status: StatusReport, names: readonly string[]): string[] {
  const faults: string[] = [];
  const seen = status.links.flatMap(({ modules }) => modules).sort();
  if (!isDeepStrictEqual(seen, names)) faults.push(`link_status shows ${seen.join(', ')}`);
  for (const { modules, state } of status.links) {
    if (state !== 'ok') faults.push(`link_status says ${modules.join(', ')}: ${state}`);
  }
  const { ok, ...others } = status.counts;
  if (ok !== names.length || Object.values(others).some((count) => count !== 0))
    faults.push(`link_status counts ${JSON.stringify(status.counts)} for ${names.length} links`);
  return faults;
}

/** Takes the links away again. Anything else in the addons directory is a fault of the program, and stops the run. */
function emptyAddonsDir(addonsDir: string): number {
  const names = readdirSync(addonsDir);
  for (const name of names) {
    const link = join(addonsDir, name);
    if (!lstatSync(link).isSymbolicLink()) throw new Error(`${link} is no symlink`);
    unlinkSync(link);
  }
  return names.length;
}

/** Links every accepted module for real; prints the faults and a summary. Returns how many faults there are. */
async function linkAll(program: Program, accepted: readonly Answer[]): Promise<number> {
  let faults = 0;
  let made = 0;
  for (const plan of accepted) {
    // The module that was asked for is the one nothing in the plan requires.
    const module = plan.links.find((link) => link.required_by.length === 0)?.module as string;
    for (const fault of await linkFaults(program, module, plan)) {
      faults++;
      print(`${module}: ${fault}`);
    }
    made += emptyAddonsDir(program.addonsDir);
  }
  print(
    `${accepted.length} modules linked: ${made} links made, ${accepted.length} statuses checked, ${faults} faults`,
  );
  return faults;
}

/** Writes a source root of Odoo Community as small as can be. */
function makeCore(dir: string, series: string): void {
  const file = join(import.meta.dirname, '../../src/data/core-addons.json');
  const lists = JSON.parse(readFileSync(file, 'utf8')) as {
    series: string[];
    modules: Record<string, string>;
  };
  const at = lists.series.indexOf(series);
  if (at < 0) throw new Error(`the lists know no series ${series}`);
  const names = Object.keys(lists.modules).filter((name) => lists.modules[name]?.[at] === 'c');
  for (const name of names) {
    const folder = join(dir, name === 'base' ? 'odoo/addons' : 'addons', name);
    const depends = name === 'base' ? '[]' : "['base']";
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '__init__.py'), '');
    const manifest = `{'name': '${name}', 'depends': ${depends}, 'license': 'LGPL-3'}\n`;
    writeFileSync(join(folder, '__manifest__.py'), manifest);
  }
  print(`${names.length} modules of Odoo ${series} in ${dir}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function run(tree: string, series: string, core: string | undefined): Promise<void> {
  const expected = expectedPlans(tree, series, core);
  const program = await openProgram(tree, series, core);
  try {
    const { accepted, differences } = await comparePlans(program, expected);
    const faults = await linkAll(program, accepted);
    process.exitCode = differences + faults > 0 ? 1 : 0;
  } finally {
    program.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'make-core': { type: 'string' } },
});
const [first, second, third] = positionals;
const coreDir = values['make-core'];
if (coreDir !== undefined && first !== undefined) makeCore(resolve(coreDir), first);
else if (first !== undefined && second !== undefined) {
  await run(
    realpathSync(resolve(first)),
    second,
    third === undefined ? undefined : realpathSync(resolve(third)),
  );
} else throw new Error(USAGE);
