/**
 * Refusals: the expected failures of all rooms.
 *
 * A refusal is a value, not an exception: it has a code from a closed list, a message that a person can act on and, if
 * there is a next step, a hint.
 */
import { asSentence } from './text.ts';

/** Every refusal code, its meaning and the usual remedy. The table in docs/refusals.md is generated from this. */
export const REFUSAL_CODES = {
  invalid_argument: 'An argument is missing, unknown or of the wrong type; the message names it.',
  invalid_module_name:
    'The name cannot be an Odoo module: ASCII letters, digits and underscores, not starting with a digit, at most 256.',
  unknown_instance: 'No instance has that name or series; `details.instances` lists those that exist.',
  ambiguous_instance: '`instance` and `branch` leave more than one instance; give `instance`.',
  target_not_allowed: '`target_dir` is not one of the addons directories configured by the operator.',
  target_unavailable:
    'The addons directory or a root leads elsewhere than when the server started, or the addons directory is gone, was replaced, cannot be opened, or is not seen by Odoo (`paths`).',
  module_not_found:
    'No configured root of that family contains the module; `details.nearest` lists similar names.',
  source_unavailable:
    "A root or a repository is gone, empty, or cannot be read by the server's user, or Odoo does not see it (`paths`); the message says which.",
  ambiguous_module: 'Several repositories offer the module; choose one with `repo`.',
  wrong_family: 'The module belongs to another family; the hint names the tool to call, if there is one.',
  manifest_missing: 'The folder has no manifest that Odoo would read.',
  manifest_unreadable:
    'The manifest cannot be read: no permission, not UTF-8, larger than 1 MiB, or more than 30,000 tokens.',
  manifest_invalid: 'Odoo would fail to load the manifest; `details.problems` has codes and lines.',
  not_importable: 'The module has no `__init__.py`, so Python cannot import it.',
  not_installable: 'The manifest says `installable: False`.',
  breaks_update: 'The manifest would make *Update Apps List* fail for the whole instance.',
  wrong_series: 'The module, or the branch of its repository, was made for another Odoo series.',
  dependency_missing:
    'A required module was not found, or Odoo would find one that it cannot install; `details.chain` shows what requires it.',
  dependency_needs_enterprise:
    'An OCA module needs an Odoo Enterprise module, which oca_link never links; the hint is the call that links it.',
  dependency_cycle: 'Modules depend on one another in a circle, so Odoo can install none of them.',
  license_conflict:
    'A module depends on another whose licence does not allow it, and the instance refuses that (`licenses`).',
  source_outside_roots:
    'The module folder or its manifest is a symlink that leads outside the configured roots.',
  occupied: 'The addons directory contains a real file or directory of that name; it is never changed.',
  foreign_link:
    'A symlink of that name leads outside the configured roots; it is not managed and never changed.',
  link_exists: 'A managed link of that name leads to another folder; `replace: true` replaces it.',
  name_conflict: 'A managed link of that name leads to a module of another family; it is never replaced.',
  still_required: 'A module that stays linked needs the module to be unlinked; `cascade: true` unlinks both.',
  still_installed:
    'The running Odoo has a module installed that is to be unlinked; `force: true` unlinks it all the same.',
  not_linked: 'The addons directory has no link of that name.',
  policy_denied:
    'The policy does not allow this call, or the rate limit or the audit trail cannot be used; `reason` says which.',
  approval_required:
    'The call must be approved first; `details` has the id, the expiry time, the planned changes, the command for the operator, and what changed since an earlier approval. Repeat the same call once it is approved.',
  invalid_request_state:
    'The answer to an approval form came with a `requestState` that cannot be accepted: it was changed, has expired, or belongs to another call or caller, or to a question that was decided before. Make the same call again without it.',
  rate_limited: 'The rate limit of this tool is reached; call again after `retry_after_ms`.',
  remote_failed:
    'A repository could not be cloned or fetched; `details.reason` says why (unreachable, not_found, no_branch, too_large, ...).',
  no_remote: 'The operator has not configured where repositories of that family come from (`sources`).',
  no_place: 'No root of the instance is a folder of checkouts, so there is nowhere to clone to.',
  odoo_failed:
    'The running Odoo cannot be asked, or did not do it; `details.reason` says why (unreachable, bad_login, busy, user_error, ...).',
  restart_needed:
    'The running Odoo must be restarted before it can do that; `details.cause` says why (upgrade, recover, outdated, not_listed, not_restarted).',
  not_installed: 'The running Odoo does not have the module installed, so it cannot be upgraded.',
  no_odoo: 'The operator has not configured how the running Odoo is reached (`odoo`).',
  busy: 'Another process or call is changing the addons directory; call again after `retry_after_ms`.',
  cancelled: 'The call was cancelled; its changes have been undone.',
  io_error: 'A system error (read-only, full, no permission); changes of the call have been undone.',
  internal_error: 'A bug in the server; its log on stderr has the same id.',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof REFUSAL_CODES;

/** Why a request was not carried out, and what to do about it. */
export interface Refusal {
  readonly code: RefusalCode;
  /** One or two sentences for a person. For an agent, never contains a path outside the roots and addons directories. */
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

/**
 * Combines several refusals of one call into one. A single one is returned unchanged; of several, the first gives the code and
 * the module, each gives its hint, and `details.reasons` has all of them.
 * @param given At least one.
 */
export function combineRefusals(given: readonly Refusal[]): Refusal {
  const refusals = given.flatMap(reasonsOf);
  const [first, ...others] = refusals;
  if (first === undefined) throw new Error('combineRefusals needs at least one refusal');
  if (others.length === 0) return first;
  const hint = combineHints(refusals);
  return {
    code: first.code,
    message: `${refusals.length} problems; nothing was changed: ${describeCounts(countCodes(refusals))}.`,
    ...(first.module !== undefined && { module: first.module }),
    ...(hint !== undefined && { hint }),
    details: { reasons: refusals },
  };
}

/** How many reasons an answer to an agent has. */
const MOST_TOLD = 20;

/**
 * A refusal as an agent is told it: of many reasons the first twenty, and how many more there are of each code. Their hints
 * are those of the whole.
 */
export function briefRefusal<T extends Refusal>(refusal: T): T {
  const reasons = refusal.details?.reasons;
  if (!Array.isArray(reasons)) return refusal;
  const told = (reasons as Refusal[]).slice(0, MOST_TOLD).map(({ hint: _, ...reason }) => reason);
  const more = countCodes((reasons as Refusal[]).slice(MOST_TOLD));
  return { ...refusal, details: { ...refusal.details, reasons: told, more } };
}

/** A refusal as lines of text: what is wrong, each reason, what to do. */
export function refusalLines({ message, code, hint, details }: Refusal): { head: string; lines: string[] } {
  const reasons = Array.isArray(details?.reasons) ? (details.reasons as Refusal[]) : [];
  const more = (details?.more ?? {}) as Readonly<Record<string, number>>;
  return {
    head: `${message} [${code}]`,
    lines: [
      ...reasons.map((reason) => `- ${asSentence(reason.message)} [${reason.code}]`),
      ...(Object.keys(more).length > 0 ? [`- And more: ${describeCounts(more)}.`] : []),
      ...(hint === undefined ? [] : [hint]),
    ],
  };
}

function countCodes(refusals: readonly Refusal[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code } of refusals) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ');
}

/** How many different hints a combined refusal has, and how many modules each of them names. */
const MOST_HINTS = 20;
const MOST_NAMED = 5;

/** Each hint once, with the modules that it is for. */
function combineHints(refusals: readonly Refusal[]): string | undefined {
  const modules = new Map<string, Set<string>>();
  for (const { hint, module } of refusals) {
    if (hint === undefined) continue;
    const named = modules.get(hint) ?? new Set();
    modules.set(hint, named);
    if (module !== undefined) named.add(module);
  }
  const hints = [...modules];
  if (hints.length < 2) return hints[0]?.[0];
  const shown = hints.slice(0, MOST_HINTS).map(([hint, named]) => {
    return named.size === 0 ? hint : `For ${listed([...named])}: ${hint}`;
  });
  const more = hints.length - MOST_HINTS;
  return [...shown, ...(more > 0 ? [`Mend these first: there are ${more} more hints.`] : [])].join(' ');
}

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** The reasons of a combined refusal; a single refusal itself. */
export function reasonsOf(refusal: Refusal): readonly Refusal[] {
  const reasons = refusal.details?.reasons;
  return Array.isArray(reasons) ? (reasons as Refusal[]) : [refusal];
}
