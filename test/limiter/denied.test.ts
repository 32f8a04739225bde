import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createJournalStore } from '../../src/limiter/stores/journal.ts';
import { HEAD_BYTES } from '../../src/limiter/stores/journal-fold.ts';
import { RECORD_BYTES } from '../../src/limiter/stores/journal-record.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { createWorld } from '../support/world.ts';
import { appendDenied, bytesIn, refuseMany } from './denied.ts';
import { charge, refuse, remaining } from './stores.ts';

/** The script beside makes ten millions of them, which takes minutes. */
const attempts = 60_000;
const DAY_MS = 86_400_000;
/** What the runtime may take meanwhile, however many there are. */
const NOISE_BYTES = 2 * 1024 * 1024;

describe('denied attempts, in any number,', () => {
  it('cost no memory', async () => {
    const { heapBytes } = await refuseMany(createMemoryStore(), attempts);
    expect(heapBytes).toBeLessThan(NOISE_BYTES);
  });

  it('cost no disk', async () => {
    const state = createWorld().at('state');
    const store = createJournalStore(state);
    const { journalBytes, heapBytes } = await refuseMany(store, attempts, join(state, 'limits'));
    // What was admitted, and each kind of refusal once.
    expect(journalBytes).toBeLessThan(HEAD_BYTES + 16 * RECORD_BYTES);
    expect(heapBytes).toBeLessThan(NOISE_BYTES);
  });

  it('are read where processes have written them all the same, and cleared away', async () => {
    const state = createWorld().at('state');
    const budget = charge(3, DAY_MS);
    const folder = await appendDenied(state, budget, 4 * attempts);
    expect(bytesIn(folder)).toBeGreaterThan(4 * attempts * RECORD_BYTES);
    const store = createJournalStore(state);
    const [standing] = await refuse(store, budget);
    expect(standing?.retryAfterMs).toBeLessThanOrEqual(DAY_MS);
    expect(readdirSync(folder)).toEqual(['2.journal']);
    expect(bytesIn(folder)).toBeLessThan(HEAD_BYTES + 8 * RECORD_BYTES);
    // What they did not take is there for who asks for less.
    expect(await remaining(createJournalStore(state), charge(5, DAY_MS))).toEqual([2]);
  });
});
