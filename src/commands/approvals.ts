import { createInterface } from 'node:readline/promises';
import { type Approval, expiresAt } from '../approvals/approval.ts';
import { Approvals } from '../approvals/approvals.ts';
import { describeRequest, describeState, versionsOf } from '../approvals/describe-request.ts';
import { errnoOf } from '../base/paths.ts';
import { inQuotes, jsonForLogs, oneLine } from '../base/text.ts';
import { userName } from '../base/user.ts';
import { type ExitCode, type OptionValues, type Run, UsageError } from './command.ts';
import { loadSettings } from './setup.ts';
import { complain, log, paint, say, table } from './terminal.ts';

/** `approvals list`, `show ID`, `approve ID`, `deny ID`: shows the approval requests, and decides one. */
export const approvals: Run = async ({ positionals: [verb, id, ...rest], values }) => {
  const isDeciding = verb === 'approve' || verb === 'deny';
  const needsId = isDeciding || verb === 'show';
  if ((verb !== 'list' && !needsId) || needsId !== (id !== undefined) || rest.length > 0)
    throw new UsageError('approvals needs list, show ID, approve ID or deny ID.');
  const loaded = loadSettings(values);
  if (!loaded.ok) return complain(loaded.refusal);
  const { stateDir } = loaded.value;
  const records = new Approvals(stateDir);
  try {
    const known = records.list();
    if (id === undefined) return print(known, all(known, stateDir), values);
    const found = known.find(({ request }) => request.id === id);
    if (found === undefined) return fail(`There is no request ${inQuotes(id)} in ${stateDir}.`);
    if (isDeciding) return await decide(found, verb === 'approve', records, values);
    return print(found, inFull(found), values);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const isDenied = ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '');
    const hint = isDenied ? ' Run this command as the user the server runs as, or as root.' : '';
    return fail(`The approvals cannot be read or written: ${(error as Error).message}.${hint}`);
  }
};

function print(shown: unknown, text: string, { json }: OptionValues): ExitCode {
  say(json === true ? jsonForLogs(shown, 2) : text);
  return 0;
}

function all(known: readonly Approval[], stateDir: string): string {
  if (known.length === 0) return `No call has asked for approval in ${stateDir}.`;
  const rows = known.map(({ request, state }) => [
    request.id,
    state,
    time(expiresAt(request)),
    describeRequest(request),
  ]);
  return table([['id', 'state', 'expires', 'call'], ...rows], (cell, row) =>
    row === 0 ? paint('dim', cell) : cell,
  );
}

function inFull({ request, state, decision }: Approval): string {
  const { id, tool, instance, targetDirs, principal, policy, args, changes, checkouts, odoo } = request;
  const where = [...targetDirs, ...checkouts.map(({ path }) => path)];
  const rows = [
    ['request', `${id} (${state})`],
    ['call', `${tool} ${JSON.stringify(args)}`],
    ['by', principal],
    ['where', where.length === 0 ? `instance ${instance}` : `${where.join(', ')} (instance ${instance})`],
    ['policy', policy],
    ['expires', time(expiresAt(request))],
    ...(decision === null
      ? []
      : [[decision.approved ? 'approved' : 'denied', `by ${decision.by}, ${time(decision.decidedAt)}`]]),
    ...changes.flatMap(({ action, module, source, state }) => [
      [action, source === null ? module : `${module} -> ${source}`],
      ...(state === null ? [] : describeState(state).map((fact) => ['', fact])),
    ]),
    ...checkouts.map(({ action, repo, branch, before, after }) => {
      return [action, `${repo}, branch ${branch}: ${before ?? 'nothing'} -> ${after}`];
    }),
    ...(odoo === null ? [] : [['database', odoo.database]]),
    ...(odoo?.restarts === true ? [['restart', 'Odoo, by the command of `odoo.restart`']] : []),
    ...(odoo?.operation ?? []).flatMap((step) => {
      const { module, action, why } = step;
      const its = odoo?.code.find((one) => one.module === module && action !== 'cancel');
      return [
        [action, [module, ...versionsOf(step), ...(why === 'named' ? [] : [`(${why})`])].join(' ')],
        ...(its === undefined ? [] : describeState(its.state).map((fact) => ['', fact])),
      ];
    }),
  ];
  return table(
    rows.map((row) => row.map(oneLine)),
    (cell, _, column) => (column === 0 ? paint('dim', cell) : cell),
  );
}

/** Decides a request. A person at a terminal sees the request and confirms; without a terminal `--yes` is required. */
async function decide(
  found: Approval,
  approved: boolean,
  records: Approvals,
  { yes }: OptionValues,
): Promise<ExitCode> {
  const verb = approved ? 'approve' : 'deny';
  if (yes !== true) {
    if (!process.stdin.isTTY || !process.stdout.isTTY)
      throw new UsageError(`approvals ${verb} needs a terminal, or --yes.`);
    say(inFull(found));
    if (!(await isSure(`${approved ? 'Approve' : 'Deny'} this call? [y/N] `)))
      return fail('The request was not decided.');
  }
  const decided = records.decide(found.request.id, { approved, by: operator(), channel: 'operator' });
  if (decided?.done !== true)
    return fail(`${found.request.id} can no longer be decided: it is ${decided?.state ?? 'gone'}.`);
  say(`${paint('green', decided.state)} ${describeRequest(found.request)}`);
  return 0;
}

async function isSure(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } catch (error) {
    // Ctrl-C or Ctrl-D; the cursor is still on the line of the question.
    if ((error as Error).name !== 'AbortError') throw error;
    say('');
    return false;
  } finally {
    terminal.close();
  }
}

/** The user's name; through sudo, also the name of the person who called it. */
function operator(): string {
  const username = userName();
  const { SUDO_USER } = process.env;
  return SUDO_USER === undefined || SUDO_USER === username ? username : `${SUDO_USER} as ${username}`;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function fail(message: string): ExitCode {
  log(message);
  return 1;
}
