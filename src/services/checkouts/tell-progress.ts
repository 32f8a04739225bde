import type { ServiceContext } from '../context.ts';

/** Tells how far one of several pieces of work is, from 0 to 100, and what it is at. */
export type TellProgress<Item> = (item: Item, percent: number, what: string) => void;

/** Makes one number of how far all of several pieces of work are. */
export function tellProgress<Item>(
  items: readonly Item[],
  { onProgress }: Pick<ServiceContext, 'onProgress'>,
): TellProgress<Item> {
  const percents = new Map<Item, number>();
  return (item, percent, what) => {
    // Each stage counts from 0 again.
    percents.set(item, Math.max(percents.get(item) ?? 0, percent));
    const sum = [...percents.values()].reduce((a, b) => a + b, 0);
    onProgress?.(sum, 100 * items.length, what);
  };
}
