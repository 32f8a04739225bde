import type { Repository } from '../addons/discover.ts';
import type { PathView } from '../addons/on-path.ts';
import type { Family } from '../addons/roots.ts';
import { readSources, type Sources } from '../addons/sources.ts';
import type { Result } from '../base/refusal.ts';
import { type Surface, TOOLS } from '../base/surface.ts';
import { type Turns, takeTurns } from '../base/turns.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Instance } from '../config/instance.ts';
import type { LinkPlan } from '../links/plan-links.ts';
import type { Recovery, RecoveryOptions } from '../links/roll-back.ts';
import { isSince } from '../manifest/series.ts';
import type { OperationPlan } from '../odoo/operation-plan.ts';
import type { CheckoutPlan } from '../sources/checkout-plan.ts';
import type { ReadProvenance } from '../sources/provenance.ts';
import type { Remotes } from '../sources/remote/remote.ts';
import type { CloneReport } from './checkouts/clone-report.ts';
import type { CloneRequest } from './checkouts/clone-request.ts';
import { knownIndex } from './known-index.ts';
import type { OdooReport, OdooRequest } from './odoo/odoo-report.ts';
import { viewPath } from './path-view.ts';

/**
 * What hints are written for, with calls that reach the same instance and addons directory.
 * @param dir Calls that name no addons directory go to the first one.
 */
export function surfaceAt(
  { name, addonsDirs: [first] }: Instance,
  { instances, surface = TOOLS }: Pick<ServiceContext, 'instances' | 'surface'>,
  dir = first,
): Surface {
  return surface.at({
    ...(instances.length > 1 && { instance: name }),
    ...(dir !== undefined && dir !== first && { target_dir: dir.path }),
  });
}

/** What a call sees of an instance: what its roots offer, and what Odoo finds. */
export interface Scope {
  readonly instance: Instance;
  readonly sources: Sources;
  readonly view: PathView;
  readonly turns: Turns;
}

/** Looks at an instance anew, see {@link readSources}, so that the call sees the newest checkouts. */
export async function lookAround(
  instance: Instance,
  context: Pick<ServiceContext, 'signal' | 'mayTell' | 'stateDir'>,
  surface: Surface = TOOLS,
): Promise<Scope> {
  const turns = takeTurns(context.signal);
  const sources = await lookAtSources(instance, context, turns, surface);
  return { instance, sources, view: await viewPath(instance, sources.lists, sources.look), turns };
}

/** The sources of an instance, see {@link readSources}, with what is known of modules that are on no disk. */
export async function lookAtSources(
  { roots, series }: Pick<Instance, 'roots' | 'series'>,
  { mayTell, stateDir }: Pick<ServiceContext, 'mayTell' | 'stateDir'>,
  turns: Turns,
  surface: Surface = TOOLS,
): Promise<Sources> {
  const sources = await readSources(roots, series, turns, surface);
  return { ...sources, index: knownIndex(sources.repositories, stateDir, turns, tellingOf(mayTell)) };
}

/**
 * Whether the policy would show a module in a repository.
 * @param instanceOf The instance that a repository belongs to, if that is another one.
 */
export function tellingOf(
  mayTell: ServiceContext['mayTell'],
  instanceOf: (repository: Repository) => Instance | null = () => null,
): ((name: string, repository: Repository) => boolean) | undefined {
  if (mayTell === undefined) return undefined;
  return (name, repository) => {
    const found = { modules: [name], family: repository.root.family, repos: [repository.name] };
    return mayTell(found, instanceOf(repository) ?? undefined).ok;
  };
}

/** Units of work for finding a module and reading its manifest, see {@link Turns.spend}. */
export const READING = 8;

/**
 * What is needed to undo an interrupted change of an addons directory.
 * @throws If the directory belongs to no instance: a bug.
 */
export function recoveryOf(
  dir: LinkPlan['dir'],
  { instances, stateDir, recordRecovery }: Pick<ServiceContext, 'instances' | 'stateDir' | 'recordRecovery'>,
): RecoveryOptions & { readonly stateDir: string } {
  const own = instances.find(({ addonsDirs }) => addonsDirs.includes(dir));
  if (own === undefined) throw new Error('an addons directory of no instance');
  // `migrate --apply` links into the roots of instances of a later series.
  const later = instances.filter(({ series }) => series !== own.series && isSince(series, own.series));
  const roots = [own, ...later].flatMap((instance) => instance.roots);
  return { stateDir, rules: { ...own, roots }, recordRecovery };
}

