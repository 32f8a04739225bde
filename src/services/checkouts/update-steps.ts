import type { Surface } from '../../base/surface.ts';
import { firstInWords } from '../../base/text.ts';
import type { UpdateReport } from './update-report.ts';

/** What next steps are made from. */
interface Changed
  extends Pick<
    UpdateReport,
    'changed_version' | 'changed_without_version' | 'lost_installability' | 'deleted' | 'moved'
  > {
  readonly isDryRun: boolean;
  /** Whether a checkout was moved, or would be. */
  readonly isChanged: boolean;
}

/** How many names a command has. */
const MOST_NAMED = 10;

/**
 * What to do in Odoo once checkouts were updated; one sentence for each step.
 * @param forDependencies What to do about new dependencies.
 * @param surface What they are written for.
 */
export function updateSteps(
  {
    changed_version,
    changed_without_version,
    lost_installability,
    deleted,
    moved,
    isDryRun,
    isChanged,
  }: Changed,
  forDependencies: readonly string[],
  surface: Surface,
): string[] {
  // What cannot be installed cannot be updated.
  const lost = new Set(lost_installability.map(({ module }) => module));
  const updated = changed_version.map(({ module }) => module).filter((module) => !lost.has(module));
  const restarted = changed_without_version.filter((module) => !lost.has(module));
  const steps = [...forDependencies];
  if (updated.length + changed_without_version.length + deleted.length + moved.length > 0)
    steps.push('Restart Odoo: it keeps the code that it has imported.');
  if (updated.length > 0) {
    steps.push(
      `In every database where they are installed, update what has a new version: odoo -d DATABASE ${updateOf(updated)} --stop-after-init${rest(updated, 'changed_version')}.`,
    );
  }
  if (restarted.length > 0) {
    steps.push(
      `Where files changed without a new version, the same takes in changed views and data: ${updateOf(restarted)}${rest(restarted, 'changed_without_version')}.`,
    );
  }
  if (!isDryRun || !isChanged) return steps;
  const gone = deleted.map(({ module }) => module);
  const first = `Before that, uninstall ${firstInWords(gone, MOST_NAMED)} in Odoo where ${gone.length === 1 ? 'it is' : 'they are'} installed: ${gone.length === 1 ? 'its' : 'their'} code goes.`;
  return [
    `Make the same call without ${surface.argument('dry_run')}.`,
    ...(gone.length > 0 ? [first] : []),
    ...steps,
  ];
}

function updateOf(names: readonly string[]): string {
  return `-u ${names.slice(0, MOST_NAMED).join(',')}`;
}

function rest(names: readonly string[], field: string): string {
  const more = names.length - MOST_NAMED;
  return more > 0 ? `, and with the other ${more} of \`${field}\`` : '';
}
