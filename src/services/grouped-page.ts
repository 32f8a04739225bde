import { lean } from '../base/lean.ts';
import { inPlainSight } from '../base/text.ts';

/** What a group takes besides what is told of it: room, and as many of its names a second time. */
export interface Extra {
  readonly room: number;
  readonly names: number;
}

const NOTHING: Extra = { room: 0, names: 0 };

/** Fills a page of a list with names, in groups of those of which the same is told, until an answer has no more room. */
export class GroupedPage<Shared extends object> {
  readonly #groups = new Map<string, { shared: Shared; names: string[] }>();
  #room: number;
  #most: number;

  /**
   * @param room Characters of JSON, as {@link lean} and {@link inPlainSight} leave it.
   * @param most How many names.
   */
  constructor(room = Number.POSITIVE_INFINITY, most = Number.POSITIVE_INFINITY) {
    this.#room = room;
    this.#most = most;
  }

  /**
   * @param shared What is told of the name, and perhaps of others.
   * @returns Whether there was room. The first name is always added, and none after one that was not.
   */
  add(shared: Shared, name: string, extra: Extra = NOTHING): boolean {
    const key = JSON.stringify(shared);
    const group = this.#groups.get(key);
    const times = (group?.names.length ?? 0) < extra.names ? 2 : 1;
    this.#room -= times * (sizeOf(name) + 1) + (group === undefined ? sizeOf(shared) + extra.room : 0);
    this.#most--;
    if ((this.#room < 0 || this.#most < 0) && this.#groups.size > 0) return false;
    if (group === undefined) this.#groups.set(key, { shared, names: [name] });
    else group.names.push(name);
    return true;
  }

  /** The groups, in the order of their first names. */
  list(): readonly { readonly shared: Shared; readonly names: readonly string[] }[] {
    return [...this.#groups.values()];
  }
}

/** The characters of a value in an answer. */
export function sizeOf(value: unknown): number {
  return JSON.stringify(inPlainSight(lean(value))).length;
}
