import { needsAction, type Run, UsageError } from './command.ts';
import { sourceClone } from './source-clone.ts';
import { sourceIndex } from './source-index.ts';
import { sourceStatus } from './source-status.ts';
import { sourceUpdate } from './source-update.ts';

/** What `source` can do, and the options that not all of it has. */
const ACTIONS: Readonly<Record<string, { readonly run: Run; readonly own: readonly string[] }>> = {
  clone: { run: sourceClone, own: ['module', 'full', 'branch', 'dry-run'] },
  update: { run: sourceUpdate, own: ['branch', 'dry-run'] },
  status: { run: sourceStatus, own: ['branch'] },
  index: { run: sourceIndex, own: ['repo'] },
};

/** `source ACTION ...`: clones and updates repositories, and knows what there is. */
export const source: Run = async ({ positionals: [action = '', ...positionals], values }) => {
  const chosen = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (chosen === undefined) {
    const actions = Object.keys(ACTIONS);
    throw needsAction('source', action, actions, actions.join(', '));
  }
  const strays = Object.values(ACTIONS).flatMap(({ own }) => own);
  const stray = strays.find((option) => values[option] !== undefined && !chosen.own.includes(option));
  if (stray !== undefined) {
    const others = Object.keys(ACTIONS).filter((name) => ACTIONS[name]?.own.includes(stray));
    throw new UsageError(`--${stray} belongs to source ${others.join(', ')}.`);
  }
  return chosen.run({ positionals, values });
};
