import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadPolicy } from '../policy/load.ts';
import { TOOL_NAMES } from '../policy/tools.ts';
import { type Run, UsageError } from './command.ts';
import { paint, table } from './terminal.ts';

/** `policy check FILE`: whether the file is understood, and what it means for each tool. */
export const policy: Run = async ({ positionals: [verb, file, ...rest] }) => {
  if (verb !== 'check' || file === undefined || rest.length > 0)
    throw new UsageError('policy check needs one FILE.');
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`${JSON.stringify(file)} is not a file.`);
  const loaded = loadPolicy(resolve(file));
  if ('problems' in loaded) {
    for (const problem of loaded.problems)
      process.stderr.write(`${paint('red', 'error', process.stderr)} ${problem}\n`);
    return 1;
  }
  const rows = TOOL_NAMES.map((tool) => {
    const rule = loaded.policy.rules.get(tool);
    const limits = rule?.limits.map(({ max, windowMs }) => `${max} in ${windowMs / 1000} s`).join(', ') ?? '';
    const state = rule?.hidden === true ? 'hidden' : rule?.allowed === true ? 'allowed' : 'denied';
    return [tool, state, limits === '' ? 'no limit' : limits, rule?.reason ?? ''];
  });
  process.stdout.write(`${paint('green', 'ok')} ${file} (policy ${loaded.policy.hash})\n`);
  process.stdout.write(
    `${table([['tool', 'is', 'limits', 'reason'], ...rows], (cell, row) => (row === 0 ? paint('dim', cell) : cell))}\n`,
  );
  return 0;
};
