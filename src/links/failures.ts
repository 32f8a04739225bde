/** How this room says that a change was not made. */
import type { ModuleName } from '../addons/module-name.ts';
import { errnoOf, lstatOrNull } from '../base/paths.ts';
import { type Refused, refuse } from '../base/refusal.ts';
import { meaningOf } from '../state/failures.ts';

/** A name does not hold what the plan was made for. */
export function changedMeanwhile(module: ModuleName, path: string): Refused {
  const isOther = lstatOrNull(path)?.isSymbolicLink() === false;
  return refuse(isOther ? 'occupied' : 'link_exists', `${module} was changed by somebody else meanwhile.`, {
    module,
    hint: 'Call again to see what is there now.',
  });
}

/** The file system refused a step. */
export function stepFailed(module: ModuleName, verb: 'linked' | 'removed', error: unknown): Refused {
  return refuse('io_error', `${module} could not be ${verb}: ${meaningOf(error)}.`, {
    module,
    details: { errno: errnoOf(error) ?? null },
    hint: 'Ask the operator to look at the addons directory; `odoo-link-mcp doctor` shows what is wrong.',
  });
}

/** Another process, or an earlier call of this one, did not finish in time. */
export function busy(): Refused {
  return refuse('busy', 'Somebody else is changing the addons directory.', {
    hint: 'Call again after retry_after_ms.',
    retry_after_ms: RETRY_MS,
  });
}

/** This process stood still for so long that another one took its lock, and rolled back what it had done. */
export function takenOver(): Refused {
  return refuse('busy', 'The server stood still, and another process took over the addons directory.', {
    hint: 'Call again after retry_after_ms to see what is there now.',
    retry_after_ms: RETRY_MS,
  });
}

const RETRY_MS = 1000;

/** The caller does not want the change any more. */
export function cancelled(): Refused {
  return refuse('cancelled', 'The call was cancelled.');
}
