import {
  type Attempt,
  type FileStep,
  JournalProtocol,
  type Steps,
} from '../../src/limiter/stores/journal-protocol.ts';
import type { Demand } from '../../src/limiter/window.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { mostInWindow } from './windows.ts';

/** A generation is sealed as soon as it holds one record more than it began with, or never. */
const SEALING = { atOnce: -512, never: Number.POSITIVE_INFINITY } as const;

/** What a simulated process does, one after the other; `release` gives back its latest admission. */
export type Script = readonly ('reserve' | 'release')[];

/** At a step of the whole run, another process goes on; the one that ran may be killed. */
export interface Switch {
  readonly at: number;
  readonly to: number;
  readonly kill: boolean;
}

/** An admission as its process saw it. The moment it was counted at has to lie between `from` and `to`. */
export interface Seen {
  readonly id: string;
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Processes that share a journal, run one step of one of them at a time. */
export class Interleaving {
  readonly disk = new SimulatedDisk();
  readonly admitted: Seen[] = [];
  readonly released = new Set<string>();
  refused = 0;
  kills = 0;
  now = 1000;
  steps = 0;
  /** What was about to be done before each step of the run; null for the beginning of a call. */
  readonly next: (FileStep | null)[] = [];
  readonly demand: Demand;
  readonly #sealAfter: number;
  readonly #processes: SimulatedProcess[];

  constructor(
    scripts: readonly Script[],
    max: number,
    windowUs: number,
    sealing: keyof typeof SEALING = 'atOnce',
  ) {
    this.#sealAfter = SEALING[sealing];
    this.demand = { key: 'budget'.padEnd(12), max, windowUs, amount: 1, observe: false };
    this.#processes = scripts.map((script, index) => new SimulatedProcess(this, index, script));
  }

  /** Runs everything to its end: process after process, but for the switches. */
  run(switches: readonly Switch[]): void {
    let running = 0;
    for (;;) {
      const due = switches.find(({ at }) => at === this.steps);
      if (due !== undefined) {
        if (due.kill) this.#processes[running]?.kill();
        running = due.to;
      }
      if (this.#processes[running]?.isDone === true) running = this.#processes.findIndex((p) => !p.isDone);
      const process = this.#processes[running];
      if (process === undefined) return;
      this.next.push(process.next);
      process.step();
      this.steps++;
      this.now++;
    }
  }

  newProtocol(): JournalProtocol {
    const stamp = () => ({ boot: 'the boot', at: this.now, wall: 0 });
    return new JournalProtocol(this.disk, stamp, this.#sealAfter);
  }

  /** How a process that starts now stands. */
  remaining(): number {
    const [fit] = finish(this.newProtocol().stand([this.demand]));
    return fit?.remaining as number;
  }

  /** The largest number of lasting admissions that any window holds, by the moments they were counted at. */
  mostInOneWindow(): number {
    const lasting = this.admitted.filter(({ id }) => !this.released.has(id));
    return mostInWindow(
      lasting.map(({ at }) => ({ at, amount: 1 })),
      this.demand.windowUs,
    );
  }
}

class SimulatedProcess {
  readonly #world: Interleaving;
  readonly #name: number;
  readonly #script: ('reserve' | 'release')[];
  readonly #held: string[] = [];
  #protocol: JournalProtocol;
  #doing: { what: string; id: string; from: number; steps: Steps<Attempt | undefined> } | null = null;
  #count = 0;
  next: FileStep | null = null;

  constructor(world: Interleaving, name: number, script: Script) {
    this.#world = world;
    this.#name = name;
    this.#script = [...script];
    this.#protocol = world.newProtocol();
  }

  get isDone(): boolean {
    return this.#doing === null && this.#script.length === 0;
  }

  step(): void {
    this.#doing ??= this.#begin();
    const { what, id, from, steps } = this.#doing;
    const step = steps.next();
    this.next = step.done === true ? null : step.value;
    if (step.done !== true) return;
    this.#doing = null;
    if (what === 'release') return;
    if (step.value?.taken !== true) this.#world.refused++;
    else {
      const at = step.value.written?.at as number;
      this.#world.admitted.push({ id, at, from, to: this.#world.now });
      this.#held.push(id);
    }
  }

  /** Everything in memory is gone; a new process takes up the script. */
  kill(): void {
    if (this.#doing === null) return;
    this.#world.kills++;
    this.#doing = null;
    this.next = null;
    this.#protocol = this.#world.newProtocol();
  }

  #begin() {
    const what = this.#script.shift() as string;
    const held = what === 'release' ? this.#held.pop() : undefined;
    const id = held ?? `${this.#name}-${this.#count++}`.padEnd(8);
    const { demand, now } = this.#world;
    // From here on the call is known to have changed nothing, whether or not it can still say so.
    if (held !== undefined) this.#world.released.add(held);
    const steps: Steps<Attempt | undefined> =
      held === undefined ? this.#protocol.reserve(id, [demand]) : this.#release(id);
    return { what: held === undefined ? 'reserve' : 'release', id, from: now, steps };
  }

  *#release(id: string): Steps<undefined> {
    yield* this.#protocol.release(id, [this.#world.demand.key]);
  }
}

/** Runs steps with nobody in between. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Where runs are interrupted, and how often. */
export interface Interruptions {
  readonly processes: number;
  readonly most: number;
  /** Only before these steps; before any if left out. */
  readonly before?: readonly FileStep[];
  /** Whether the process that is interrupted may also be killed. */
  readonly kill: boolean;
}

/**
 * Every run of some scripts with up to a number of interruptions.
 * @param check Called after each run.
 * @returns How many runs there were.
 */
export function everyInterleaving(
  start: () => Interleaving,
  { processes, most, before, kill }: Interruptions,
  check: (run: Interleaving, switches: readonly Switch[]) => void,
): number {
  let runs = 0;
  const explore = (switches: readonly Switch[]) => {
    const run = start();
    run.run(switches);
    check(run, switches);
    runs++;
    if (switches.length === most) return;
    for (let at = (switches.at(-1)?.at ?? -1) + 1; at < run.steps; at++) {
      if (before !== undefined && !before.includes(run.next[at] as FileStep)) continue;
      for (let to = 0; to < processes; to++) {
        explore([...switches, { at, to, kill: false }]);
        if (kill) explore([...switches, { at, to, kill: true }]);
      }
    }
  };
  explore([]);
  return runs;
}
