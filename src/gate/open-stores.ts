import { userName } from '../base/user.ts';
import { expandVariables, LONGEST_TEXT } from '../config/variables.ts';
import { createRoutedStore } from '../limiter/routed.ts';
import type { LimiterStore } from '../limiter/store.ts';
import { createMemoryStore } from '../limiter/stores/memory.ts';
import type { Policy, PolicyLimit } from '../policy/policy.ts';

/** Whose call it is. */
export interface Caller {
  /** The identity of the caller: over stdio the operating-system user, so that a new session does not get a new budget. */
  readonly principal: string;
  /** The connection. */
  readonly session: string;
}

/** On stdio, the user who starts the server is the caller. */
export function stdioCaller(): Caller {
  const id = process.getuid?.();
  return { principal: id === undefined ? `user:${userName()}` : `uid:${id}`, session: 'stdio' };
}

/** The key of a caller's budget: each counter, scope and caller has its own. */
export function budgetKey(
  { scope, counter }: Pick<PolicyLimit, 'scope' | 'counter'>,
  { principal, session }: Caller,
): string {
  const whose = { grant: principal, session, global: '' }[scope];
  return JSON.stringify([scope, counter, whose]);
}

const SESSION = JSON.stringify(['session']).slice(0, -1);

/**
 * Opens the stores of counts: budgets of a session in memory; budgets of a grant and global ones in the journal under the
 * state directory or, if the policy says so, in PostgreSQL. Nothing is loaded or opened before the first call with a
 * limit.
 * @param env The environment; the address of the database may use its variables.
 * @returns The store, or what is missing in the environment.
 */
export function openStores(
  stateDir: string,
  { limiter }: Pick<Policy, 'limiter'>,
  env: Readonly<Record<string, string | undefined>>,
): { store: LimiterStore } | { problems: string[] } {
  const { text: url, unset } = expandVariables(limiter?.postgres ?? '', env);
  if (unset.length > 0) {
    const names = unset.join(' and ');
    return { problems: [`policy: /limiter/postgres needs ${names}, which the environment does not set.`] };
  }
  if (url === null) {
    const problem = `policy: /limiter/postgres is longer than ${LONGEST_TEXT} characters with its variables.`;
    return { problems: [problem] };
  }
  const shared = whenNeeded(async () => {
    if (limiter !== null) return (await import('../limiter/stores/postgres.ts')).createPostgresStore(url);
    return (await import('../limiter/stores/journal.ts')).createJournalStore(stateDir);
  });
  return {
    store: createRoutedStore([createMemoryStore(), shared], ({ key }) => (key.startsWith(SESSION) ? 0 : 1)),
  };
}

/** A store that is opened by the first call that needs it. */
function whenNeeded(open: () => Promise<LimiterStore>): LimiterStore {
  let opened: Promise<LimiterStore> | undefined;
  const enter = async () => {
    opened ??= open();
    try {
      return await opened;
    } catch (error) {
      // What was missing, such as file descriptors, may be available at the next call.
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
