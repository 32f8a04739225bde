/**
 * .ci/clients: the same jobs through every client that can be had, in each way to speak that it has. Prints a table, and fails
 * for each job that did not pass. A client that cannot be brought here is told by name, and a failure only where CI is set.
 *
 * Its argument is a folder for what the package managers bring.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const JOBS = {
  connect: /^connects/,
  list: /^lists/,
  link: /^links/,
  refusal: /^is refused/,
  elicitation: /^asks its user/,
  resource: /^reads a resource/,
  completion: /^completes/,
  progress: /^is told how far/,
  cancellation: /^cancels/,
  policy_change: /^is told when another policy/,
};
type Job = keyof typeof JOBS;
const NAMES = Object.keys(JOBS) as Job[];

/** A client in one way to speak, and what became of each job. */
interface Row {
  readonly client: string;
  readonly mode: string;
  readonly results: ReadonlyMap<string, string>;
}

const folder = resolve(process.argv[2] as string);
const root = join(import.meta.dirname, '../..');
const serve = [process.execPath, join(root, 'dist/cli.js'), 'serve'];
const jobs = join(import.meta.dirname, 'jobs.py');
const problems: string[] = [];
const missing: string[] = [];

/** Runs a command to its end; what it says is its output, or the error's with what it said at last. */
function run(command: string, args: readonly string[], cwd = folder, env: NodeJS.ProcessEnv = process.env) {
  return new Promise<{ error: string | null; out: string }>((done) =>
    execFile(command, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      done({ error: error === null ? null : `${error.message}\n${out}${err}`.trim().slice(-1500), out }),
    ),
  );
}

/** Brings a client; false if it cannot be had. */
async function bring(client: string, ...commands: [string, ...string[]][]): Promise<boolean> {
  for (const [command, ...args] of commands) {
    const { error } = await run(command, args, join(folder, 'go'));
    if (error === null) continue;
    missing.push(`${client} could not be brought: ${error}`);
    return false;
  }
  return true;
}

async function tryOut(client: string, mode: string, [command, ...args]: readonly string[]): Promise<Row> {
  const { error, out } = await run(command as string, args, folder, { ...process.env, HOME: folder });
  const lines = out.split('\n').filter((line) => line.startsWith('{'));
  const results = new Map(lines.map((line) => JSON.parse(line)).map(({ job, result }) => [job, result]));
  if (error !== null) problems.push(`${client}, ${mode}: ${error}`);
  return { client, mode, results };
}

async function tryPython(kind: string, version: string, modes: readonly string[]): Promise<Row[]> {
  const client = `${kind} ${version}`;
  const place = join(folder, client.replace(' ', '-'));
  const python = join(place, 'bin/python');
  const install = [python, '-m', 'pip', 'install', '--quiet', `${kind}==${version}`] as const;
  if (!(await bring(client, ['python3', '-m', 'venv', place], [...install]))) return [];
  const rows: Row[] = [];
  for (const mode of modes) rows.push(await tryOut(client, mode, [python, jobs, kind, mode, ...serve]));
  return rows;
}

async function tryGo(modes: readonly string[]): Promise<Row[]> {
  const [, version] = /go-sdk v(\S+)/.exec(readFileSync(join(folder, 'go/go.mod'), 'utf8')) ?? [];
  const client = `Go SDK ${version}`;
  const program = join(folder, 'go/jobs');
  if (!(await bring(client, ['go', 'build', '-o', program, '.']))) return [];
  const rows: Row[] = [];
  for (const mode of modes) {
    const world = join(folder, `go-${mode}`);
    mkdirSync(world);
    await run('python3', [jobs, 'world', world]);
    const start = [...serve, '--config', join(world, 'odoo-link.json')];
    rows.push(await tryOut(client, mode, [program, mode, world, ...start]));
  }
  return rows;
}

/** The clients that the tests have already: SDK 1 and SDK 2 for TypeScript. */
async function tryTests(): Promise<Row[]> {
  const report = join(folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  await run(
    process.execPath,
    [vitest, 'run', 'test/e2e/eras.test.ts', '--reporter=json', `--outputFile=${report}`],
    root,
  );
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const rows = new Map<string, Map<string, string>>();
  for (const { ancestorTitles, title, status, failureMessages } of testResults[0].assertionResults) {
    const job = NAMES.find((name) => JOBS[name].test(title));
    const [client] = ancestorTitles;
    if (job === undefined || !client.startsWith('SDK')) continue;
    const results = rows.get(client) ?? new Map();
    rows.set(client, results);
    if (status !== 'passed') results.set(job, failureMessages.join(' '));
    else if (!results.has(job)) results.set(job, 'pass');
  }
  return [...rows].map(([name, results]) => {
    const [client = '', mode = ''] = name.split(', ');
    const modes: Record<string, string> = { '': 'legacy', 'which asks': 'auto', pinned: '2026-07-28' };
    return { client: `TypeScript ${client}`, mode: modes[mode] ?? mode, results };
  });
}

const MODES = ['legacy', 'auto', '2026-07-28'];
cpSync(join(import.meta.dirname, 'go'), join(folder, 'go'), { recursive: true });
const rows = [
  ...(await tryTests()),
  ...(await tryPython('mcp', '1.30.0', ['legacy'])),
  ...(await tryPython('mcp', '2.3.0', MODES)),
  ...(await tryPython('fastmcp', '4.2.3', MODES)),
  ...(await tryGo(['legacy', 'auto'])),
];
console.log(`| client | speaks | ${NAMES.join(' | ')} |`);
console.log(`| --- | --- |${' --- |'.repeat(NAMES.length)}`);
for (const { client, mode, results } of rows) {
  const cells = NAMES.map((name) => (results.get(name) === 'pass' ? 'pass' : 'FAIL'));
  console.log(`| ${client} | ${mode} | ${cells.join(' | ')} |`);
  for (const name of NAMES) {
    const result = results.get(name) ?? 'it was not done';
    if (result !== 'pass') problems.push(`${client}, ${mode}: ${name}: ${result}`);
  }
}
for (const line of [...missing, ...problems]) console.error(line);
process.exitCode = problems.length > 0 || (missing.length > 0 && process.env.CI !== undefined) ? 1 : 0;
