import { basename } from 'node:path';
import type { Closure } from '../../addons/dependencies.ts';
import type { ModuleName } from '../../addons/module-name.ts';
import { rootOf, type ToolFamily, toolsOf } from '../../addons/roots.ts';
import type { Turns } from '../../base/turns.ts';
import type { Instance } from '../../config/instance.ts';
import type { Judgement } from '../../manifest/judgement.ts';
import type { PlacedFolder, ReadProvenance } from '../../sources/provenance.ts';
import { checkLicenses } from './check-licenses.ts';
import type { Known, WarnedModule, Warning } from './link-call.ts';

/** What a call that changes nothing rests on. */
export interface Resting {
  /** The linked dependencies that the called tool links. */
  readonly resting: readonly WarnedModule[];
  /** What is wrong with licences, of the modules that were asked for and of those. */
  readonly warnings: readonly Warning[];
}

/**
 * Looks at the linked dependencies of a call that finds everything linked, so that it can repeat every warning of the call
 * that linked them. A call that changes anything does not need it: it warns of what it links.
 */
export async function restOn(
  closure: Closure<Known>,
  tool: ToolFamily,
  { roots, licenses }: Instance,
  readProvenance: ReadProvenance,
  turns: Turns,
): Promise<Resting> {
  const isOurs = (known: Known) =>
    known.kind === 'satisfied' && known.by === 'linked' && toolsOf(known.family) === tool;
  const linked: Omit<WarnedModule, 'provenance'>[] = [];
  const places: PlacedFolder[] = [];
  for (const { name, value } of closure.reached) {
    const pause = turns.spend();
    if (pause !== undefined) await pause;
    if (value.kind !== 'satisfied' || !isOurs(value)) continue;
    const path = value.folder;
    const root = path === null ? null : rootOf(path, roots);
    const judgement = value.assessment?.judgement;
    if (path === null || root === null || judgement?.fields == null || basename(path) !== name) continue;
    places.push({ path, root: root.path });
    linked.push({
      source: { name: name as ModuleName, path, family: root.family },
      fields: judgement.fields,
      problems: judgement.problems,
      literal: (judgement as Partial<Pick<Judgement, 'literal'>>).literal,
      isServerWide: false,
    });
  }
  const provenances = linked.length === 0 ? [] : await readProvenance(places);
  const resting = linked.map((one, index) => ({ ...one, provenance: provenances[index] ?? null }));
  const isJudged = (known: Known) => known.kind === 'found' || isOurs(known);
  const { warnings, refusals } = await checkLicenses(closure, licenses, turns, isJudged);
  // What is linked already is not refused any more.
  const late = refusals.map(({ code, module = '', message }) => ({ code, module, message }));
  return { resting, warnings: [...warnings, ...late] };
}
