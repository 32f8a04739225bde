import { ok, type Result } from '../base/refusal.ts';
import { type Head, type Link, readLink } from './chain.ts';
import { CURRENT, readTrail, type TrailFile } from './files.ts';
import { linesOf } from './lines.ts';
import { type AuditLine, LineSchema } from './record.ts';
import { type ChainProblem, createSequence, type Place } from './sequence.ts';

/** What is wrong with a trail at one place. */
export type TrailProblem =
  | ChainProblem
  | (Place & { readonly kind: 'unknown' | 'missing'; readonly message: string });

/** A call that was allowed and has no outcome. */
export interface OpenCall {
  readonly id: string;
  readonly seq: number;
  readonly time: string;
  readonly tool: string;
  readonly modules: readonly string[];
}

/** What is left of a line whose writer was killed; at the end of the trail nobody has sealed it yet. */
export interface TornLine extends Place {
  readonly bytes: number;
}

export interface Verification {
  readonly files: readonly string[];
  readonly lines: number;
  /** Nothing is wrong, as far as a chain can show. */
  readonly isSound: boolean;
  /** The first ones. */
  readonly problems: readonly TrailProblem[];
  readonly problemCount: number;
  /** The end of the chain: written down elsewhere, it proves later that nothing up to it was cut off or changed. */
  readonly head: Head | null;
  /** The line before the first one, where that is in a file that is not here. */
  readonly anchor: Head | null;
  readonly torn: readonly TornLine[];
  /** The last ones; killed in between, or under way at the moment. Whether they changed anything is not known. */
  readonly open: readonly OpenCall[];
  readonly openCount: number;
  /** Whether the head that was expected was found; null when none was. */
  readonly hasExpected: boolean | null;
}

export interface VerifyOptions {
  /** A head that was written down earlier. */
  readonly expected?: Head | undefined;
  /** Called for each line. */
  readonly onLine?: (() => void) | undefined;
}

/** How many torn lines and open calls are told. */
const MOST_TOLD = 20;

/**
 * Checks a trail: that every line is as it was written, that none is missing between the first and the last, and that
 * they are in order, over all files. Others may write meanwhile.
 *
 * A chain cannot show that lines at its end were cut off, nor that somebody who may write the file has made all of it
 * anew; a head that was kept elsewhere can.
 * @returns What was found, or `io_error` when a file cannot be read.
 */
export function verifyTrail(
  stateDir: string,
  { expected, onLine }: VerifyOptions = {},
): Result<Verification> {
  const sequence = createSequence();
  const calls = followCalls();
  const files: string[] = [];
  const torn: TornLine[] = [];
  const unknown: TrailProblem[] = [];
  let lines = 0;
  let last: Place = { file: CURRENT, line: 0 };
  let hasExpected = false;
  /** A last line without an end is torn only if nothing comes behind it. */
  let unended: (Place & { bytes: number }) | null = null;

  const take = (link: Link | null, place: Place) => {
    sequence.accept(link, place);
    if (link === null) return;
    if (link.tornBytes > 0) torn.push({ ...place, bytes: link.tornBytes });
    hasExpected ||= isHead(expected, link.seq, link.hash) || isHead(expected, link.seq - 1, link.prev);
    const line = LineSchema.safeParse(link.value);
    if (line.success) calls.take(line.data);
    else if (unknown.length < MOST_TOLD) {
      const message = 'The line is part of the chain, but none that this version of the program writes.';
      unknown.push({ ...place, kind: 'unknown', message });
    }
  };
  const readFile = ({ name, fd, size }: TrailFile) => {
    files.push(name);
    let line = 0;
    for (const { raw, isEnded } of linesOf(fd, size)) {
      const place = { file: name, line: ++line };
      last = place;
      if (unended !== null) sequence.accept(null, unended);
      unended = null;
      const link = raw === null ? null : readLink(raw);
      if (link === null && !isEnded) unended = { ...place, bytes: raw?.length ?? 0 };
      else take(link, place);
      lines++;
      onLine?.();
    }
    return true;
  };
  const read = readTrail(stateDir, 'oldest first', readFile);
  if (!read.ok) return read;
  if (unended !== null) torn.push(unended);
  const chain = sequence.end();
  const isMissing = expected !== undefined && !hasExpected;
  const problems = [...chain.problems, ...unknown, ...(isMissing ? [missing(expected, last)] : [])];
  return ok({
    files,
    lines,
    isSound: problems.length === 0,
    problems,
    problemCount: problems.length - chain.problems.length + chain.problemCount,
    head: chain.last && { seq: chain.last.seq, hash: chain.last.hash },
    anchor: anchorOf(chain.first),
    torn: torn.slice(-MOST_TOLD),
    ...calls.end(),
    hasExpected: expected === undefined ? null : hasExpected,
  });
}

function isHead(expected: Head | undefined, seq: number, hash: string): boolean {
  return expected?.seq === seq && expected.hash === hash;
}

function missing({ seq, hash }: Head, place: Place): TrailProblem {
  const message = `Line number ${seq} with the hash ${hash}, which was expected, is not in the trail, which ends here.`;
  return { ...place, kind: 'missing', message };
}

function anchorOf(first: Link | null): Head | null {
  return first === null || first.seq === 1 ? null : { seq: first.seq - 1, hash: first.prev };
}

/** Joins decisions and outcomes; of those that are not under way any more nothing is kept. */
function followCalls(): {
  take(line: AuditLine): void;
  end(): Pick<Verification, 'open' | 'openCount'>;
} {
  const open = new Map<string, OpenCall>();
  return {
    take(line) {
      if (line.kind === 'outcome') open.delete(line.id);
      if (line.kind !== 'decision' || line.decision !== 'allow') return;
      const { id, seq, time, tool, modules } = line;
      open.set(id, { id, seq, time, tool, modules });
    },
    end: () => ({ open: [...open.values()].slice(-MOST_TOLD), openCount: open.size }),
  };
}
