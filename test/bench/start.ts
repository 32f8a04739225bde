/**
 * (c): how long a client waits for the first answer, from the start of the process. With other versions of Node, built:
 * `npx tsx test/bench/start.ts [NODE...]`, each the path of a `node`; without one, the Node that runs this.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, ms, times } from './figures.ts';

const PAIRS = 41;

const INITIALIZE = `${JSON.stringify({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '0' } },
})}\n`;

export interface StartParts {
  readonly cli: string;
  readonly config: string;
  readonly scratch: string;
  report(what: string, figure: string, target?: string): void;
}

/**
 * Takes the time to the `initialize` answer, and that of a bare Node which answers one line, in turn. Where Node keeps
 * compiled code: without, and with what an earlier start left.
 * @param node The path of a `node`.
 */
export async function benchStart(parts: StartParts, what: string, node = process.execPath): Promise<void> {
  const { cli, config, scratch, report } = parts;
  const bare = join(scratch, 'bare.mjs');
  writeFileSync(
    bare,
    `process.stdin.once('data', () => process.stdout.write('{"jsonrpc":"2.0","id":0,"result":{}}\\n'));\n`,
  );
  const home = join(scratch, 'home');
  mkdirSync(home, { recursive: true });
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const caches = Number(version.slice(1).split('.')[0]) >= 22;
  const variants = (caches ? ['without compiled code', 'with compiled code'] : ['']).map((cache) => {
    // Nothing else of this environment: NODE_EXTRA_CA_CERTS alone makes both sides slower, and the ratio better.
    const off = cache.startsWith('without') && { NODE_DISABLE_COMPILE_CACHE: '1' };
    return { cache, env: { PATH: process.env.PATH as string, HOME: home, ...off }, ours: [], ratios: [] };
  }) as { cache: string; env: Record<string, string>; ours: number[]; ratios: number[] }[];
  const serve = [cli, 'serve', '--config', config];
  // The code is kept when the process ends.
  for (const { env } of variants) execFileSync(node, serve, { input: INITIALIZE, env });
  for (let pair = 0; pair < PAIRS; pair++) {
    for (const { env, ours, ratios } of variants) {
      const base = await timeAnswer(node, [bare], env);
      const time = await timeAnswer(node, serve, env);
      ours.push(time);
      ratios.push(time / base);
    }
  }
  for (const { cache, ours, ratios } of variants) {
    const where = [what, `Node ${version.slice(1)}`, cache].filter((part) => part !== '').join(', ');
    report(
      `(c) spawn to the \`initialize\` answer, ${where}: against a bare Node process that answers one line`,
      `${times(median(ratios))} (${ms(median(ours))})`,
    );
  }
}

function timeAnswer(node: string, args: string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now();
    const child = spawn(node, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    child.stdout.once('data', () => {
      const time = performance.now() - start;
      child.once('close', () => resolve(time));
      child.kill('SIGKILL');
    });
    child.stdin.write(INITIALIZE);
  });
}

/** Alone: a configuration with one instance that has no modules, which does not matter to the start. */
async function main(nodes: readonly string[]): Promise<void> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-start-')));
  try {
    for (const folder of ['oca', 'linked']) mkdirSync(join(scratch, folder));
    const config = join(scratch, 'odoo-link.json');
    const instance = {
      series: '17.0',
      addonsDirs: [join(scratch, 'linked')],
      roots: { oca: [join(scratch, 'oca')] },
    };
    writeFileSync(
      config,
      JSON.stringify({ instances: { prod: instance }, stateDir: join(scratch, 'state') }),
    );
    process.stdout.write(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}\n`);
    const cli = join(import.meta.dirname, '../../dist/cli.js');
    const report = (row: string, figure: string) => void process.stdout.write(`${row}: ${figure}\n`);
    const parts = { cli, config, scratch, report };
    for (const node of nodes) await benchStart(parts, 'with the built-in policy', node);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const [, , ...nodes] = process.argv;
  await main(nodes.length > 0 ? nodes : [process.execPath]);
}
