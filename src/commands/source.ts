import { type Run, UsageError } from './command.ts';
import { sourceClone } from './source-clone.ts';

/** What `source` can do. */
const ACTIONS: Readonly<Record<string, Run>> = { clone: sourceClone };

/** `source ACTION ...`: clones repositories and knows what there is to clone. */
export const source: Run = async ({ positionals: [action = '', ...positionals], values }) => {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run === undefined) throw new UsageError(`source needs an action: ${Object.keys(ACTIONS).join(', ')}.`);
  return run({ positionals, values });
};
