import { chain, GENESIS, type Head, type Link, readLink, sha256, toText } from '../../src/audit/chain.ts';
import type { Unchained } from '../../src/audit/record.ts';

export const TIME = '2026-01-31T00:00:00.000Z';

/** The plainest line there is. */
export const omission = (refusals = 1): Unchained => ({ time: TIME, kind: 'omission', refusals });
export const rotation = (file = 'audit-1.jsonl'): Unchained => ({ time: TIME, kind: 'rotation', file });

/** Lines of a chain behind a head, each with its end. */
export function textsOf(lines: readonly Unchained[], head: Head = GENESIS): string[] {
  let last = head;
  return lines.map((line) => {
    const next = chain(toText(line), last);
    last = next.head;
    return next.text;
  });
}

/** So many lines of a chain behind a head. */
export const texts = (count: number, head: Head = GENESIS): string[] =>
  textsOf(
    Array.from({ length: count }, (_, at) => omission(at + 1)),
    head,
  );

/** A line, without its end, as it is read. */
export function linkOf(text: string | undefined): Link {
  const link = readLink(Buffer.from((text ?? '').replace(/\n$/, '')));
  if (link === null) throw new Error(`no line of a chain: ${text}`);
  return link;
}

/** A seal of what was torn, with the tab before it, behind a head. */
export function sealText(torn: string, head: Head): string {
  const seal = {
    time: TIME,
    kind: 'seal',
    bytes: Buffer.byteLength(torn),
    sha256: sha256(Buffer.from(torn)),
  } as const;
  return `${torn}\t${textsOf([seal], head)[0]}`;
}
