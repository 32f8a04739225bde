import type { ModuleSource } from '../addons/lookup.ts';
import type { ModuleName } from '../addons/module-name.ts';
import { type Family, toolsOf } from '../addons/roots.ts';
import type { SourceState } from '../addons/source-state.ts';
import { ok, type Refusal, refuse } from '../base/refusal.ts';
import { type Surface, TOOLS } from '../base/surface.ts';
import { capitalised, quoted } from '../base/text.ts';
import type { AddonsDir } from './addons-dir.ts';
import { describeForeign, type Entry } from './inspect-entry.ts';
import { type LinkRules, linkText, type Unreachable } from './link-text.ts';

/**
 * One link of a plan. The existing entry decides the action or refusal:
 *
 * | entry                                   | without `replace` | with `replace` |
 * | --------------------------------------- | ----------------- | -------------- |
 * | absent                                  | create            | create         |
 * | a link that leads to the source         | keep              | keep           |
 * | a managed link, elsewhere or broken     | `link_exists`     | replace        |
 * | a managed link to another family        | `name_conflict`   | `name_conflict`|
 * | a foreign link, a loop                  | `foreign_link`    | `foreign_link` |
 * | a real file or directory                | `occupied`        | `occupied`     |
 */
export interface PlannedLink {
  readonly module: ModuleName;
  readonly source: ModuleSource;
  /** The state of the source when the plan was made. */
  readonly state: SourceState;
  readonly action: 'create' | 'replace' | 'keep';
  /** The text of the link, in the instance's link style and as Odoo sees it; of one that is kept, as it is. */
  readonly target: string;
  /** The text of the link that is replaced or kept. */
  readonly previous: string | null;
  /** Whether the link that is replaced is broken. */
  readonly isMended?: true;
}

/** One link to remove. The service that plans removals has checked that it is managed and not needed. */
export interface PlannedRemoval {
  readonly module: ModuleName;
  readonly action: 'remove';
  /** The family of the module it leads to. */
  readonly family: Family | null;
  /** The text of the link; a link of that name with another text is not removed. */
  readonly previous: string;
}

/** The changes of one addons directory, to be made completely or not at all. At most one per name. */
export interface LinkPlan {
  readonly dir: AddonsDir;
  readonly links: readonly PlannedLink[];
  readonly removals: readonly PlannedRemoval[];
}

export function changesAnything({ links, removals }: LinkPlan): boolean {
  return removals.length > 0 || links.some(({ action }) => action !== 'keep');
}

/** One change a call would make. */
export interface PlannedChange {
  readonly module: ModuleName;
  readonly action: 'create' | 'replace' | 'remove';
  /** The real folder the link would lead to; null for a removal. */
  readonly source: string | null;
  /** The text of the existing link; null if there is none. */
  readonly previous: string | null;
  /** The text of the new link; null for a removal. */
  readonly target: string | null;
  /** The state of the folder; null for a removal. */
  readonly state: SourceState | null;
}

/** The changes of a plan; none without a plan. */
export function changesOf(plan: LinkPlan | null): PlannedChange[] {
  const made = (plan?.links ?? []).flatMap(({ module, action, source, previous, target, state }) =>
    action === 'keep' ? [] : [{ module, action, source: source.path, previous, target, state }],
  );
  const removed = (plan?.removals ?? []).map(({ module, action, previous }) => {
    return { module, action, source: null, previous, target: null, state: null };
  });
  return [...made, ...removed];
}

/** A module to link, and the existing entry of its name. */
export interface WantedLink extends Pick<PlannedLink, 'source' | 'state'> {
  readonly entry: Entry;
}

/**
 * Decides what to do for each module. Reads and changes nothing.
 * @param wanted The proven sources, with the existing entries of their names.
 * @param rules How targets are written.
 * @param options Whether managed links may be replaced, and who reads the refusals.
 * @returns The plan, and a refusal for each module that cannot be linked. If there is one, the plan must not be applied.
 */