/** Allows or refuses what a call is about to change. */
export interface PlanGuard {
  /**
   * Reviews a plan before the directory is locked; also the plan of a dry run, and one that changes nothing. May take as
   * long as a person needs to decide.
   * @returns `look again` if exactly this plan was approved: everything it is made from must then be read again under
   *   the lock.
   */
  review(
    plan: LinkPlan | CheckoutPlan | OperationPlan | null,
    isDryRun: boolean,
  ): Promise<Result<'as planned' | 'look again'>>;
  /** Called once, with the lock held, right before a plan is carried out. */
  begin(plan: LinkPlan | CheckoutPlan | OperationPlan | null): Promise<Result<void>>;
}

/** A module that was found by a call that only reads. */
export interface FoundPlace {
  /** Its name and the name of its folder. */
  readonly modules: readonly string[];
  /** Null outside all roots. */
  readonly family: Family | null;
  /** Names of the repositories it belongs to. */
  readonly repos: readonly string[];
}

/** An allowed call, as the audit trail tells how it ended. */
export interface PastCall {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly tool: string;
  readonly instance: string | null;
  /** As it names itself. */
  readonly client: { readonly name: string; readonly version: string } | null;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** The modules that the call named. */
  readonly modules: readonly string[];
  readonly links: readonly {
    readonly module: string;
    readonly action: 'create' | 'replace' | 'remove';
  }[];
  readonly duration_ms: number;
}

/** The end of the audit trail. */
export interface PastCalls {
  /** Newest first. */
  readonly outcomes: AsyncIterable<PastCall>;
  /** Whether these are all there are; known when they were read. */
  readonly isWhole: boolean;
}

/** What the services work with. The last fields belong to one call; the rest is the same for all calls. */
export interface ServiceContext {
  readonly instances: readonly Instance[];
  /** Where journals, locks and staged links are kept. */
  readonly stateDir: string;
  /** Where repositories may be cloned and updated from; absent or null if nothing is configured. */
  readonly remotes?: Remotes | null;
  readonly readProvenance: ReadProvenance;
  /** Records what is about to be undone; if that fails, nothing is undone. */
  recordRecovery(recovery: Recovery): Promise<Result<void>>;
  /**
   * Reads the end of the audit trail. Absent where nobody keeps one.
   * @param module Only calls that name or change it.
   */
  readPast?(module: string | undefined, turns: Turns): Result<PastCalls>;
  /** The modules in the roots of an instance; kept between calls. */
  catalogOf(instance: Instance): Catalog;
  /** Clones repositories as a call of `oca_clone` of its own: with its policy, its budget and its lines in the trail. */
  readonly clone?: ((request: CloneRequest) => Promise<Result<CloneReport>>) | undefined;
  /** Has Odoo read its list of modules again, as a call of `odoo_refresh` of its own. */
  readonly refresh?: ((request: OdooRequest) => Promise<Result<OdooReport>>) | undefined;
  /** The policy, for calls through the server; the command line has none. */
  readonly guard?: PlanGuard | undefined;
  /**
   * The policy: whether a call that only reads may show what it has found; and whether any call may show what `addon_info`
   * would find in another instance.
   */
  readonly mayTell?: ((found: FoundPlace, at?: Instance) => Result<void>) | undefined;
  /** The policy, for calls that read another instance besides: whether the same call could go there. */
  readonly mayReach?: ((at: Instance) => Result<void>) | undefined;
  /** What hints are written for; by default tools. */
  readonly surface?: Surface | undefined;
  /** Whether the answer is for an operator at a shell, who may see paths outside the roots and addons directories. */
  readonly isOperator?: boolean | undefined;
  /** When it is aborted, the call is rolled back. */
  readonly signal?: AbortSignal | undefined;
  /** Called with how much is done, of how much, and what; without that, the numbers are links. */
  readonly onProgress?: ((done: number, total: number, what?: string) => void) | undefined;
}
