import { Interruption } from '../base/interruption.ts';
import type { ModuleFolder } from './module-folder.ts';

/** How many folders are settled at a time, and the pause before it: about 2 ms of work in 12 ms. */
const SLICE = 32;
const PAUSE_MS = 10;
/** The longest time until the next pause, for large manifests. */
const MOST_MS = 8;

/** Settles module folders in the background, a few at a time, see {@link ModuleFolder.settle}. Does not keep the process running. */
export class Settling {
  readonly #unsettled: () => Iterable<ModuleFolder>;
  readonly #mayRun: () => boolean;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param unsettled The folders that are not settled yet.
   * @param mayRun False while the folders may be replaced.
   */
  constructor(unsettled: () => Iterable<ModuleFolder>, mayRun: () => boolean) {
    this.#unsettled = unsettled;
    this.#mayRun = mayRun;
  }

  /** Begins, if there is anything to do and it has not begun yet. */
  start(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      try {
        if (this.#settleSome()) this.start();
      } catch (error) {
        // The next start tries again; the resource may be available then.
        if (!(error instanceof Interruption)) throw error;
      }
    }, PAUSE_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** @returns Whether there is more to do. */
  #settleSome(): boolean {
    if (!this.#mayRun()) return true;
    const until = performance.now() + MOST_MS;
    let count = 0;
    for (const folder of this.#unsettled()) {
      if (count++ === SLICE || performance.now() > until) return true;
      folder.settle();
    }
    return false;
  }
}
