/** Which refusals get a line of their own, so that a caller who is refused over and over cannot fill the disk. */
export interface RefusalMeter {
  /** Whether the refusal at hand gets a line; one that does not is counted. */
  admits(): boolean;
  /** How many have got none since this was asked last. */
  takeOmitted(): number;
  /** What was taken could not be told after all. */
  giveBack(refusals: number): void;
}

/** So many a minute can be read by a person; beyond that their number says enough. */
const MOST = 60;
const MINUTE_MS = 60_000;

/**
 * @param monotonic Milliseconds of a clock that nobody can set.
 */
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
