/**
 * npx tsx test/bench/audit.ts [CALLS]: what the audit trail adds to a call, the decision and the outcome each, for one
 * process and for eight that write at once; as it is, and without waiting for the disk, so that the cost of the fsync of
 * the decision can be told from the rest. A bare write and fsync to the same folder stands beside it, because disks
 * differ.
 */
import { execFile } from 'node:child_process';
import { closeSync, fsyncSync, mkdtempSync, openSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { verifyTrail } from '../../src/audit/verify.ts';
import { buildDriver } from '../support/driver.ts';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-audit-bench-')));
const calls = Number(process.argv[2] ?? 1000);

function quantile(values: readonly number[], at: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  const value = (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] as number) / 1000;
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}

const row = (...cells: (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
const figures = (micros: readonly number[]) => `${quantile(micros, 0.5)}, ${quantile(micros, 0.99)}`;

/** What the disk itself costs. */
function bareFsync(): string {
  const fd = openSync(join(scratch, 'bare'), 'a');
  const line = Buffer.alloc(700, 'x');
  const times = Array.from({ length: 300 }, () => {
    const start = performance.now();
    writeSync(fd, line);
    fsyncSync(fd);
    return 1000 * (performance.now() - start);
  });
  closeSync(fd);
  return figures(times);
}

async function measure(processes: number, sync: 'yes' | 'no'): Promise<void> {
  const stateDir = join(scratch, `state-${processes}-${sync}`);
  const each = Math.ceil(calls / processes);
  const args = [join(scratch, 'driver.mjs'), 'measure', stateDir, String(each), sync];
  const start = performance.now();
  const ended = await Promise.all(
    Array.from({ length: processes }, () => promisify(execFile)(process.execPath, args)),
  );
  const seconds = (performance.now() - start) / 1000;
  const times = ended.flatMap(({ stdout }) => JSON.parse(stdout) as number[]);
  const decisions = times.filter((_, index) => index % 2 === 0);
  const outcomes = times.filter((_, index) => index % 2 === 1);
  const verified = verifyTrail(stateDir);
  if (!verified.ok || !verified.value.isSound) throw new Error('the trail is broken');
  const rate = `${Math.round((processes * each) / seconds)}`;
  row(processes, sync === 'yes' ? 'with' : 'without', rate, figures(decisions), figures(outcomes));
}

try {
  await buildDriver(scratch, 'audit/driver.ts');
  process.stdout.write(`Node ${process.version}, ${cpus().length} cores, ${calls} calls; `);
  process.stdout.write(`a bare write and fsync (median, p99): ${bareFsync()}\n\n`);
  row(
    'processes',
    'fsync',
    'calls a second, start included',
    'decision: median, p99',
    'outcome: median, p99',
  );
  row('---', '---', '---', '---', '---');
  for (const processes of [1, 8]) {
    await measure(processes, 'yes');
    await measure(processes, 'no');
  }
  const start = performance.now();
  const verified = verifyTrail(join(scratch, 'state-1-yes'));
  const lines = verified.ok ? verified.value.lines : 0;
  process.stdout.write(
    `\n${Math.round(lines / ((performance.now() - start) / 1000))} lines verified a second\n`,
  );
} finally {
  rmSync(scratch, { recursive: true });
}
