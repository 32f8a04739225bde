import { dependsOf, type KeptAssessment } from '../../addons/assess.ts';
import { inOneLine, quoted, quotedField } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import type { ServiceContext } from '../context.ts';
import { moduleHistory } from '../history/module-history.ts';
import type { LinkedModule } from '../linked-modules.ts';
import { adaptedVersion, shownLicense, shownName, shownVersion } from '../own-words.ts';
import { type DependencyTree, isOdoos, type TreeNode } from './dependency-tree.ts';
import type { FoundModule } from './find-module.ts';
import type { InCommon, OneInfo } from './info-schema.ts';
import { type Linkable, shortReasons } from './linkable.ts';
import { type Look, whereLinked } from './look.ts';

/** The most characters of a text that are shown. */
const MOST_TEXT = 200;
const MOST_TITLE = 100;
/** How many reasons are told. */
const MOST_REASONS = 20;
/** Characters of a commit; enough for any repository. */
const COMMIT = 12;

/** Everything that is told of a single module alone. */
export async function describeOne(
  module: FoundModule,
  tree: DependencyTree,
  linkable: ReadonlyMap<string, Linkable>,
  look: Look,
  context: Pick<ServiceContext, 'readPast'>,
): Promise<Omit<OneInfo, InCommon>> {
  const { name, family, repo, offer, assessment } = module;
  const { instance, linked, readProvenance, elsewhere, turns, sources } = look;
  const [provenance = null] =
    offer === null ? [] : await readProvenance([{ path: offer.path, root: offer.root.path }]);
  const path = offer?.path ?? null;
  const needs = tree.nodes.slice(1);
  const answer = linkable.get(name) as Linkable;
  const history = await moduleHistory(name, instance.name, { ...context, ...sources.discretion }, turns);
  return {
    module: name,
    family,
    repo,
    path,
    ...describeAssessment(assessment),
    linkable: answer.linkable,
    reasons: shortReasons(answer, MOST_REASONS),
    branch: provenance?.branch == null ? null : quoted(provenance.branch),
    commit: provenance?.commit?.slice(0, COMMIT) ?? null,
    dirty: provenance?.dirty ?? null,
    linked: whereLinked(name, path, look),
    needed_by: await whoNeeds(name, linked, turns),
    dependencies: needs.filter((node) => !isOdoos(node)).map(describeNode),
    odoo_modules: needs.filter(isOdoos).map((node) => node.module),
    elsewhere: await elsewhere(name, path ?? undefined),
    ...(history !== null && { history }),
  };
}

function describeNode({
  module,
  state,
  family,
  repo,
  depends,
  sound,
}: TreeNode): OneInfo['dependencies'][number] {
  return { module, state, family, repo, depends, ...(!sound && state !== 'missing' && { sound }) };
}

/** The linked modules that have a name in `depends`. */
export async function whoNeeds(
  name: string,
  linked: readonly LinkedModule[],
  turns: Turns,
): Promise<string[]> {
  const dependents = new Set<string>();
  for (const other of linked) {
    if (dependsOf(other.assessment).includes(name)) dependents.add(shownName(other.name));
    const pause = turns.spend();
    if (pause !== undefined) await pause;
  }
  return [...dependents];
}

function describeAssessment(assessment: KeptAssessment | null) {
  const judgement = assessment?.judgement ?? null;
  const fields = judgement?.fields ?? null;
  return {
    verdict: judgement?.verdict ?? (assessment === null ? null : ('invisible' as const)),
    problems: judgement?.problems ?? [],
    manifest:
      fields === null
        ? null
        : {
            name: quotedField(inOneLine(fields.name), MOST_TITLE),
            summary: quotedField(inOneLine(fields.summary), MOST_TEXT),
            version: shownVersion(fields),
            ...adaptedVersion(fields),
            license: shownLicense(fields.license),
            category: quotedField(fields.category, MOST_TITLE),
            ...(fields.application && { application: true as const }),
            ...autoInstall(fields.autoInstall),
            depends: fields.depends.map(shownName),
          },
  };
}

function autoInstall(value: boolean | readonly string[]): { auto_install?: true | readonly string[] } {
  if (value === false) return {};
  return { auto_install: value === true ? value : value.map(shownName) };
}
