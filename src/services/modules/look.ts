import { join } from 'node:path';
import type { ModuleName } from '../../addons/module-name.ts';
import { doesOdooLookIn, remedyForOffPath } from '../../addons/where-odoo-looks.ts';
import type { Result } from '../../base/refusal.ts';
import type { ReadProvenance } from '../../sources/provenance.ts';
import type { Scope } from '../context.ts';
import type { LinkedModule } from '../linked-modules.ts';
import type { LookElsewhere } from '../other-instances.ts';
import type { StateOf } from '../status/entry-state.ts';
import { describeRemedy } from '../status/remedy.ts';
import type { FoundModule } from './find-module.ts';
import type { OneInfo } from './info-schema.ts';

/** What a call looks at. */
export interface Look extends Scope {
  readonly linked: readonly LinkedModule[];
  readonly stateOf: StateOf;
  readonly elsewhere: LookElsewhere;
  /** Asks about each module once. */
  readonly readProvenance: ReadProvenance;
}

/** A name that a call asks about, and what was found. */
export interface Asked {
  readonly name: ModuleName;
  readonly found: Result<FoundModule>;
}

/**
 * The places a module is linked in, and what is wrong there.
 * @param path Its folder in the roots, if it has one.
 */
export function whereLinked(
  name: string,
  path: string | null,
  { instance, linked, stateOf, sources }: Pick<Look, 'instance' | 'linked' | 'stateOf' | 'sources'>,
): OneInfo['linked'] {
  const entries = linked.filter((module) => module.name === name);
  return entries.map((module) => {
    const isShown = module.family !== null || module.entry.kind === 'occupied';
    const source = isShown ? module.folder : null;
    const { state, problem, ...rest } = stateOf(module);
    const isFirst = module.dir === instance.addonsDirs[0];
    const surface = isFirst ? sources.surface : sources.surface.at({ target_dir: module.dir.path });
    const remedy = describeRemedy(rest, [name], surface);
    return {
      link: join(module.dir.path, name),
      state,
      ...(source !== null && source !== path && { source }),
      ...(problem !== undefined && { problem }),
      ...(remedy !== null && { remedy }),
      ...(state === 'ok' && doesOdooLookIn(module.dir.path, instance) === 'no' && offPath(module, instance)),
    };
  });
}

function offPath({ dir }: LinkedModule, { paths }: Look['instance']) {
  return {
    problem: 'Odoo does not look in this addons directory.',
    remedy: `Ask the operator to ${remedyForOffPath(dir.path, paths)}.`,
  };
}
