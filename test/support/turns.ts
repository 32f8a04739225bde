import { SLICE, type Turns } from '../../src/base/turns.ts';

/**
 * Turns that are never anybody else's: for tests of what work yields.
 */
export const noTurns: Turns = { spend: () => undefined };

/** Every value of an asynchronous generator. */
export async function all<T>(generator: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of generator) values.push(value);
  return values;
}

/** Counts what work does at one stretch, on a loop of its own: no clock decides when a turn is over. */
export interface CountedTurns {
  readonly turns: Turns;
  /** To be called for each piece of work that is done. */
  readonly work: () => void;
  /** The most pieces between two turns. */
  readonly longest: () => number;
  /** How many turns there were. */
  readonly count: () => number;
}

export function countTurns(): CountedTurns {
  let spent = 0;
  let done = 0;
  let longest = 0;
  let count = 0;
  return {
    turns: {
      spend(units = 1) {
        spent += units;
        if (spent < SLICE.units) return undefined;
        spent = 0;
        return new Promise((resolve) => {
          setImmediate(() => {
            count++;
            done = 0;
            resolve();
          });
        });
      },
    },
    work: () => {
      longest = Math.max(longest, ++done);
    },
    longest: () => longest,
    count: () => count,
  };
}
