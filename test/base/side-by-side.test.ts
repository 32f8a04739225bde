import { expect, it } from 'vitest';
import { sideBySide } from '../../src/base/side-by-side.ts';

it('does at most so many at the same time, and answers in order', async () => {
  let [running, most] = [0, 0];
  const done = await sideBySide([5, 1, 4, 2, 3], 2, async (item, index) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await null;
    running--;
    return `${index}:${item}`;
  });
  expect(done).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
  expect(most).toBe(2);
  expect(await sideBySide([], 2, async () => 1)).toEqual([]);
});

it('begins nothing more after a failure, and throws it once the others have ended', async () => {
  const ended: number[] = [];
  const work = sideBySide([1, 2, 3, 4], 2, async (item) => {
    if (item === 1) throw new Error('one');
    for (let turn = 0; turn < 5; turn++) await null;
    ended.push(item);
  });
  await expect(work).rejects.toThrow('one');
  expect(ended).toEqual([2]);
});
