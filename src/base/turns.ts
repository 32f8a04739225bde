/**
 * Turns at the event loop. Reading forty thousand modules takes seconds; done without a pause it would block pings,
 * cancellations and other calls. So long work is divided into slices, and the event loop runs between two slices.
 */
import { Interruption } from './interruption.ts';
import { refuse } from './refusal.ts';

/** The length of a slice: this many units of work or milliseconds, whichever comes first. */
export const SLICE = { units: 256, ms: 8 } as const;

export interface Turns {
  /**
   * Counts work that was done. Await the result.
   * @param units The amount of work: inspecting a file, a folder or a name is one unit.
   * @returns A promise if the slice is used up; it rejects with an {@link Interruption} if the call is cancelled.
   *   Otherwise undefined, so that a tight loop can skip the await, which is slow.
   */
  spend(units?: number): Promise<void> | undefined;
}

interface Waiting {
  readonly ticket: number;
  readonly begin: () => void;
}

/** The calls that wait for a turn, in the order in which they began. */
const waiting: Waiting[] = [];
let tickets = 0;
/** When the current slice began, in milliseconds. All calls share it, because they share the loop. */
let begun = Number.NEGATIVE_INFINITY;

/**
 * Creates the turns of a call.
 *
 * The oldest call continues first, so that many simultaneous calls finish one after another instead of all being kept in
 * memory half done.
 * @param signal Cancels the call.
 * @param now A clock in milliseconds, for tests.
 */
export function takeTurns(signal?: AbortSignal, now: () => number = () => performance.now()): Turns {
  const ticket = tickets++;
  let spent = 0;
  const wait = async () => {
    await new Promise<void>((resolve) => queue({ ticket, begin: resolve }));
    begun = now();
    if (signal?.aborted === true) throw new Interruption(CANCELLED);
  };
  return {
    spend(units = 1) {
      spent += units;
      if (spent < SLICE.units && now() - begun < SLICE.ms) return undefined;
      spent = 0;
      return wait();
    },
  };
}

const { refusal: CANCELLED } = refuse('cancelled', 'The call was cancelled; nothing was changed.');

function queue(next: Waiting): void {
  const at = waiting.findIndex(({ ticket }) => ticket > next.ticket);
  waiting.splice(at < 0 ? waiting.length : at, 0, next);
  if (waiting.length === 1) setImmediate(goOn);
}

/** Runs one slice per round of the event loop: several would add up to a long pause. */
function goOn(): void {
  waiting.shift()?.begin();
  if (waiting.length > 0) setImmediate(goOn);
}

/** How many items are sorted without a pause. */
const RUN = 1024;

/** Sorts a long list with pauses; a stable merge sort. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
  turns: Turns,
): Promise<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += RUN) {
    runs.push(items.slice(at, at + RUN).sort(compare));
    await turns.spend(RUN / 16);
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(await merge(runs[at] as T[], runs[at + 1] ?? [], compare, turns));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(a: T[], b: T[], compare: (a: T, b: T) => number, turns: Turns): Promise<T[]> {
  const merged: T[] = [];
  let inB = 0;
  for (const item of a) {
    while (inB < b.length && compare(b[inB] as T, item) < 0) merged.push(b[inB++] as T);
    merged.push(item);
    if (merged.length % RUN < 1) await turns.spend(RUN / 16);
  }
  for (; inB < b.length; inB++) {
    merged.push(b[inB] as T);
    if (merged.length % RUN === 0) await turns.spend(RUN / 16);
  }
  return merged;
}
