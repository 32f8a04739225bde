/**
 * npx tsx test/links/race.ts [SECONDS]: eight processes link and unlink overlapping sets of modules in one addons
 * directory, while another one swaps the directory's parent, the module folders and the names in the directory for links
 * to a trap. Prints what they did, and exits with 1 if anything is not as it should be; half a minute by default.
 */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInterrupted, recoverAddonsDir } from '../../src/links/change-addons-dir.ts';
import { entriesOf, openDir, optionsFor } from '../support/batch.ts';
import { buildDriver } from '../support/driver.ts';
import { snapshot } from '../support/snapshot.ts';
import { openWorld } from '../support/world.ts';
import type { LinkerReport } from './race-linker.ts';
import { LINKERS, type SwapperReport } from './race-swapper.ts';

export interface RaceReport {
  readonly linkers: LinkerReport[];
  readonly swapper: SwapperReport;
  /** Everything that is not as it should be. */
  readonly faults: string[];
}

const MODULES = Array.from({ length: 20 }, (_, index) => `m${index}`);
const OTHERS = ['foreign -> /nowhere', 'theirs/ file: theirs', 'theirs.txt: theirs'];

/** Runs the race and looks at what it left. */
export async function race(folder: string, seconds: number): Promise<RaceReport> {
  const world = openWorld(folder);
  const src = world.folder('src');
  for (const name of MODULES) mkdirSync(world.at('src', name));
  world.file('parent/linked/theirs/file', 'theirs');
  world.file('parent/linked/theirs.txt', 'theirs');
  world.link('/nowhere', 'parent/linked/foreign');
  world.file('trap/module/file');
  world.file('trap/linked/m0');
  world.link(world.at('src/m1'), 'trap/linked/m1');
  const trap = snapshot(world.at('trap'));
  const dir = openDir(world.at('parent/linked'));
  const run = await buildDriver(folder);

  const linkers = MODULES.slice(0, LINKERS).map(() => run('link', folder, src, seconds));
  const [swapped, ...linked] = await Promise.all([run('swap', folder, seconds), ...linkers]);
  const answers = [swapped, ...linked].map(({ code, stdout, stderr }) => {
    if (code !== 0) throw new Error(`a process ended with ${code}: ${stdout} ${stderr}`);
    return JSON.parse(stdout).value;
  });
  const [swapper, ...reports] = answers as [SwapperReport, ...LinkerReport[]];

  const faults = swapper.violations.map((violation) => `changed what is not ours: ${violation}`);
  const recovered = await recoverAddonsDir(dir, optionsFor(folder, src));
  if (!recovered.ok) faults.push(`not recovered: ${recovered.refusal.message}`);
  if (isInterrupted(dir, world.at('state'))) faults.push('a journal is left');
  const trapped = snapshot(world.at('trap'));
  faults.push(...trapped.filter((line) => !trap.includes(line)).map((line) => `in the trap: ${line}`));
  faults.push(...trap.filter((line) => !trapped.includes(line)).map((line) => `gone from the trap: ${line}`));
  const allowed = new Set([...OTHERS, ...MODULES.map((name) => `${name} -> ${join(src, name)}`)]);
  const entries = entriesOf(dir.path);
  faults.push(...entries.filter((entry) => !allowed.has(entry)).map((entry) => `unheard of: ${entry}`));
  faults.push(...OTHERS.filter((entry) => !entries.includes(entry)).map((entry) => `gone: ${entry}`));
  const state = readdirSync(world.at('state'), { recursive: true, encoding: 'utf8' });
  faults.push(...state.filter((name) => /aside|journal/.test(name)).map((name) => `left behind: ${name}`));
  return { linkers: reports, swapper, faults };
}

/** The figures of all processes together. */
export function summary({ linkers, swapper, faults }: RaceReport): string {
  const sum = (key: 'transactions' | 'linked' | 'unlinked') =>
    linkers.reduce((total, linker) => total + linker[key], 0);
  const refused: Record<string, number> = {};
  for (const linker of linkers)
    for (const [code, count] of Object.entries(linker.refused)) refused[code] = (refused[code] ?? 0) + count;
  const { parents, modules, names } = swapper;
  return [
    `${linkers.length} processes: ${sum('transactions')} transactions, ${sum('linked')} linked, ${sum('unlinked')} unlinked`,
    `refused ${JSON.stringify(refused)}`,
    `swapped: ${parents} times the parent, ${modules} a module folder, ${names} a name`,
    `${faults.length} faults`,
    ...faults,
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-race-')));
  try {
    const report = await race(scratch, Number(process.argv[2] ?? 30));
    process.stdout.write(`${summary(report)}\n`);
    process.exitCode = report.faults.length > 0 ? 1 : 0;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
