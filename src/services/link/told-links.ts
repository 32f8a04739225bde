/** Which links of a report an answer lists, and what it says of the others. */
import { Page } from '../cursor.ts';
import type { LeftOut } from '../own-words.ts';
import { type Origin, Repositories, type RepositoryRow } from './by-repository.ts';
import type { Warning } from './link-call.ts';

/** What an answer has room for: all of a report, at a shell; or what fits, see {@link ROOM}. */
export type Room = 'all' | 'answer';

/** The most characters of JSON of each part of an answer. Together with the rest they fit. */
const ROOM = { named: 7_000, along: 4_000, repositories: 3_000, warnings: 3_000, names: 1_500 } as const;
/** Links and repositories together: room that the links leave is for the repositories. */
const ROOM_OF_LINKS = ROOM.named + ROOM.along + ROOM.repositories;
/** If more came along, they are counted by repository instead. */
const MOST_ALONG = 50;

function roomOf(room: Room, part: keyof typeof ROOM): number {
  return room === 'all' ? Number.POSITIVE_INFINITY : ROOM[part];
}

/** How a link is told. */
export interface Telling<L, Row> {
  /** The modules because of which it came along; empty for one that the call named. */
  because(link: L): readonly string[];
  /** Whether a reader must know of it, however much came along. */
  isNotable(link: L): boolean;
  /** @param because Those modules, or the first of them. */
  describe(link: L, repositories: Repositories, because: readonly string[]): Row;
}

/** The links that an answer lists, and the repositories of all. */
export interface Told<Row> {
  readonly links: Row[];
  readonly repositories: RepositoryRow[];
  readonly leftOut: LeftOut[];
}

/**
 * Lists what a call named; then what came along, or, if that is too much, only what is notable.
 * @returns Also the repositories, which count their links if not all of these are listed.
 */
export function tellLinks<L extends Origin, Row>(
  links: readonly L[],
  { because, isNotable, describe }: Telling<L, Row>,
  room: Room,
): Told<Row> {
  const repositories = new Repositories(links);
  const named = links.filter((link) => because(link).length === 0);
  const along = links.filter((link) => because(link).length > 0);
  const isMuch = room !== 'all' && along.length > MOST_ALONG;
  const told = (link: L) =>
    describe(link, repositories, room === 'all' ? because(link) : because(link).slice(0, MOST_REASONS));
  const rows = [
    ...take(named.map(told), roomOf(room, 'named')),
    ...take((isMuch ? along.filter(isNotable) : along).map(told), roomOf(room, 'along')),
  ];
  const missing = links.length - rows.length;
  const all = repositories.list(missing > 0);
  const left = ROOM_OF_LINKS - JSON.stringify(rows).length;
  const listed = take(all, Math.max(left, roomOf(room, 'repositories')));
  const leftOut = [
    ...leavingOut('links', missing),
    ...leavingOut('repositories', all.length - listed.length),
  ];
  return { links: rows, repositories: listed, leftOut };
}

/** How many of the modules because of which one came along are named. */
const MOST_REASONS = 3;

/** As many names as there is room for. */
export function tellNames<T>(
  names: readonly T[],
  list: string,
  room: Room,
): { listed: T[]; leftOut: LeftOut[] } {
  const listed = take(names, roomOf(room, 'names'));
  return { listed, leftOut: leavingOut(list, names.length - listed.length) };
}

/** As many warnings as there is room for; the others are counted by their code. */
export function tellWarnings(warnings: readonly Warning[], room: Room): Warning[] {
  const shown = take(warnings, roomOf(room, 'warnings'));
  const counts = new Map<string, number>();
  for (const { code } of warnings.slice(shown.length)) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [
    ...shown,
    ...[...counts].map(([code, count]) => ({ code, module: '', message: `And ${count} more.` })),
  ];
}

/** A warning as a line of text; it names its module. */
export function describeWarning({ code, module, message }: Warning): string {
  const isNamed = module === '' || message.split(/[^\w]+/).includes(module);
  return `Warning (${code}): ${isNamed ? '' : `${module}: `}${message}`;
}

function take<T>(items: readonly T[], room: number): T[] {
  const page = new Page<T>(room);
  for (const item of items) if (!page.add(item)) break;
  return page.items;
}

function leavingOut(list: string, items: number): LeftOut[] {
  return items > 0 ? [{ what: `/${list}`, items }] : [];
}
