/**
 * The words every room shares for an expected failure.
 *
 * A refusal is a value, never an exception: it names what is wrong with a code from a closed list, says it
 * in a sentence a person can act on and, where there is one, gives the next step as a hint.
 */

/** Every refusal code a caller can meet, with its meaning and the usual remedy (the README's table is made from it). */
export const REFUSAL_CODES = {
  invalid_argument: 'An argument is missing, unknown or of the wrong type; the message names it.',
  invalid_module_name:
    'The name cannot be an Odoo module: ASCII letters, digits and underscores, not starting with a digit, at most 256.',
  unknown_instance: 'No instance has that name or series; `details.instances` lists those that exist.',
  ambiguous_instance: '`instance` and `branch` leave more than one instance; give `instance`.',
  target_not_allowed: '`target_dir` is not one of the addons directories the operator allowed.',
  target_unavailable:
    'The addons directory is gone, was replaced since the server started, or cannot be opened.',
  module_not_found:
    'No configured root of that family holds the module; `details.nearest` lists similar names.',
  ambiguous_module: 'Several repositories offer the module; choose one with `repo`.',
  wrong_family: 'The module belongs to another family; the hint names the tool to call, if there is one.',
  manifest_missing: 'The folder has no manifest that Odoo would read.',
  manifest_unreadable:
    'The manifest cannot be read: permissions, not UTF-8, larger than 1 MiB, or of more than 30,000 names and numbers.',
  manifest_invalid: 'Odoo would fail to load the manifest; `details.problems` has codes and lines.',
  not_importable: 'The module has no `__init__.py`, so Python cannot import it.',
  not_installable: 'The manifest says `installable: False`.',
  breaks_update: 'The manifest would make *Update Apps List* fail for the whole instance.',
  wrong_series: 'The module, or the branch of its repository, was made for another Odoo series.',
  dependency_missing:
    'A module that is needed is nowhere to be had, or Odoo would find one that it cannot install; `details.chain` leads to it.',
  dependency_needs_enterprise:
    'An OCA module needs one of Odoo Enterprise, which oca_link never links; the hint is the call that does.',
  dependency_cycle: 'Modules need one another in a circle, so that Odoo can install none of them.',
  license_conflict:
    'A module depends on one whose licence it may not build on, and the instance has `licenses: "refuse"`.',
  source_outside_roots:
    'The module folder or its manifest is a symlink that leads out of the configured roots.',
  occupied: 'A real file or directory has the name in the addons directory; it is never touched.',
  foreign_link:
    'A symlink of that name points outside the configured roots; it is not ours and never changed.',
  link_exists: 'A managed link of that name points to another folder; `replace: true` re-points it.',
  name_conflict: 'A managed link of that name holds a module of another family; it is never replaced.',
  still_required: 'A module that stays linked needs the one to be unlinked; `cascade: true` takes both.',
  not_linked: 'No link of that name is in the addons directory.',
  policy_denied:
    'The policy does not allow this call, or what has to keep count or record of it cannot be used; `reason` says which.',
  approval_required:
    'The call waits for somebody to approve it; `details` has the id, when it expires, what would change, the command, and what changed since an earlier approval. Make the same call again once it is approved.',
  rate_limited: 'The rate limit of this tool is reached; call again after `retry_after_ms`.',
  busy: 'Somebody else is changing the addons directory; call again after `retry_after_ms`.',
  cancelled: 'The call was cancelled; whatever was done has been undone.',
  io_error:
    'The file system refused the change (read-only, full, no permission); whatever was done has been undone.',
  internal_error: 'A fault in the server; the id is also in its log on stderr.',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof REFUSAL_CODES;

/** Why a request is not carried out, and what to do about it. */
export interface Refusal {
  readonly code: RefusalCode;
  /** One or two sentences for a person. Never holds a path outside the roots and addons directories. */
  readonly message: string;
  readonly module?: string;
  /** What to do next, as concretely as possible. */
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Milliseconds to wait before the same call can succeed. */
  readonly retry_after_ms?: number;
}

/** What was asked for, or why it cannot be had: the one shape of an expected failure, in every room. */
export type Result<T, Why = Refusal> = { readonly ok: true; readonly value: T } | Refused<Why>;
export type Refused<Why = Refusal> = { readonly ok: false; readonly refusal: Why };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** A refusal that was made already, or problems with what an operator wrote. */
export function refused<Why>(refusal: Why): Refused<Why> {
  return { ok: false, refusal };
}

export function refuse(
  code: RefusalCode,
  message: string,
  rest: Omit<Refusal, 'code' | 'message'> = {},
): Refused {
  return { ok: false, refusal: { code, message, ...rest } };
}

/** How many reasons the message of a combined refusal spells out. */
const MOST_SHOWN = 10;
/** How many it holds as data. A client gives up on an answer of many megabytes. */
const MOST_REASONS = 200;

/**
 * Joins the reasons of one call into one refusal.
 * @param refusals At least one. A single one is returned as it is; of several the first gives code and module,
 * and `details.reasons` holds all of them
 */
export function combineRefusals(given: readonly Refusal[]): Refusal {
  const refusals = given.flatMap(reasonsOf);
  const [first, ...others] = refusals;
  if (first === undefined) throw new Error('combineRefusals needs at least one refusal');
  if (others.length === 0) return first;
  const shown = refusals.slice(0, MOST_SHOWN).map(({ message }) => message);
  const said = [
    ...shown,
    ...(refusals.length > MOST_SHOWN ? [`And ${refusals.length - MOST_SHOWN} more.`] : []),
  ].join(' ');
  const hint = first.hint ?? others.find((refusal) => refusal.hint !== undefined)?.hint;
  return {
    code: first.code,
    message: `${refusals.length} problems, nothing was changed. ${said}`,
    ...(first.module !== undefined && { module: first.module }),
    ...(hint !== undefined && { hint }),
    details: {
      reasons: refusals.slice(0, MOST_REASONS),
      ...(refusals.length > MOST_REASONS && { more: refusals.length - MOST_REASONS }),
    },
  };
}

/** The single reasons of a refusal that was combined before; otherwise itself. */
function reasonsOf(refusal: Refusal): readonly Refusal[] {
  const reasons = refusal.details?.reasons;
  return Array.isArray(reasons) ? (reasons as Refusal[]) : [refusal];
}
