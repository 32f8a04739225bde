import type { CallPlace } from '../addons/lookup.ts';
import type { Family } from '../addons/roots.ts';
import type { Result } from '../base/refusal.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Instance } from '../config/instance.ts';
import type { LinkPlan } from '../links/plan-links.ts';
import type { Recovery, RecoveryOptions } from '../links/roll-back.ts';
import type { ReadProvenance } from '../sources/provenance.ts';

/**
 * What a call in a hint has to say to reach an instance and one of its addons directories.
 * @param dir The first one is where calls go that name none.
 */
export function placeOf(
  { name, addonsDirs: [first] }: Instance,
  { instances }: Pick<ServiceContext, 'instances'>,
  dir = first,
): CallPlace {
  return {
    ...(instances.length > 1 && { instance: name }),
    ...(dir !== undefined && dir !== first && { target_dir: dir.path }),
  };
}

/**
 * With what an interrupted change of an addons directory is undone.
 * @throws When the directory is of no instance: a bug.
 */
export function recoveryOf(
  dir: LinkPlan['dir'],
  { instances, stateDir, recordRecovery }: Pick<ServiceContext, 'instances' | 'stateDir' | 'recordRecovery'>,
): RecoveryOptions & { readonly stateDir: string } {
  const rules = instances.find(({ addonsDirs }) => addonsDirs.includes(dir));
  if (rules === undefined) throw new Error('an addons directory of no instance');
  return { stateDir, rules, recordRecovery };
}

/** Has a say in what a call is about to change. */
export interface PlanGuard {
  /**
   * Looks at a plan before the directory is locked; also at that of a dry run, and at one that changes nothing. May
   * take as long as a person needs.
   * @returns `look again` where somebody said yes to exactly this plan: all that it is made from has to be read once
   *   more under the lock.
   */
  review(plan: LinkPlan, isDryRun: boolean): Promise<Result<'as planned' | 'look again'>>;
  /** Asked once, with the lock held, right before a plan is carried out. */
  begin(plan: LinkPlan): Promise<Result<void>>;
}

/** A module that a call which only reads has found. */
export interface FoundPlace {
  /** Its name, and that of its folder. */
  readonly modules: readonly string[];
  /** Null outside all roots. */
  readonly family: Family | null;
  /** Names of the repositories it belongs to. */
  readonly repos: readonly string[];
}

/** What the services work with; the same for every call, but for what belongs to the call itself. */
export interface ServiceContext {
  readonly instances: readonly Instance[];
  /** Where journals, locks and staged links are kept. */
  readonly stateDir: string;
  readonly readProvenance: ReadProvenance;
  /** Writes down what is about to be undone; when that cannot be, it is not. */
  recordRecovery(recovery: Recovery): Promise<Result<void>>;
  /** What the roots of an instance hold, kept between calls. */
  catalogOf(instance: Instance): Catalog;
  /** The policy, for calls that come through the server; the command line has none. */
  readonly guard?: PlanGuard | undefined;
  /** The same for calls that only read: whether they may tell of what they have found. */
  readonly mayTell?: ((found: FoundPlace) => Result<void>) | undefined;
  /** A call that is cancelled is rolled back. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many links of a plan are made. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}
