import { ok, type Result } from '../base/refusal.ts';
import { type Head, type Link, readLink } from './chain.ts';
import { CURRENT, readTrail, type TrailFile } from './files.ts';
import { linesOf } from './lines.ts';
import { type AuditLine, LineSchema } from './record.ts';
import { type ChainProblem, type Place, Sequence } from './sequence.ts';

/** A problem of a trail at one line. */
export type TrailProblem =
  | ChainProblem
  | (Place & { readonly kind: 'unknown' | 'missing'; readonly message: string });

/** An allowed call without an outcome. */
export interface OpenCall {
  readonly id: string;
  readonly seq: number;
  readonly time: string;
  readonly tool: string;
  readonly modules: readonly string[];
}

/** An incomplete line of a process that was killed; at the end of the trail it may not be sealed yet. */
export interface TornLine extends Place {
  readonly bytes: number;
}

export interface Verification {
  readonly files: readonly string[];
  readonly lines: number;
  /** Whether there are no problems, as far as a chain can show. */
  readonly isSound: boolean;
  /** The first problems. */
  readonly problems: readonly TrailProblem[];
  readonly problemCount: number;
  /** The end of the chain: kept in another place, it can prove later that no line up to it was removed or changed. */
  readonly head: Head | null;
  /** The line before the first one, if the trail does not begin with line 1. */
  readonly anchor: Head | null;
  readonly torn: readonly TornLine[];
  /** The last open calls: interrupted by a kill, or still running. Whether they changed anything is not known. */
  readonly open: readonly OpenCall[];
  readonly openCount: number;
  /** Whether the expected head was found; null if none was given. */
  readonly hasExpected: boolean | null;
}

export interface VerifyOptions {
  /** A head noted earlier. */
  readonly expected?: Head | undefined;
  /** Called for each line. */
  readonly onLine?: (() => void) | undefined;
}

/** How many torn lines and open calls are listed. */
const MOST_TOLD = 20;

/**
 * Verifies a trail across all files: no line was changed, none is missing between the first and the last, and they are in
 * order. Other processes may append meanwhile.
 *
 * A chain cannot show that lines were removed at its end, or that a user with write access rewrote all of it; a head kept
 * in another place can.
 * @returns The result, or `io_error` if a file cannot be read.
 */
export function verifyTrail(
  stateDir: string,
  { expected, onLine }: VerifyOptions = {},
): Result<Verification> {
  const sequence = new Sequence();
  const calls = followCalls();
  const files: string[] = [];
  const torn: TornLine[] = [];
  const unknown: TrailProblem[] = [];
  let lines = 0;
  let last: Place = { file: CURRENT, line: 0 };
  let hasExpected = false;
  /** A line without a line feed counts as torn only if no other line follows. */
  let unended: (Place & { bytes: number }) | null = null;

  const take = (link: Link | null, place: Place) => {
    sequence.accept(link, place);
    if (link === null) return;
    if (link.tornBytes > 0) torn.push({ ...place, bytes: link.tornBytes });
    hasExpected ||= isHead(expected, link.seq, link.hash) || isHead(expected, link.seq - 1, link.prev);
    const line = LineSchema.safeParse(link.value);
    if (line.success) calls.take(line.data);
    else if (unknown.length < MOST_TOLD) {
      const message =
        'The line is part of the chain, but this version of the program does not write such lines.';
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
  const message = `The expected line number ${seq} with the hash ${hash} is not in the trail, which ends here.`;
  return { ...place, kind: 'missing', message };
}

function anchorOf(first: Link | null): Head | null {
  return first === null || first.seq === 1 ? null : { seq: first.seq - 1, hash: first.prev };
}

/** Matches decisions with outcomes; keeps only calls without an outcome. */
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
