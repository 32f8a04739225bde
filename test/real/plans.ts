/**
 * npx tsx test/real/plans.ts TREE SERIES [CORE]: asks the built server, over stdio, for the plan of every module of a
 * folder of OCA checkouts, and compares it with what plan.py works out. Then links every module that is accepted, with
 * its dependencies, into an empty addons directory, and asks `link_status` whether each link is sound. For trying the
 * program on real repositories; not part of the tests. ODOO_LINK_CLI names another cli.js than the one in dist.
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
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const USAGE = 'usage: plans.ts TREE SERIES [CORE]\n       plans.ts --make-core DIR SERIES';

/** What one side says about a module: one line of plan.py, or the server's answer in the same words. */
interface Plan {
  readonly module: string;
  readonly plan?: readonly string[];
  readonly satisfied?: Readonly<Record<string, string>>;
  readonly refused?: readonly string[];
}

/** The part of a link call's result that is looked at. */
interface Answer {
  readonly status: string;
  readonly code?: string;
  readonly message?: string;
  readonly details?: { readonly reasons?: readonly { readonly code: string }[] };
  readonly links: readonly {
    readonly module: string;
    readonly source: string;
    readonly required_by: readonly string[];
  }[];
  readonly satisfied: readonly { readonly module: string; readonly by: string }[];
}

/** The part of the result of `link_status` that is looked at. */
interface Status {
  readonly links: readonly { readonly module: string; readonly state: string }[];
  readonly counts: Readonly<Record<string, number>>;
}

/** A running server with one instance over the tree, which allows everything without limits. */
interface Server {
  readonly addonsDir: string;
  call<T>(tool: string, args: Record<string, unknown>): Promise<T>;
  close(): Promise<void>;
}

async function startServer(tree: string, series: string, core: string | undefined): Promise<Server> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-plans-')));
  const addonsDir = join(scratch, 'linked');
  mkdirSync(addonsDir);
  const roots = { oca: [tree], ...(core === undefined ? {} : { core: [core] }) };
  const instances = { prod: { series, addonsDirs: [addonsDir], roots } };
  const policy = { version: '1', default: 'allow' };
  const config = join(scratch, 'odoo-link.json');
  writeFileSync(config, JSON.stringify({ instances, policy, stateDir: join(scratch, 'state') }));
  const cli = resolve(process.env.ODOO_LINK_CLI ?? join(import.meta.dirname, '../../dist/cli.js'));
  const client = new Client({ name: 'plans', version: '0' });
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [cli, 'serve', '--config', config] }),
  );
  // From here on the client validates every answer against the tool's output schema.
  await client.listTools();
  return {
    addonsDir,
    async call<T>(name: string, args: Record<string, unknown>) {
      const { structuredContent, content } = await client.callTool({ name, arguments: args });
      if (structuredContent === undefined) throw new Error(`${name}: ${JSON.stringify(content)}`);
      return structuredContent as T;
    },
    async close() {
      await client.close();
      rmSync(scratch, { recursive: true });
    },
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

/** The server's answer in the words of plan.py. */
function toPlan(module: string, answer: Answer): Plan {
  if (answer.status === 'refused') {
    const codes = answer.details?.reasons?.map(({ code }) => code) ?? [answer.code as string];
    return { module, refused: [...new Set(codes)].sort() };
  }
  return {
    module,
    plan: answer.links.map((link) => link.module).sort(),
    satisfied: Object.fromEntries(answer.satisfied.map(({ module: name, by }) => [name, by])),
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
async function comparePlans(server: Server, expected: readonly Plan[]) {
  const accepted: Answer[] = [];
  const count = { plans: 0, refused: 0, differences: 0, links: 0 };
  let deepest = { module: 'none', depth: 0, links: 0 };
  for (const wanted of expected) {
    const { module } = wanted;
    const answer = await server.call<Answer>('oca_link', { module, dry_run: true });
    const got = toPlan(module, answer);
    if (!isDeepStrictEqual(got, wanted)) {
      count.differences++;
      const message = answer.message === undefined ? '' : `\n  says     ${JSON.stringify(answer.message)}`;
      print(`${module}:\n  expected ${JSON.stringify(wanted)}\n  got      ${JSON.stringify(got)}${message}`);
    } else if (got.refused !== undefined) count.refused++;
    else count.plans++;
    if (answer.status === 'refused') continue;
    if (answer.status !== 'planned') throw new Error(`${module}: a dry run answers ${answer.status}`);
    accepted.push(answer);
    count.links += answer.links.length;
    const levels = depth(answer);
    if (levels > deepest.depth) deepest = { module, depth: levels, links: answer.links.length };
  }
  print(
    `${expected.length} modules: ${count.plans} plans equal, ${count.refused} refused equal, ` +
      `${count.differences} differences; ${count.links} links planned, ` +
      `deepest ${deepest.module} (${deepest.depth} deep, ${deepest.links} links)`,
  );
  return { accepted, differences: count.differences };
}

/** Links a module with what it needs into the empty addons directory; returns what is not as the dry run said. */
async function linkFaults({ addonsDir, call }: Server, module: string, plan: Answer): Promise<string[]> {
  const made = await call<Answer>('oca_link', { module });
  if (made.status !== 'linked') return [`answers ${made.status}: ${made.message ?? ''}`];
  const faults: string[] = [];
  if (!isDeepStrictEqual(made.links.map(essence), plan.links.map(essence)))
    faults.push('the links are not those of the dry run');
  const names = plan.links.map((link) => link.module).sort();
  const present = readdirSync(addonsDir).sort();
  if (!isDeepStrictEqual(present, names)) faults.push(`the addons directory holds ${present.join(', ')}`);
  for (const { module: name, source } of plan.links) {
    if (!leadsTo(join(addonsDir, name), source)) faults.push(`${name} does not lead to ${source}`);
  }
  return [...faults, ...statusFaults(await call<Status>('link_status', {}), names)];
}

/** A link without what git says about its repository, for which a busy machine does not wait. */
function essence({ module, source, required_by }: Answer['links'][number]) {
  return { module, source, required_by };
}

function leadsTo(link: string, source: string): boolean {
  const isLink = lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink && existsSync(link) && realpathSync(link) === source;
}

/** What `link_status` says other than that there are these links, each once and sound. */
function statusFaults(status: Status, names: readonly string[]): string[] {
  const faults: string[] = [];
  const seen = status.links.map((link) => link.module).sort();
  if (!isDeepStrictEqual(seen, names)) faults.push(`link_status shows ${seen.join(', ')}`);
  for (const { module, state } of status.links) {
    if (state !== 'ok') faults.push(`link_status says ${module} is ${state}`);
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
async function linkAll(server: Server, accepted: readonly Answer[]): Promise<number> {
  let faults = 0;
  let made = 0;
  for (const plan of accepted) {
    // The module that was asked for is the one nothing in the plan requires.
    const module = plan.links.find((link) => link.required_by.length === 0)?.module as string;
    for (const fault of await linkFaults(server, module, plan)) {
      faults++;
      print(`${module}: ${fault}`);
    }
    made += emptyAddonsDir(server.addonsDir);
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
  const server = await startServer(tree, series, core);
  try {
    const { accepted, differences } = await comparePlans(server, expected);
    const faults = await linkAll(server, accepted);
    process.exitCode = differences + faults > 0 ? 1 : 0;
  } finally {
    await server.close();
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
