/**
 * Turns at the event loop. Looking at forty thousand modules takes seconds; done at one stretch it would let nobody else
 * come in: no ping, no cancellation, no other call. So long work is done in slices, and between two of them the loop goes
 * round.
 */
import { Interruption } from './interruption.ts';
import { refuse } from './refusal.ts';

/** How long a slice is: that many units of work, or milliseconds, whichever comes first. */
export const SLICE = { units: 256, ms: 8 } as const;

/** The turns of one call. */
export interface Turns {
  /**
   * Says that work was done; to be awaited.
   * @param units How much: one is a look at a file, a folder or a name.
   * @returns A promise when it is somebody else's turn, which is rejected with an {@link Interruption} when the call is
   *   cancelled. Nothing otherwise: what is not awaited for in a tight loop costs nothing.
   */
  spend(units?: number): Promise<void> | undefined;
}

interface Waiting {
  readonly ticket: number;
  readonly begin: () => void;
}

/** Those that wait for a turn, in the order in which their calls came. */
const waiting: Waiting[] = [];
let tickets = 0;
/** When the slice that is being worked on began; all calls share it, since they share the loop. */
let begun = Number.NEGATIVE_INFINITY;

/**
 * Opens the turns of a call.
 *
 * The call that came first goes on first, so that many calls at once are finished one after another and not all kept in
 * memory half done.
 * @param signal Cancels it.
 * @param now Milliseconds of a clock; tests stop it.
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

/** One slice for each round of the loop, whoever's it is: several would add up. */
function goOn(): void {
  waiting.shift()?.begin();
  if (waiting.length > 0) setImmediate(goOn);
}

/** How many items are sorted at one stretch. */
const RUN = 1024;

/** Sorts a list that may be long; a stable merge sort. */
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
