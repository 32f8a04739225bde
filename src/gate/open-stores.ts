import { ok, type Result, refused } from '../base/refusal.ts';
import { userName } from '../base/user.ts';
import { expandVariables, LONGEST_TEXT } from '../config/variables.ts';
import { createRoutedStore } from '../limiter/routed.ts';
import type { LimiterStore } from '../limiter/store.ts';
import { createMemoryStore } from '../limiter/stores/memory.ts';
import type { Policy, PolicyLimit } from '../policy/policy.ts';

/** Whose call it is. */
export interface Caller {
  /** Who is known to call: over stdio the operating-system user, so that a new session has no fresh budget. */
  readonly principal: string;
  /** The connection. */
  readonly session: string;
}

/** The one who starts a server on stdio is the one who calls. */
export function stdioCaller(): Caller {
  const id = process.getuid?.();
  return { principal: id === undefined ? `user:${userName()}` : `uid:${id}`, session: 'stdio' };
}

/** The name of a caller's budget: another counter, scope or caller is another budget. */
export function budgetKey(
  { scope, counter }: Pick<PolicyLimit, 'scope' | 'counter'>,
  { principal, session }: Caller,
): string {
  const whose = { grant: principal, session, global: '' }[scope];
  return JSON.stringify([scope, counter, whose]);
}

const SESSION = JSON.stringify(['session']).slice(0, -1);

/**
 * Opens what counts are kept in: the budgets of a session in memory; those of a grant and of everybody in the journal
 * under the state directory or, where the policy says so, in PostgreSQL. Nothing is loaded or touched before the first
 * call that has a limit.
 * @param env Where the variables are that stand in for the address of the database.
 * @returns The store, or what is missing in the environment.
 */
export function openStores(
  stateDir: string,
  { limiter }: Pick<Policy, 'limiter'>,
  env: Readonly<Record<string, string | undefined>>,
): Result<LimiterStore, string[]> {
  const { text: url, unset } = expandVariables(limiter?.postgres ?? '', env);
  if (unset.length > 0) {
    const names = unset.join(' and ');
    return refused([`policy: /limiter/postgres needs ${names}, which the environment does not have.`]);
  }
  if (url === null) {
    const problem = `policy: /limiter/postgres is longer than ${LONGEST_TEXT} characters with its variables.`;
    return refused([problem]);
  }
  const shared = whenNeeded(async () => {
    if (limiter !== null) return (await import('../limiter/stores/postgres.ts')).createPostgresStore(url);
    return (await import('../limiter/stores/journal.ts')).createJournalStore(stateDir);
  });
  return ok(createRoutedStore([createMemoryStore(), shared], ({ key }) => (key.startsWith(SESSION) ? 0 : 1)));
}

/** A store that is opened by the first call that needs it. */
function whenNeeded(open: () => Promise<LimiterStore>): LimiterStore {
  let opened: Promise<LimiterStore> | undefined;
  const enter = async () => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      // What was missing, descriptors for one, may be there for the next call.
      opened = undefined;
      throw error;
    }
  };
  return {
    standings: async (charges) => (await enter()).standings(charges),
    reserve: async (charges) => (await enter()).reserve(charges),
    close: async () => (await opened?.catch(() => undefined))?.close(),
  };
}