export function planLinks(
  dir: AddonsDir,
  wanted: readonly WantedLink[],
  rules: Pick<LinkRules, 'linkStyle' | 'paths'>,
  options: {
    readonly replace: boolean;
    /** Whether refusals may show any path. */
    readonly isOperator?: boolean | undefined;
    /** What hints are written for. */
    readonly surface?: Surface | undefined;
  },
): { plan: LinkPlan; refusals: Refusal[] } {
  const links: PlannedLink[] = [];
  const refusals: Refusal[] = [];
  for (const { source, state, entry } of wanted) {
    const shown = options.isOperator === true ? null : [dir.path];
    const decision = decide(source, entry, options.replace, shown, options.surface ?? TOOLS);
    if (typeof decision !== 'string') {
      refusals.push(decision);
      continue;
    }
    const previous = entry.kind === 'link' ? entry.target : null;
    const text = decision === 'keep' ? ok(previous as string) : linkText(dir.path, source.path, rules);
    if (!text.ok) refusals.push(...refuseUnreachable(dir, source, text.refusal, refusals));
    else {
      const isMended = decision === 'replace' && entry.kind === 'link' && entry.source === null;
      const link = { module: source.name, source, state, action: decision, target: text.value, previous };
      links.push({ ...link, ...(isMended && { isMended }) });
    }
  }
  return { plan: { dir, links, removals: [] }, refusals };
}

function decide(
  source: ModuleSource,
  entry: Entry,
  replace: boolean,
  shown: readonly string[] | null,
  surface: Surface,
): PlannedLink['action'] | Refusal {
  const module = source.name;
  if (entry.kind === 'absent') return 'create';
  if (entry.kind === 'occupied' && entry.by === 'link as text') {
    const message = `The addons directory contains a text file named ${module} with a path in it: git checked out a symlink as text.`;
    const hint =
      'Ask the operator to remove the file, or to check it out as a symlink (git config core.symlinks true).';
    return refuse('occupied', message, { module, hint }).refusal;
  }
  if (entry.kind === 'occupied' && entry.by === 'no module') {
    const message = `The addons directory contains a real directory named ${module}, which has no manifest: it is not a module.`;
    const hint =
      'Ask the operator to look into it and to remove it: it may be what is left of a module, such as __pycache__.';
    return refuse('occupied', message, { module, hint }).refusal;
  }
  if (entry.kind === 'occupied') {
    return refuse('occupied', `The addons directory contains a real ${entry.by} named ${module}.`, {
      module,
      hint: 'Ask the operator to move it away. It may be a module that was copied there by hand.',
    }).refusal;
  }
  if (entry.source === source.path) return 'keep';
  if (entry.family === null) {
    return refuse('foreign_link', `The link ${module} is not managed: it ${describeForeign(entry, shown)}.`, {
      module,
      hint:
        entry.source === null
          ? 'Ask the operator to remove the link.'
          : 'Ask the operator to remove the link, or to add its target folder to the roots.',
    }).refusal;
  }
  if (toolsOf(entry.family) !== toolsOf(source.family)) {
    const message = `The link ${module} leads to a module of the family ${entry.family}, not ${source.family}.`;
    return refuse('name_conflict', message, {
      module,
      hint: 'Two families offer this name, and Odoo can load only one. Ask the operator to choose one.',
    }).refusal;
  }
  if (replace) return 'replace';
  const broken =
    entry.meant === undefined ? 'is broken' : 'names a path of this host, which Odoo does not see';
  const state = entry.source === null ? broken : 'leads to another folder';
  return refuse('link_exists', `The link ${module} already exists and ${state}.`, {
    module,
    ...(entry.source !== null && { details: { source: entry.source } }),
    hint: `${capitalised(surface.again({ replace: true }))} to replace it with a link to ${source.path}.`,
  }).refusal;
}

/**
 * No link of that style could lead Odoo to the folder.
 * @param before Refusals of other modules: what is wrong with the addons directory is told once.
 */
function refuseUnreachable(
  { path: dir }: AddonsDir,
  { name, path }: ModuleSource,
  reason: Unreachable,
  before: readonly Refusal[],
): Refusal[] {
  if (reason.why === 'differs') {
    const message = `A relative link to ${name} would be ${quoted(reason.here)} here, but ${quoted(reason.forOdoo)} for Odoo, which sees other paths.`;
    return [refuse('source_unavailable', message, { module: name, hint: LIE_ALIKE }).refusal];
  }
  const unmapped = 'it lies in no folder that `paths` in the configuration maps.';
  const hint = 'Ask the operator to mount it where Odoo runs, and to add that to `paths`.';
  if (reason.what === 'source') {
    const message = `Odoo does not see ${path}: ${unmapped}`;
    return [refuse('source_unavailable', message, { module: name, hint }).refusal];
  }
  const message = `Odoo does not see the addons directory ${dir}: ${unmapped}`;
  const isTold = before.some((refusal) => refusal.message === message);
  return isTold ? [] : [refuse('target_unavailable', message, { hint }).refusal];
}

const LIE_ALIKE =
  'Ask the operator to mount sources and addons directory so that they lie alike for Odoo, or to set linkStyle to "absolute".';
