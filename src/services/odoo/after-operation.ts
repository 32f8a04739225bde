import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OperationPlan } from '../../odoo/operation-plan.ts';
import { servesFile } from '../../odoo/serves-file.ts';
import { staticStep } from './odoo-steps.ts';
import type { OperationWork } from './operation-work.ts';

const MOST_ASKED = 5;
const PATIENCE_MS = 10_000;
const ICON = ['static', 'description', 'icon.png'];

/**
 * What is left to do after an install: Odoo up to 18.0 answers 404 for the static files of modules that were linked after it started,
 * until it is restarted. It is asked whether it does.
 * @returns A sentence for each step; none if nothing is left.
 */
export async function afterOperation(
  { restarts, operation }: OperationPlan,
  { scope, context }: OperationWork,
): Promise<string[]> {
  const { odoo = null, series } = scope.instance;
  if (odoo === null || restarts || series === '19.0') return [];
  const { signal } = context;
  const lacking: string[] = [];
  const linked = operation.filter(
    ({ module, action }) => action === 'install' && scope.view.find(module)?.by === 'linked',
  );
  for (const { module } of linked.slice(0, MOST_ASKED)) {
    const folder = scope.view.find(module)?.folder ?? null;
    const file = folder === null ? null : someStaticFile(folder);
    if (file === null) continue;
    if ((await servesFile(odoo, module, file, { limit: PATIENCE_MS, signal })) === false)
      lacking.push(module);
  }
  return lacking.length === 0 ? [] : [staticStep(lacking)];
}

/** A file in the `static` folder of a module; null if there is none. */
function someStaticFile(folder: string): readonly string[] | null {
  if (existsSync(join(folder, ...ICON))) return ICON;
  try {
    const [file] = readdirSync(join(folder, 'static'), { withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return file === undefined ? null : ['static', file.name];
  } catch {
    return null;
  }
}
