import { ok, type Result } from '../base/refusal.ts';
import { readLink } from './chain.ts';
import { readTrail } from './files.ts';
import { linesFromEnd } from './lines.ts';
import { type AuditLine, LineSchema } from './record.ts';

/** Which lines to show; all given conditions must hold. */
export interface TailFilter {
  readonly tool?: string | undefined;
  readonly module?: string | undefined;
  /** Outcomes count as `allow`. */
  readonly decision?: string | undefined;
  readonly principal?: string | undefined;
  /** ISO 8601 in UTC, as in the lines. */
  readonly since?: string | undefined;
  /** Only lines with a higher number. */
  readonly after?: number | undefined;
}

export interface Tail {
  /** Oldest first. */
  readonly lines: readonly AuditLine[];
  /** The number of the trail's last line, regardless of the filter; 0 if there is none. */
  readonly lastSeq: number;
  /** Lines skipped because they fail the chain check or were written by another version of the program. */
  readonly leftOut: number;
}

/**
 * Reads the last lines that match a filter, across all files. Checks each line by itself, but not that the lines form a
 * chain, see {@link verifyTrail}.
 * @param most The most lines to return.
 * @returns The lines, or `io_error` if a file cannot be read.
 */
export function readTail(stateDir: string, most: number, filter: TailFilter = {}): Result<Tail> {
  const lines: AuditLine[] = [];
  let lastSeq = 0;
  let leftOut = 0;
  const read = readTrail(stateDir, 'newest first', ({ fd, size }) => {
    for (const { raw, isEnded } of linesFromEnd(fd, size)) {
      if (lines.length >= most) return false;
      const link = raw === null ? null : readLink(raw);
      if (link !== null && lastSeq === 0) lastSeq = link.seq;
      if (link !== null && link.seq <= (filter.after ?? 0)) return false;
      if (!LineSchema.safeParse(link?.value).success) leftOut += isEnded ? 1 : 0;
      else {
        // Not the result of parsing, whose members are in another order than in the hashed text.
        const line = link?.value as AuditLine;
        if (passes(line, filter)) lines.push(line);
      }
    }
    return lines.length < most;
  });
  return read.ok ? ok({ lines: lines.reverse(), lastSeq, leftOut }) : read;
}

function passes(line: AuditLine, { tool, module, decision, principal, since }: TailFilter): boolean {
  if (since !== undefined && line.time < since) return false;
  if (line.kind === 'recovery') {
    const isOfModule = module === undefined || line.links.some((change) => change.module === module);
    const isBy = principal === undefined || line.principal === principal;
    return tool === undefined && decision === undefined && isOfModule && isBy;
  }
  const isAnyCall = [tool, module, decision, principal].every((wanted) => wanted === undefined);
  if (line.kind !== 'decision' && line.kind !== 'outcome') return isAnyCall;
  const decided = line.kind === 'decision' ? line.decision : 'allow';
  const changed = (line.kind === 'decision' ? line.plan : line.links).map((change) => change.module);
  return (
    (tool === undefined || line.tool === tool) &&
    (module === undefined || [...line.modules, ...changed].some((name) => name === module)) &&
    (decision === undefined || decided === decision) &&
    (principal === undefined || line.principal === principal)
  );
}
