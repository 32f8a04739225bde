import { expect, it } from 'vitest';
import { createWorld } from '../support/world.ts';
import { race } from './race.ts';

// `npx tsx test/links/race.ts` is the same for half a minute.
it('eight processes link and unlink while folders and names are swapped, and touch nothing but their links', async () => {
  const { linkers, swapper, faults } = await race(createWorld().path, 5);
  expect(faults).toEqual([]);
  expect([swapper.parents > 0, swapper.modules > 0, swapper.names > 0]).toEqual([true, true, true]);
  // On a busy machine one of them may have had no turn.
  const busy = linkers.filter(({ linked, unlinked }) => linked > 0 && unlinked > 0);
  expect(busy.length).toBeGreaterThan(linkers.length / 2);
});
