/** Limits how many refusals are logged one by one, so that repeated refusals cannot fill the disk. */
export interface RefusalMeter {
  /** Whether the current refusal gets its own line; otherwise it is counted. */
  admits(): boolean;
  /** Returns the number of refusals counted since the last call, and resets it. */
  takeOmitted(): number;
  /** Adds back a number that {@link takeOmitted} returned but that could not be written. */
  giveBack(refusals: number): void;
}

/** Refusals per minute that are logged one by one; of the rest only the number is logged. */
const MOST = 60;
const MINUTE_MS = 60_000;

/** @param monotonic A monotonic clock in milliseconds. */
export function createRefusalMeter(monotonic: () => number): RefusalMeter {
  let begun = Number.NEGATIVE_INFINITY;
  let admitted = 0;
  let omitted = 0;
  return {
    admits() {
      const now = monotonic();
      if (now - begun >= MINUTE_MS) {
        begun = now;
        admitted = 0;
      }
      const fits = admitted < MOST;
      if (fits) admitted++;
      else omitted++;
      return fits;
    },
    takeOmitted() {
      const taken = omitted;
      omitted = 0;
      return taken;
    },
    giveBack(refusals) {
      omitted += refusals;
    },
  };
}
