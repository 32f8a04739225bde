import type { Surface } from '../../base/surface.ts';
import type { Instance } from '../../config/instance.ts';
import { KEEPS_CODE, named, odooSteps } from '../odoo/odoo-steps.ts';
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

/**
 * What to do in Odoo once checkouts were updated; one line for each step.
 * @param forDependencies What to do about new dependencies.
 * @param surface What they are written for.
 * @param instance Whose Odoo it is.
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
  instance: Pick<Instance, 'odoo'>,
): string[] {
  // What cannot be installed cannot be updated.
  const lost = new Set(lost_installability.map(({ module }) => module));
  const updated = changed_version.map(({ module }) => module).filter((module) => !lost.has(module));
  const restarted = changed_without_version.filter((module) => !lost.has(module));
  const isCodeChanged = updated.length + changed_without_version.length + deleted.length + moved.length > 0;
  const restart = isCodeChanged ? KEEPS_CODE : null;
  const steps = [
    ...forDependencies,
    ...odooSteps({ restart, upgrade: updated, elsewhere: 'leave' }, instance, surface),
  ];
  if (restarted.length > 0) {
    const them = restarted.length === 1 ? 'it' : 'them';
    steps.push(
      `Files of ${named(restarted)} changed without a new version: upgrade ${them}, too, if views or data are to follow.`,
    );
  }
  if (!isDryRun || !isChanged) return steps;
  const gone = deleted.map(({ module }) => module);
  const first = `Before that, uninstall ${named(gone)} in Odoo where ${gone.length === 1 ? 'it is' : 'they are'} installed: ${gone.length === 1 ? 'its' : 'their'} code goes.`;
  return [
    `Make the same call without ${surface.argument('dry_run')}.`,
    ...(gone.length > 0 ? [first] : []),
    ...steps,
  ];
}
