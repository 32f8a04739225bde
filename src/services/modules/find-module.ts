import { assessFolder, type KeptAssessment } from '../../addons/assess.ts';
import { findAllOffers, type Offer, tellApart } from '../../addons/lookup.ts';
import type { ModuleName } from '../../addons/module-name.ts';
import { isCalledAny } from '../../addons/owners.ts';
import { type Family, settingOf, toolsOf } from '../../addons/roots.ts';
import { notOfOtherSeries } from '../../addons/series-of-checkout.ts';
import type { Sources } from '../../addons/sources.ts';
import { howToHave } from '../../addons/unknown-name.ts';
import { ok, type Refusal, type Refused, type Result, refuse } from '../../base/refusal.ts';
import { capitalised, quoted } from '../../base/text.ts';
import type { Scope } from '../context.ts';
import { locateModule } from '../locate-module.ts';
import type { AskedModule } from './dependency-tree.ts';

/** Which module is meant, if several have the name. */
export interface Choice {
  readonly family?: Family | undefined;
  readonly repo?: string | undefined;
}

/** A module that was found; without an offer, on Odoo's search path or in a built-in list alone. */
export interface FoundModule extends AskedModule {
  readonly name: ModuleName;
  readonly offer: Offer | null;
}

/**
 * Finds a module of any family: in the roots, on Odoo's search path, in the built-in lists. Whether it may be shown is left to
 * the caller; where a name has several places, only those that may be are told.
 * @returns The module, or `module_not_found` or `ambiguous_module`.
 */
export async function findModule(
  name: ModuleName,
  choice: Choice,
  scope: Scope,
): Promise<Result<FoundModule>> {
  const { sources, instance } = scope;
  const chosen = await chooseOffer(name, choice, sources);
  if (!chosen.ok) return chosen;
  const offer = chosen.value;
  if (offer === null) {
    const elsewhere = findElsewhere(name, choice, scope);
    if (elsewhere === null) return notFound(name, choice, sources);
    return ok({ name, offer, repo: null, ...elsewhere });
  }
  const assessment = assessFolder(name, offer.path, instance.roots, instance.series);
  return ok({ name, offer, family: offer.family, repo: offer.repository.name, assessment });
}

async function chooseOffer(
  name: ModuleName,
  { family, repo }: Choice,
  sources: Sources,
): Promise<Result<Offer | null>> {
  const all = await findAllOffers(name, sources);
  const named = all.filter(({ family: own, repositories }) => {
    return (
      (repo === undefined || isCalledAny(repositories, repo)) && (family === undefined || own === family)
    );
  });
  const offers = notOfOtherSeries(named, sources.series, sources.seriesOf);
  const [first, ...others] = offers;
  if (all.length === 0 || (first !== undefined && others.length === 0)) return ok(first ?? null);
  const mayShow = (offer: Offer) => sources.discretion?.mayShow(name, offer) !== false;
  const shown = (first === undefined ? all : offers).filter(mayShow);
  const [firstShown] = shown;
  // What may not be shown in any place is refused by whoever asked, as a module in one such place is.
  if (firstShown === undefined) return ok(first ?? (all[0] as Offer));
  if (first === undefined) {
    const where = shown.map((offer) => `${quoted(offer.repository.name)} (${offer.family})`).join(', ');
    return refuse('module_not_found', `No ${name} matches the given family and repo.`, {
      module: name,
      details: { offers: shown.map((offer) => ({ family: offer.family, repo: offer.repository.name })) },
      hint: `It is in ${where}.`,
    });
  }
  const families = new Set(offers.map((offer) => offer.family));
  const choice =
    families.size > 1
      ? { family: firstShown.family }
      : { repo: tellApart(offers)[offers.indexOf(firstShown)] };
  const withheld = offers.length - shown.length;
  const another = shown.length > 1 ? ', or with another of them' : '';
  return refuse(
    'ambiguous_module',
    `${name} exists in ${offers.length} places${withheld > 0 ? `, of which the policy does not show ${withheld}` : ''}.`,
    {
      module: name,
      details: { offers: shown.map((offer) => ({ family: offer.family, repo: offer.repository.name })) },
      hint: `${capitalised(sources.surface.again(choice))}${another}.`,
    },
  );
}

/** Looks for a module that no root offers on Odoo's addons path and in the built-in list. */
function findElsewhere(
  name: ModuleName,
  { family, repo }: Choice,
  { view, sources: { lists } }: Scope,
): { family: Family | null; assessment: KeptAssessment | null } | null {
  const onPath = view.find(name);
  const listed = lists.enterprise.has(name) ? ({ family: 'ee', assessment: null } as const) : null;
  const found = onPath ?? listed;
  return found === null || repo !== undefined || (family !== undefined && family !== found.family)
    ? null
    : found;
}

/** The refusal for an unknown module: that of a link call if it explains more. */
async function notFound(name: ModuleName, { family }: Choice, sources: Sources): Promise<Refused> {
  const tools = family === undefined ? (['oca', 'ee'] as const) : [toolsOf(family) ?? 'oca'];
  const explained: Refused[] = [];
  for (const tool of tools) {
    // Without a root of the family there is nothing to explain.
    const asked = sources.roots.some((root) => toolsOf(root.family) === tool)
      ? await locateModule(name, tool, sources)
      : null;
    if (asked?.ok === false && isExplained(asked.refusal)) explained.push(asked);
  }
  // An empty root of one family explains nothing while another family has modules.
  const isAll = explained.length === tools.length;
  const first = explained.find(({ refusal }) => isAll || refusal.details?.fault !== 'empty');
  if (first !== undefined) return first;
  const near = await sources.namesLike(name, 'oca', 'ee');
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(', ')}?`
      : howToHave('oca', settingOf('oca', sources.roots), sources.surface);
  return refuse('module_not_found', `No configured root contains ${name}.`, {
    module: name,
    details: { nearest: near },
    hint,
  });
}

/** Whether a refusal says more than that the module was not found. */
function isExplained({ code, details }: Refusal): boolean {
  return code === 'module_not_found' ? details?.nearest === undefined : code !== 'wrong_family';
}
