import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Head } from '../audit/chain.ts';
import {
  type AuditLine,
  DECISIONS,
  type LinkChange,
  type RecordedCheckout,
  type RecordedOperation,
} from '../audit/record.ts';
import { readTail, type Tail, type TailFilter } from '../audit/tail.ts';
import { type Verification, verifyTrail } from '../audit/verify.ts';
import { ok, type Result } from '../base/refusal.ts';
import { counted, jsonForLogs, oneLine, quoted } from '../base/text.ts';
import type { Overrides } from '../config/settings.ts';
import {
  type ExitCode,
  needsAction,
  type OptionValues,
  pathArgument,
  type Run,
  textOption,
  UsageError,
  wordOption,
} from './command.ts';
import { loadSettings } from './setup.ts';
import { complain, complainAbout, log, paint, progress, say } from './terminal.ts';

/** `audit verify` and `audit tail`; they need only the state directory. */
export const audit: Run = async ({ positionals: [verb, ...rest], values }) => {
  if ((verb !== 'verify' && verb !== 'tail') || rest.length > 0)
    throw needsAction('audit', verb, ['verify', 'tail'], 'audit verify or audit tail');
  const options = verb === 'verify' ? verifyOptions(values) : tailOptions(values);
  const found = findStateDir(values);
  if (!found.ok) return complain(found.refusal);
  if ('most' in options) return tail(found.value, options);
  return verify(found.value, options.expected, values.json === true);
};

/** `--state-dir` needs no configuration, so that a copy of a trail can be checked on another machine. */
function findStateDir(values: Overrides): Result<string, string[]> {
  const named = values['state-dir'];
  if (named !== undefined && named !== '') return ok(resolve(pathArgument(named)));
  const loaded = loadSettings(values);
  return loaded.ok ? ok(loaded.value.stateDir) : loaded;
}

function verifyOptions({ expect }: OptionValues): { expected: Head | undefined } {
  if (expect === undefined) return { expected: undefined };
  const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(String(expect)) ?? [];
  if (seq === undefined)
    throw new UsageError('--expect must be a head as printed by audit verify: NUMBER:HASH.');
  return { expected: { seq: Number(seq), hash: hash as string } };
}

function verify(stateDir: string, expected: Head | undefined, asJson: boolean): ExitCode {
  const verified = verifyTrail(stateDir, { expected, onLine: progress('lines checked') });
  if (!verified.ok) return complainAbout(verified.refusal);
  const found = verified.value;
  say(asJson ? jsonForLogs(found, 2) : describeVerification(found, stateDir).join('\n'));
  return found.isSound && found.lines > 0 ? 0 : 1;
}

function describeVerification(found: Verification, stateDir: string): string[] {
  const { lines, files, head, anchor, torn, open, openCount, problems, problemCount, isSound } = found;
  if (lines === 0 && isSound)
    return [`${paint('yellow', 'nothing')} There is no audit trail in ${stateDir}.`];
  const where = `${counted(lines, 'line')} in ${counted(files.length, 'file')}`;
  const verdict = isSound
    ? `${paint('green', 'ok')} ${where}: the chain is intact.`
    : `${paint('red', 'broken')} ${where}: ${counted(problemCount, 'problem')}.`;
  return [
    verdict,
    ...problems.map(({ file, line, kind, message }) => `${paint('red', kind)} ${file}:${line}: ${message}`),
    ...(problemCount > problems.length ? [`And ${problemCount - problems.length} more.`] : []),
    ...torn.map(({ file, line, bytes }) => {
      return `${paint('yellow', 'torn')} ${file}:${line}: ${counted(bytes, 'byte')} of an incomplete line, left by a process that was killed.`;
    }),
    ...open.map(({ seq, time, tool, modules }) => {
      const what = oneLine([time, tool, ...modules].join(' '));
      return `${paint('yellow', 'open')} number ${seq}, ${what}: allowed, but has no outcome.`;
    }),
    ...(openCount > open.length ? [`And ${openCount - open.length} earlier ones.`] : []),
    ...(head === null ? [] : [`${paint('bold', 'head')} ${head.seq}:${head.hash}`]),
    ...cannotProve(anchor, found.hasExpected === true),
  ];
}

/** Says what the chain cannot prove. */
function cannotProve(anchor: Head | null, hasExpected: boolean): string[] {
  const before =
    anchor === null
      ? []
      : [
          `Lines up to number ${anchor.seq} are missing. They may have been archived or removed; the chain cannot tell. ` +
            `The last of them must have the hash ${anchor.hash}.`,
        ];
  const end = hasExpected
    ? 'No line up to the expected head was removed or rewritten. The chain cannot prove the same of later lines.'
    : 'The chain cannot prove that no lines were removed at its end, or that a user with write access did not rewrite ' +
      'all of it. Keep the head in another place: later, --expect proves that no line up to it was changed.';
  return [...before, end];
}

