/** Describes a call that waits for approval, as text and as data, for the person who decides. */
import type { SourceState } from '../addons/source-state.ts';
import { oneLine, quoted } from '../base/text.ts';
import type { OperationPlan, OperationStep } from '../odoo/operation-plan.ts';
import type { BoundCall } from './approval.ts';

const MOST_NAMED = 20;
const MOST_CHANGED = 10;
/** The digits of a commit that a person is shown. */
const COMMIT_SHOWN = 12;

/**
 * `oca_link in /srv/linked: create a, replace b`, `oca_clone for prod: clone web at 1f0c2a3b4c5d`, `odoo_install for prod: in the
 * database prod, restart Odoo; install a 17.0.1.0.0; install b, c (needed)`.
 */
export function describeRequest({ tool, instance, targetDirs, changes, checkouts, odoo }: BoundCall): string {
  const all = [
    ...changes.map(({ action, module }) => `${action} ${module}`),
    ...checkouts.map(({ action, repo, before, after }) => {
      const from = before === null ? 'at' : `from ${before.slice(0, COMMIT_SHOWN)} to`;
      return `${action} ${repo} ${from} ${after.slice(0, COMMIT_SHOWN)}`;
    }),
  ];
  const more = all.length > MOST_NAMED ? [`and ${all.length - MOST_NAMED} more`] : [];
  const links = all.length === 0 ? 'no link changes' : [...all.slice(0, MOST_NAMED), ...more].join(', ');
  const what = odoo === null ? links : operationInWords(odoo);
  const where = targetDirs.length === 0 ? `for ${instance}` : `in ${targetDirs.join(', ')}`;
  return oneLine(`${tool} ${where}: ${what}`);
}

/** An action and a reason are said once for all modules that share them: one that is named can bring thirty along. */
function operationInWords({ restarts, database, operation }: OperationPlan): string {
  const groups = new Map<
    string,
    { readonly action: string; readonly because: string; readonly names: string[] }
  >();
  for (const step of operation.slice(0, MOST_NAMED)) {
    const { module, action, why } = step;
    const key = `${action} ${why}`;
    const group = groups.get(key) ?? { action, because: why === 'named' ? '' : ` (${why})`, names: [] };
    group.names.push(why === 'named' ? [module, ...versionsOf(step)].join(' ') : module);
    groups.set(key, group);
  }
  const more = operation.length - MOST_NAMED;
  const steps = [
    ...(restarts ? ['restart Odoo'] : []),
    ...[...groups.values()].map(({ action, because, names }) => `${action} ${names.join(', ')}${because}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  return `in the database ${quoted(database)}, ${steps.join('; ')}`;
}

/** `17.0.1.0.0 -> 17.0.2.0.0`; nothing if no version is known. */
export function versionsOf({ from, to }: Pick<OperationStep, 'from' | 'to'>): string[] {
  const versions = [from, to].flatMap((one) => one ?? []);
  return versions.length === 0 ? [] : [versions.join(' -> ')];
}

/**
 * The same with the state of each module: `oca_link in /srv/linked: create a. a: from web, ...`.
 * @param changed What has changed since an earlier approval, see {@link describeChanged}.
 */
export function describeInFull(call: BoundCall, changed: readonly string[]): string {
  const states = [...call.changes, ...(call.odoo?.code ?? [])]
    .slice(0, MOST_NAMED)
    .flatMap(({ module, state }) => {
      return state === null ? [] : [`${module}: ${describeState(state).join(', ')}`];
    });
  const since = changed.length > 0 ? [`Since it was approved, ${listChanged(changed)}`] : [];
  return oneLine([describeRequest(call), ...states, ...since].join('. '));
}

/** `since it was approved, the manifest of b changed`. */
export function describeChanged(changed: readonly string[]): string {
  return `since it was approved, ${listChanged(changed)}`;
}

function listChanged(changed: readonly string[]): string {
  const more = changed.length > MOST_CHANGED ? [`and ${changed.length - MOST_CHANGED} more`] : [];
  return [...changed.slice(0, MOST_CHANGED), ...more].join('; ');
}

/** The state of a module to be linked: `from web`, `commit 1f0c...`, `with local changes`, ... */
export function describeState({ repos, commit, dirty, manifest, folders }: SourceState): string[] {
  const { module, repository, root } = folders;
  return [
    `from ${repos.map(quoted).join(' in ')}`,
    commit === null ? 'commit unknown' : `commit ${quoted(commit)}`,
    dirty === null ? 'local changes unknown' : dirty ? 'with local changes' : 'no local changes',
    `manifest sha256 ${manifest ?? 'unknown'}`,
    `folder ${place(module)}, repository ${place(repository)}, root ${place(root)}`,
  ];
}

/** What a running Odoo would do, as data. */
export function plainOperation({ code, ...rest }: OperationPlan) {
  return { ...rest, code: code.map(({ module, state }) => ({ module, ...plainState(state) })) };
}

/** The same as data. */
export function plainState({ repos, commit, dirty, manifest, folders }: SourceState) {
  return { repos, commit, dirty, manifest_sha256: manifest, folders };
}

/** Device and inode, as `stat -c %d:%i` prints them; the creation time would not help a person. */
function place(identity: string | null): string {
  return identity?.split(':').slice(0, 2).join(':') ?? 'unknown';
}
