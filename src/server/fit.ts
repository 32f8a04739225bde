/** Keeps answers below a size, however much a source tree contains. Pure. */

import { cut } from '../base/text.ts';
import type { LeftOut } from '../services/own-words.ts';

export interface Fitted {
  readonly value: unknown;
  readonly leftOut: readonly LeftOut[];
}

/** How many elements of a list and characters of a text are kept; tried in this order. */
const CUTS: readonly (readonly [items: number, characters: number])[] = [
  [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  ...[1000, 500, 200, 150, 100, 70, 50, 30, 20, 10].map((items) => [items, 5_000] as const),
  ...[2_000, 500].map((characters) => [10, characters] as const),
  [3, 200],
  [1, 100],
];

/**
 * Cuts lists and texts of a value as far as needed to make it fit; the first elements stay.
 * @param value JSON data.
 * @param room Characters of JSON.
 * @returns The value itself if it fits.
 */
export function cutToFit(value: unknown, room: number): Fitted {
  for (const [items, characters] of CUTS) {
    const cutter = new Cutter(room, items, characters);
    const cut = cutter.cut(value, '');
    if (cutter.room >= 0) return { value: cutter.leftOut.size === 0 ? value : cut, leftOut: cutter.told };
  }
  return { value: {}, leftOut: [{ what: '', items: 1 }] };
}

/** Copies a value and counts its characters; stops when the room is used up, so that a huge value costs no more. */
class Cutter {
  room: number;
  readonly leftOut = new Map<string, number>();
  readonly #items: number;
  readonly #characters: number;

  constructor(room: number, items: number, characters: number) {
    this.room = room;
    this.#items = items;
    this.#characters = characters;
  }

  get told(): LeftOut[] {
    return [...this.leftOut].slice(0, MOST_TOLD).map(([what, items]) => ({ what, items }));
  }

  cut(value: unknown, at: string): unknown {
    if (typeof value === 'string') return this.#cutText(value, at);
    if (Array.isArray(value)) return this.#cutList(value, at);
    if (typeof value !== 'object' || value === null) {
      this.room -= String(value).length + 1;
      return value;
    }
    const copy: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (this.room < 0) break;
      this.room -= key.length + 4;
      copy[key] = this.cut(inner, `${at}/${key}`);
    }
    return copy;
  }

  #cutText(text: string, at: string): string {
    const kept = cut(text, this.#characters);
    if (kept !== text) this.#tell(at, text.length - this.#characters);
    // A text that cannot fit need not be counted as JSON.
    this.room -= kept.length > this.room ? kept.length + 1 : JSON.stringify(kept).length + 1;
    return kept;
  }

  #cutList(list: readonly unknown[], at: string): unknown[] {
    const kept: unknown[] = [];
    for (const inner of list.slice(0, Math.min(list.length, this.#items))) {
      if (this.room < 0) break;
      kept.push(this.cut(inner, `${at}/*`));
    }
    this.room -= 3;
    if (list.length > this.#items) this.#tell(at, list.length - this.#items);
    return kept;
  }

  #tell(what: string, items: number): void {
    this.leftOut.set(what, (this.leftOut.get(what) ?? 0) + items);
  }
}

const MOST_TOLD = 20;

/**
 * Cuts lines out of the middle of a text; its beginning and its end stay.
 * @param room Characters.
 */
export function fitLines(text: string, room: number): string {
  if (text.length <= room) return text;
  const lines = text.split('\n');
  const head = takeLines(lines, (room * 3) / 4);
  const tail = takeLines(lines.slice(head.length).reverse(), room / 4 - MOST_NOTE).reverse();
  const missing = lines.length - head.length - tail.length;
  return [...head, `[${missing} lines are left out here.]`, ...tail].join('\n');
}

const MOST_NOTE = 100;

function takeLines(lines: readonly string[], room: number): string[] {
  const taken: string[] = [];
  let left = room;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    taken.push(line);
  }
  return taken;
}
