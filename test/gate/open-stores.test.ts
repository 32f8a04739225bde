import { expect, it, vi } from 'vitest';
import { openStores } from '../../src/gate/open-stores.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { charge } from '../limiter/stores.ts';

const createJournalStore = vi.hoisted(() => vi.fn());
vi.mock('../../src/limiter/stores/journal.ts', () => ({ createJournalStore }));

it('a store that could not be opened, for want of descriptors, is opened by the next call', async () => {
  createJournalStore.mockImplementationOnce(() => {
    throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  });
  createJournalStore.mockImplementation(() => createMemoryStore());
  const opened = openStores('/nowhere', { limiter: null }, {});
  if (!opened.ok) throw new Error(opened.refusal.join());
  const charges = [charge(1, 60_000)];
  await expect(opened.value.standings(charges)).rejects.toThrow('EMFILE');
  expect(await opened.value.standings(charges)).toMatchObject({ standings: [{ remaining: 1 }] });
  await opened.value.close();
});

it('a budget of a session is kept in memory, and opens no store that is shared', async () => {
  createJournalStore.mockReset();
  const opened = openStores('/nowhere', { limiter: null }, {});
  if (!opened.ok) throw new Error(opened.refusal.join());
  const charges = [charge(1, 60_000, { isOfSession: true })];
  expect(await opened.value.reserve(charges)).toHaveProperty('reservation');
  expect(await opened.value.standings(charges)).toMatchObject({ standings: [{ remaining: 0 }] });
  expect(createJournalStore).not.toHaveBeenCalled();
  await opened.value.close();
});
