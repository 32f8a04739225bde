import { ok, type Result } from '../../base/refusal.ts';
import type { Surface } from '../../base/surface.ts';
import { type ServiceContext, surfaceAt } from '../context.ts';
import { type AfterChange, refreshAfter } from '../odoo/after-change.ts';
import { briefLinks, type LinkAnswer } from './brief-links.ts';
import { briefUnlinks, type UnlinkAnswer } from './brief-unlinks.ts';
import type { LinkReport } from './link-call.ts';
import { nextSteps } from './next-steps.ts';
import type { Room } from './told-links.ts';
import type { UnlinkReport } from './unlink-modules.ts';

/**
 * Makes an answer of what a call linked, see {@link briefLinks}: all of it for an operator.
 * @param refreshes Whether Odoo is to read its list of modules again.
 */
export async function answerLinks(
  work: Promise<Result<LinkReport & { readonly removed?: readonly string[] }>>,
  context: ServiceContext,
  refreshes = false,
): Promise<Result<LinkAnswer>> {
  const done = await work;
  if (!done.ok) return done;
  const report = done.value;
  const surface = surfaceOf(report, context);
  const [first] = report.links;
  const needs = `${surface.call('addon_info', { module: first?.module })} to see what a module needs.`;
  const how = report.status === 'planned' ? needs : `${needs} ${howListed(report, surface)}`;
  const brief = briefLinks(report, roomFor(context), how);
  const odoo = refreshes ? await odooAfter(report, context) : null;
  if (odoo === null) return ok(brief);
  const { stepFacts } = report;
  const isRefreshed = odoo.problem === undefined && stepFacts !== undefined;
  return ok({ ...brief, odoo, ...(isRefreshed && { next_steps: nextSteps(stepFacts, odoo) }) });
}

/** Makes an answer of what a call unlinked. */
export async function answerUnlinks(
  work: Promise<Result<UnlinkReport>>,
  context: ServiceContext,
  refreshes = false,
): Promise<Result<UnlinkAnswer>> {
  const done = await work;
  if (!done.ok) return done;
  const how = howListed(done.value, surfaceOf(done.value, context));
  const brief = briefUnlinks(done.value, roomFor(context), how);
  const odoo = refreshes ? await odooAfter(done.value, context) : null;
  return ok(odoo === null ? brief : { ...brief, odoo });
}

/** What Odoo says of the modules, once it has read its list again; null after a dry run. */
async function odooAfter(
  { status, instance, links }: Pick<LinkReport | UnlinkReport, 'status' | 'instance' | 'links'>,
  context: ServiceContext,
): Promise<AfterChange | null> {
  if (status === 'planned') return null;
  const modules = links.map(({ module }) => module);
  return refreshAfter(instance, modules, context);
}

function roomFor({ isOperator }: ServiceContext): Room {
  return isOperator === true ? 'all' : 'answer';
}

function surfaceOf(
  { instance, target_dir }: Pick<LinkReport, 'instance' | 'target_dir'>,
  context: ServiceContext,
): Surface {
  const found = context.instances.find(({ name }) => name === instance);
  if (found === undefined) throw new Error('a report of no instance');
  return surfaceAt(
    found,
    context,
    found.addonsDirs.find(({ path }) => path === target_dir),
  );
}

/** How to see what is linked now: of the repository with the first link. */
function howListed(
  { links }: { readonly links: readonly { readonly repo: string | null }[] },
  surface: Surface,
): string {
  const repo = links.find((link) => link.repo !== null)?.repo ?? undefined;
  return `${surface.call('link_status', { repo })} to see what is linked from a repository.`;
}
