/**
 * Does a piece of work for each item, a few at the same time.
 * @param most How many at most.
 * @returns The results, in the order of the items.
 * @throws What the first piece of work that fails throws, after those that run have ended.
 */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const failures: unknown[] = [];
  const runner = async () => {
    for (const [index, item] of left) {
      if (failures.length > 0) return;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, runner));
  if (failures.length > 0) throw failures[0];
  return results;
}
