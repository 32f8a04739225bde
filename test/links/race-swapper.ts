import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ok, type Result } from '../../src/base/refusal.ts';

/** What the swapper did, and what it found changed of its own. */
export interface SwapperReport {
  parents: number;
  modules: number;
  names: number;
  violations: string[];
}

/** How many linkers have to be ready before anything is swapped. */
export const LINKERS = 8;

/**
 * Swaps the parent of the addons directory, module folders, and names in the directory for links to a trap, one after
 * the other, and puts back what it took. An entry it puts into the directory is somebody else's for the linkers: they may
 * have it aside for a moment, but it has to be there again, the very same.
 */
export async function swapAtRandom(folder: string, seconds: string): Promise<Result<SwapperReport>> {
  const report: SwapperReport = { parents: 0, modules: 0, names: 0, violations: [] };
  const names = readdirSync(join(folder, 'src'));
  while (readdirSync(folder).filter((entry) => entry.startsWith('ready-')).length < LINKERS) pause(5);
  const end = performance.now() + Number(seconds) * 1000;
  while (performance.now() < end) {
    const name = names[Math.floor(Math.random() * names.length)] as string;
    const dice = Math.random();
    if (dice < 0.25) {
      swap(join(folder, 'parent'), join(folder, 'away'), join(folder, 'trap'));
      report.parents++;
    } else if (dice < 0.5) {
      swap(join(folder, 'src', name), join(folder, 'away'), join(folder, 'trap/module'));
      report.modules++;
    } else {
      report.violations.push(...intrude(folder, name));
      report.names++;
    }
    pause(Math.random() * 4);
  }
  return ok(report);
}

/** A folder is a link to the trap for a moment. */
function swap(path: string, away: string, trap: string): void {
  renameSync(path, away);
  symlinkSync(trap, path);
  pause(Math.random() * 2);
  unlinkSync(path);
  renameSync(away, path);
}

const KINDS: Record<string, (path: string, trap: string) => void> = {
  link: (path, trap) => symlinkSync(trap, path),
  file: (path) => writeFileSync(path, 'theirs'),
  folder: (path) => {
    mkdirSync(path);
    writeFileSync(join(path, 'file'), 'theirs');
  },
};

/** Puts something of somebody else's in the place of a module, and takes it away again. */
function intrude(folder: string, name: string): string[] {
  const [kind, make] = Object.entries(KINDS)[Math.floor(Math.random() * 3)] as [
    string,
    (typeof KINDS)[string],
  ];
  const intruder = join(folder, 'intruder');
  const path = join(folder, 'parent/linked', name);
  make(intruder, join(folder, 'trap/module'));
  const { ino } = lstatSync(intruder);
  if (!placed(intruder, path)) {
    rmSync(intruder, { recursive: true });
    return [];
  }
  pause(Math.random() * 3);
  const violations = [];
  if (!returns(path, ino)) violations.push(`${kind} ${name} is gone or another`);
  // Where it is aside this very moment, there is nothing to take away yet.
  for (let attempt = 0; attempt < 1000 && !placed(path, intruder); attempt++) pause(5);
  const found = lstatSync(intruder);
  if (found.ino !== ino) violations.push(`${kind} ${name} is another one now`);
  if (kind === 'link' && readlinkSync(intruder) !== join(folder, 'trap/module'))
    violations.push(`${name} re-pointed`);
  if (kind === 'file' && readFileSync(intruder, 'utf8') !== 'theirs') violations.push(`${name} written`);
  if (kind === 'folder' && readdirSync(intruder).join() !== 'file')
    violations.push(`${name} filled or emptied`);
  rmSync(intruder, { recursive: true });
  return violations;
}

/** By a rename, which puts a link or file in the place of a link at one stroke. */
function placed(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch {
    return false;
  }
}

function returns(path: string, ino: number): boolean {
  for (let attempt = 0; attempt < 1000; attempt++) {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) return true;
    pause(5);
  }
  return false;
}

const cell = new Int32Array(new SharedArrayBuffer(4));
function pause(ms: number): void {
  Atomics.wait(cell, 0, 0, ms);
}