interface TailOptions {
  readonly most: number;
  readonly filter: TailFilter;
  readonly follow: boolean;
  readonly show: (line: AuditLine) => string;
}

function tailOptions(values: OptionValues): TailOptions {
  const text = (name: string) => textOption(values, name);
  const lines = text('lines') ?? '20';
  if (!/^[1-9]\d{0,8}$/.test(lines)) throw new UsageError('--lines must be a positive number.');
  const decision = wordOption(values, 'decision', DECISIONS);
  const since = text('since');
  const time = since === undefined ? undefined : new Date(since);
  if (time !== undefined && Number.isNaN(time.getTime()))
    throw new UsageError('--since must be a time, such as 2026-01-31T08:00Z.');
  const filter = {
    tool: text('tool'),
    module: text('module'),
    decision,
    principal: text('principal'),
    since: time?.toISOString(),
  };
  const show = values.json === true ? (line: AuditLine) => jsonForLogs(line) : describeLine;
  return { most: Number(lines), filter, follow: values.follow === true, show };
}

const FOLLOW_MS = 500;

async function tail(stateDir: string, { most, filter, follow, show }: TailOptions): Promise<ExitCode> {
  let after = 0;
  let told: string | null = null;
  for (let wanted = most; ; wanted = Number.POSITIVE_INFINITY) {
    const read = readTail(stateDir, wanted, { ...filter, after });
    if (!read.ok) return complainAbout(read.refusal);
    const { lines, lastSeq } = read.value;
    if (lines.length > 0) say(lines.map(show).join('\n'));
    const leftOpen = remarkOn(read.value, stateDir, after);
    // With --follow the same end of the trail is read repeatedly.
    if (leftOpen !== null && leftOpen !== told) log(leftOpen);
    told = leftOpen;
    // The reader closed the pipe.
    if (!follow || process.stdout.errored !== null) return 0;
    // A lower number means that the files were moved away and a new trail was begun.
    after = lastSeq > 0 && lastSeq < after ? 0 : Math.max(after, lastSeq);
    await setTimeout(FOLLOW_MS);
  }
}

/** A remark about lines that are not shown; null for none. */
function remarkOn({ lastSeq, leftOut }: Tail, stateDir: string, after: number): string | null {
  if (leftOut > 0)
    return `Skipped ${counted(leftOut, 'line')}: changed, or written by another version. Run audit verify for details.`;
  return lastSeq + after === 0 ? `There is no audit trail in ${stateDir}.` : null;
}

function describeLine(line: AuditLine): string {
  const start = `${paint('dim', line.time)} ${String(line.seq).padStart(6)} `;
  if (line.kind === 'rotation') return `${start} continues ${oneLine(line.file)}`;
  if (line.kind === 'omission') return `${start} not logged one by one: ${counted(line.refusals, 'refusal')}`;
  if (line.kind === 'seal')
    return `${start} after ${counted(line.bytes, 'byte')} of an incomplete line, left by a process that was killed`;
  if (line.kind === 'recovery') {
    const changes = [
      ...line.links.map(describeChange),
      ...(line.omitted > 0 ? [`${line.omitted} more`] : []),
    ];
    return `${start} ${oneLine(`undoes an interrupted change of ${line.directory}: ${changes.join(', ')} by ${line.principal}`)}`;
  }
  const word = line.kind === 'decision' ? line.decision : line.outcome;
  const colour = ['allow', 'done'].includes(word) ? 'green' : word === 'failed' ? 'red' : 'yellow';
  const links = line.kind === 'decision' ? line.plan : line.links;
  const changes = [
    ...links.map(describeChange),
    ...(line.checkouts ?? []).map(describeCheckout),
    ...describeOperation(line.odoo),
  ];
  const code = line.code === null ? [] : [`[${line.code}]`];
  const took = line.kind === 'outcome' ? [`in ${line.duration_ms} ms`] : [];
  const client =
    line.client === null ? '' : ` with ${quoted(line.client.name)} ${quoted(line.client.version)}`;
  const parts = [
    line.tool,
    ...(line.instance === null ? [] : [line.instance]),
    changes.length > 0 ? changes.join(', ') : line.modules.join(', '),
    ...code,
    ...took,
    `by ${line.principal}${client}`,
  ];
  return `${start} ${paint(colour, word.padEnd(8))} ${oneLine(parts.filter((part) => part !== '').join(' '))}`;
}

function describeCheckout({ repo, action, after }: RecordedCheckout): string {
  return `${action} ${repo} at ${after.slice(0, 12)}`;
}

function describeOperation(odoo: RecordedOperation | undefined): string[] {
  if (odoo === undefined) return [];
  const { restarts, steps, omitted } = odoo;
  return [
    ...(restarts ? ['restart Odoo'] : []),
    ...steps.map(({ module, action }) => `${action} ${module}`),
    ...(omitted > 0 ? [`${omitted} more`] : []),
  ];
}

function describeChange({ module, action }: LinkChange): string {
  return `${action} ${module}`;
}
