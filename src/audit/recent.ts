import { ok, type Result } from '../base/refusal.ts';
import type { Turns } from '../base/turns.ts';
import { readLink } from './chain.ts';
import { readTrail } from './files.ts';
import { linesFromEnd } from './lines.ts';
import { type AuditLine, LineSchema } from './record.ts';

/** How an allowed call ended. */
export type OutcomeLine = Extract<AuditLine, { kind: 'outcome' }>;

/** The last outcomes of a trail, as far as it was read. */
export interface Recent {
  /** Newest first; read as far as they are asked for. */
  readonly outcomes: AsyncGenerator<OutcomeLine>;
  /** Whether the trail was read to its beginning. */
  readonly isWhole: boolean;
}

/** How much of a trail is read, from its end, in bytes: the lines of about ten thousand calls. Takes some 20 ms. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Units of work for checking a line, see {@link Turns.spend}. */
const CHECKING = 8;

/** As the trail writes it. In a text of a line, such as the name of a client, the quotes have backslashes. */
const IS_OUTCOME = Buffer.from('"kind":"outcome"');

/**
 * Reads the outcomes at the end of a trail, for calls that only tell of them. Lines that fail the chain check, or that this
 * version of the program does not write, are skipped; whether lines are missing is not checked, see {@link verifyTrail}.
 * @param module Only outcomes of calls that name or change it; all of them if it is left out.
 * @param most How many bytes are read.
 * @returns Nothing for a trail that does not exist yet; `io_error` if a file cannot be read.
 */
export function readRecent(
  stateDir: string,
  module: string | undefined,
  turns: Turns,
  most = MOST_BYTES,
): Result<Recent> {
  const wanted = module === undefined ? null : Buffer.from(JSON.stringify(module));
  const lines: Buffer[] = [];
  let left = most;
  const read = readTrail(stateDir, 'newest first', ({ fd, size }) => {
    for (const { raw } of linesFromEnd(fd, size)) {
      left -= (raw?.length ?? size) + 1;
      if (left < 0) return false;
      // A line is valid until the next one is read.
      if (raw?.includes(IS_OUTCOME) && (wanted === null || raw.includes(wanted)))
        lines.push(Buffer.from(raw));
    }
    return true;
  });
  return read.ok ? ok({ outcomes: check(lines, module, turns), isWhole: left >= 0 }) : read;
}

async function* check(
  lines: readonly Buffer[],
  module: string | undefined,
  turns: Turns,
): AsyncGenerator<OutcomeLine> {
  for (const raw of lines) {
    const pause = turns.spend(CHECKING);
    if (pause !== undefined) await pause;
    const line = LineSchema.safeParse(readLink(raw)?.value);
    if (!line.success || line.data.kind !== 'outcome') continue;
    const { modules, links } = line.data;
    const names: readonly string[] = [...modules, ...links.map((change) => change.module)];
    if (module === undefined || names.includes(module)) yield line.data;
  }
}
