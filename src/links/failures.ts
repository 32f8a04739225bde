/** The refusals of changes to an addons directory. */
import type { ModuleName } from '../addons/module-name.ts';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { type Refused, refuse } from '../base/refusal.ts';
import { meaningOf } from '../state/failures.ts';

/** An entry is no longer as it was when the plan was made. */
export function changedMeanwhile(module: ModuleName, path: string): Refused {
  const isOther = lstatOrNull(path)?.isSymbolicLink() === false;
  return refuse(isOther ? 'occupied' : 'link_exists', `Another process changed ${module} during the call.`, {
    module,
    hint: 'Try again to see the current state.',
  });
}

export function stepFailed(module: ModuleName, verb: 'linked' | 'removed', error: unknown): Refused {
  return refuse('io_error', `${module} could not be ${verb}: ${meaningOf(error)}.`, {
    module,
    details: { errno: errnoOf(error) ?? null },
    hint: 'Ask the operator to run `odoo-link-mcp doctor`, which checks the addons directory.',
  });
}

/** Another process or call holds the addons directory and did not finish in time. */
export function busy(): Refused {
  return refuse('busy', 'Another process or call is changing the addons directory.', {
    hint: 'Try again in a second.',
    retry_after_ms: RETRY_MS,
  });
}

/** This process was suspended for so long that another one took its lock and rolled back its steps. */
export function takenOver(): Refused {
  return refuse('busy', 'The server was suspended, and another process took over the addons directory.', {
    hint: 'Try again in a second to see the current state.',
    retry_after_ms: RETRY_MS,
  });
}

const RETRY_MS = 1000;

/** The caller cancelled the call. */
export function cancelled(): Refused {
  return refuse('cancelled', 'The call was cancelled.');
}
