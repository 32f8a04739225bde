import { vi } from 'vitest';

/**
 * How long a test waits for what has to happen, in milliseconds: only what hangs takes that long. No test judges how long
 * anything took, because the machine may be busy.
 */
const PATIENCE = 300_000;

/** Waits until a check does not throw any more. */
export function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: PATIENCE, interval: 20 });
}
