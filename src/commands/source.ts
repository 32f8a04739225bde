import { type Run, UsageError } from './command.ts';
import { sourceClone } from './source-clone.ts';
import { sourceIndex } from './source-index.ts';

/** What `source` can do, and the options that belong to one of them alone. */
const ACTIONS: Readonly<Record<string, { readonly run: Run; readonly own: readonly string[] }>> = {
  clone: { run: sourceClone, own: ['modules', 'full', 'branch', 'dry-run'] },
  index: { run: sourceIndex, own: ['repo'] },
};

/** `source ACTION ...`: clones repositories and knows what there is to clone. */
export const source: Run = async ({ positionals: [action = '', ...positionals], values }) => {
  const chosen = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (chosen === undefined)
    throw new UsageError(`source needs an action: ${Object.keys(ACTIONS).join(', ')}.`);
  for (const [other, { own }] of Object.entries(ACTIONS)) {
    const stray = other === action ? undefined : own.find((option) => values[option] !== undefined);
    if (stray !== undefined) throw new UsageError(`--${stray} belongs to source ${other}.`);
  }
  return chosen.run({ positionals, values });
};
