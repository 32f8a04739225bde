import { ok, type Result } from '../base/refusal.ts';
import type { Turns } from '../base/turns.ts';
import { readAt } from '../state/regular-file.ts';
import { readLink } from './chain.ts';
import { readTrail } from './files.ts';
import { type AuditLine, LineSchema } from './record.ts';

/** How an allowed call ended. */
export type OutcomeLine = Extract<AuditLine, { kind: 'outcome' }>;

/** The last outcomes of a trail, as far as it was read. */
export interface Recent {
  /** Newest first; read as far as they are asked for. */
  readonly outcomes: AsyncGenerator<OutcomeLine>;
  /** Whether the trail was read to its beginning; known when the outcomes were. */
  readonly isWhole: boolean;
}

/** How much of a trail is read, from its end, in bytes: for one module, and for all of them the lines of ten thousand calls. */
const MOST_BYTES = { one: 4 * 1024 * 1024, all: 16 * 1024 * 1024 } as const;
/** No line of this program is shorter, in bytes. One that is counts as much, so that the number of lines is limited, too. */
const SHORTEST_LINE = 200;
/** Units of work for looking at a line and for checking it, and how many bytes are one more, see {@link Turns.spend}. */
const LOOKING = 1 / 4;
const CHECKING = 8;
const UNIT_BYTES = 4096;

/** As the trail writes it. In a text of a line, such as the name of a client, the quotes have backslashes. */
const IS_OUTCOME = Buffer.from('"kind":"outcome"');
const LINE_FEED = 10;

/** The end of a file of the trail. */
interface Ending {
  /** Begins one byte before what may be read, or with the file. */
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/**
 * Reads the outcomes at the end of a trail, for calls that only tell of them. Lines that fail the chain check, or that this
 * version of the program does not write, are skipped; whether lines are missing is not checked, see {@link verifyTrail}.
 * The bytes are read at once, which takes some 10 ms; what they are is found out in turns.
 * @param module Only outcomes of calls that name or change it; all of them if it is left out.
 * @param most How many bytes are read.
 * @returns Nothing for a trail that does not exist yet; `io_error` if a file cannot be read.
 */
export function readRecent(
  stateDir: string,
  module: string | undefined,
  turns: Turns,
  most: number = module === undefined ? MOST_BYTES.all : MOST_BYTES.one,
): Result<Recent> {
  const endings: Ending[] = [];
  let left = most;
  const read = readTrail(stateDir, 'newest first', ({ fd, size }) => {
    const start = Math.max(0, size - left - 1);
    endings.push({ bytes: readAt(fd, start, size - start), isWhole: size <= left });
    left -= size;
    return left >= 0;
  });
  if (!read.ok) return read;
  const budget: Budget = { left: most, isSpent: false };
  return ok({
    outcomes: check(linesOf(endings, budget), module, turns),
    get isWhole() {
      return !budget.isSpent;
    },
  });
}

/** How many bytes may still be looked at, and whether there were more. */
interface Budget {
  left: number;
  isSpent: boolean;
}

/** The lines, newest first, as long as the budget lasts. */
function* linesOf(endings: readonly Ending[], budget: Budget): Generator<Buffer> {
  for (const { bytes, isWhole } of endings) {
    for (let end = bytes.at(-1) === LINE_FEED ? bytes.length - 1 : bytes.length; end > 0; ) {
      const before = bytes.lastIndexOf(LINE_FEED, end - 1);
      // Of a line that begins before these bytes, only a part is here.
      if (before < 0 && !isWhole) break;
      budget.left -= Math.max(SHORTEST_LINE, end - before);
      budget.isSpent = budget.left < 0;
      if (budget.isSpent) return;
      yield bytes.subarray(before + 1, end);
      end = before;
    }
    budget.isSpent = !isWhole;
  }
}

async function* check(
  lines: Iterable<Buffer>,
  module: string | undefined,
  turns: Turns,
): AsyncGenerator<OutcomeLine> {
  const wanted = module === undefined ? '' : JSON.stringify(module);
  for (const raw of lines) {
    const mayBe = raw.length >= SHORTEST_LINE && raw.includes(IS_OUTCOME) && raw.includes(wanted);
    const pause = turns.spend((mayBe ? CHECKING : LOOKING) + raw.length / UNIT_BYTES);
    if (pause !== undefined) await pause;
    if (!mayBe) continue;
    const line = LineSchema.safeParse(readLink(raw)?.value);
    if (!line.success || line.data.kind !== 'outcome') continue;
    const { modules, links } = line.data;
    const names: readonly string[] = [...modules, ...links.map((change) => change.module)];
    if (module === undefined || names.includes(module)) yield line.data;
  }
}
