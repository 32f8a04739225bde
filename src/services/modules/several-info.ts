import type { Refusal, Result } from '../../base/refusal.ts';
import { shownLicense, shownVersion } from '../own-words.ts';
import type { DependencyTree } from './dependency-tree.ts';
import type { FoundModule } from './find-module.ts';
import type { InCommon, ModuleRow, SeveralInfo } from './info-schema.ts';
import { type Linkable, shortReasons } from './linkable.ts';
import { type Asked, type Look, whereLinked } from './look.ts';

/** How many reasons of one of several modules are told. */
const MOST_REASONS = 3;

/** What is told of each of several modules, and what comes along with them. */
export async function describeSeveral(
  asked: readonly Asked[],
  { nodes }: DependencyTree,
  linkable: ReadonlyMap<string, Linkable>,
  look: Look,
): Promise<Omit<SeveralInfo, InCommon>> {
  const modules: ModuleRow[] = [];
  for (const { name, found } of asked) {
    const path = found.ok ? found.value.offer?.path : undefined;
    const answer = found.ok ? (linkable.get(name) as Linkable) : notFound(found.refusal);
    const linked = whereLinked(name, path ?? null, look).map(({ state }) => state);
    modules.push({
      module: name,
      ...describeRow(found, linked),
      linkable: answer.linkable,
      linked,
      reasons: shortReasons(answer, MOST_REASONS),
      // Of what is here and fine, it is not asked.
      elsewhere: answer.linkable || linked.includes('ok') ? [] : await look.elsewhere(name, path),
    });
  }
  const comes_along = nodes.filter(({ state }) => state === 'available').map(({ module }) => module);
  return { modules, comes_along };
}

/** A module that was not found; that its repository must be there goes without saying. */
function notFound({ message, hint }: Refusal): Linkable {
  const isSaid =
    hint === undefined || hint.includes('Ask the operator to check out the repository that contains it');
  return { linkable: false, reasons: [isSaid ? message : `${message} ${hint}`], more: 0 };
}

function describeRow(found: Result<FoundModule>, linked: readonly string[]) {
  if (!found.ok) {
    return { exists: found.refusal.code === 'ambiguous_module', family: null, repo: null };
  }
  const { family, repo, offer, assessment } = found.value;
  const fields = assessment?.judgement?.fields;
  return {
    exists: offer !== null || assessment !== null || linked.length > 0 || family === 'core',
    family,
    repo,
    ...(fields != null && { version: shownVersion(fields), license: shownLicense(fields.license) }),
  };
}
