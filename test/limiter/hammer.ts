import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { mostInWindow } from './windows.ts';

/** What one process of the hammer is to do. */
export interface HammerTask {
  readonly store: 'journal' | 'postgres';
  /** The journal's folder, or the database's URL. */
  readonly where: string;
  readonly log: string;
  readonly max: number;
  readonly windowMs: number;
  /** How far the wall clock of this process is off. */
  readonly skewMs: number;
  /** By the wall clock. */
  readonly until: number;
}

export interface Hammered {
  readonly admitted: number;
  readonly released: number;
  readonly kills: number;
  readonly unavailable: readonly string[];
  /** The largest number of lasting admissions in any window, by the moments the store says they were counted at. */
  readonly mostInOneWindow: number;
  /** How many of those moments cannot be true: they are later than that of an admission that began afterwards. */
  readonly misdated: number;
}

/**
 * Processes that are killed, stopped for a while and started again at random, all on one budget: for so long, and on a
 * slow machine until enough has happened to prove something.
 */
export async function hammer(
  folder: string,
  task: Pick<HammerTask, 'store' | 'where' | 'max' | 'windowMs'>,
  { processes, seconds, skewsMs }: { processes: number; seconds: number; skewsMs: readonly number[] },
): Promise<Hammered> {
  const program = join(folder, 'hammer-child.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'hammer-child.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
  });
  const until = Date.now() + seconds * 1000;
  const provesSomething = () => kills > 3 && countAdmitted(folder) > 3 * task.max;
  let started = 0;
  let kills = 0;
  const start = (place: number): ChildProcess => {
    const log = join(folder, `${started++}.log`);
    const own: HammerTask = {
      ...task,
      log,
      until: until + MOST_MS,
      skewMs: skewsMs[place % skewsMs.length] as number,
    };
    return spawn(process.execPath, [program, JSON.stringify(own)], { stdio: 'inherit' });
  };
  const running = Array.from({ length: processes }, (_, place) => start(place));
  while (Date.now() < until || (!provesSomething() && Date.now() < until + MOST_MS)) {
    await pause(50 + Math.random() * 150);
    const place = Math.floor(Math.random() * processes);
    const victim = running[place] as ChildProcess;
    if (Math.random() < 0.3) {
      // Long enough to be overtaken in whatever it was doing.
      victim.kill('SIGSTOP');
      await pause(Math.random() * 3 * task.windowMs);
      victim.kill('SIGCONT');
    } else {
      victim.kill('SIGKILL');
      kills++;
      running[place] = start(place);
    }
  }
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map(ended));
  return { ...judgeLogs(folder, task), kills };
}

/** How much longer it may take. */
const MOST_MS = 400_000;

function countAdmitted(folder: string): number {
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  return logs.reduce(
    (sum, name) => sum + readFileSync(join(folder, name), 'utf8').split('admitted ').length - 1,
    0,
  );
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** Counts admissions in every window, knowing nothing but what the processes wrote down. */
function judgeLogs(folder: string, { windowMs }: { windowMs: number }): Omit<Hammered, 'kills'> {
  const admitted = new Map<string, { at: number; before: number; after: number }>();
  const released = new Set<string>();
  const unavailable: string[] = [];
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
    for (const line of readFileSync(join(folder, name), 'utf8').split('\n')) {
      const [what, id, at, before, after] = line.split(' ');
      if (what === 'released') released.add(id as string);
      else if (what === 'admitted')
        admitted.set(id as string, { at: Number(at), before: Number(before), after: Number(after) });
      else if (line !== '') unavailable.push(line);
    }
  }
  const lasting = [...admitted].filter(([id]) => !released.has(id)).map(([, { at }]) => ({ at, amount: 1 }));
  return {
    admitted: admitted.size,
    released: released.size,
    unavailable,
    mostInOneWindow: mostInWindow(lasting, windowMs * 1000),
    misdated: countMisdated([...admitted.values()]),
  };
}

/** How many were over, for the processes, before one began that is said to have been counted earlier. */
function countMisdated(admitted: readonly { at: number; before: number; after: number }[]): number {
  let latestBefore = 0;
  let misdated = 0;
  for (const { before, after } of admitted.toSorted((a, b) => a.at - b.at || a.before - b.before)) {
    if (after < latestBefore) misdated++;
    latestBefore = Math.max(latestBefore, before);
  }
  return misdated;
}
