import { ok, type Result } from '../base/refusal.ts';
import { readLink } from './chain.ts';
import { readTrail } from './files.ts';
import { linesFromEnd } from './lines.ts';
import { type AuditLine, LineSchema } from './record.ts';

/** Which lines to show; all that is said has to hold. */
export interface TailFilter {
  readonly tool?: string | undefined;
  readonly module?: string | undefined;
  /** Outcomes belong to calls that were allowed. */
  readonly decision?: string | undefined;
  readonly principal?: string | undefined;
  /** ISO 8601, in UTC as the lines have it. */
  readonly since?: string | undefined;
  /** Only lines with a higher number. */
  readonly after?: number | undefined;
}

export interface Tail {
  /** The oldest first. */
  readonly lines: readonly AuditLine[];
  /** The number of the trail's last line, whatever the filter; 0 when there is none. */
  readonly lastSeq: number;
  /** How many lines on the way were none of a chain, or of another version of the program. */
  readonly leftOut: number;
}

/**
 * Reads the last lines that pass a filter, over all files, from the end. Each line is checked by itself; whether they
 * are a chain is for a verification to say.
 * @param most How many.
 * @returns The lines, or `io_error` when a file cannot be read.
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
        // Parsing puts the members in another order than the hash was made of.
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
