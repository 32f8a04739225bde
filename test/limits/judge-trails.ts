/**
 * Judges what servers wrote into their audit trails by what their users saw and by what is on the disk. Knows nothing of
 * the code that counts, nor of the code that writes trails: a line is a JSON object.
 */
import { mostInWindow } from '../limiter/windows.ts';
import type { SeenCall } from './server-user.ts';

/** What is left of a host when all its servers have ended. */
export interface HostRemains {
  readonly name: string;
  /** Its trail, in order. */
  readonly lines: readonly TrailLine[];
  /** What each link in its addons directory says. */
  readonly links: Readonly<Record<string, string>>;
}

/** Everything there is to judge. */
export interface Evidence {
  /** Every tool counts with these, one for each call; the hosts share them. */
  readonly limits: readonly { readonly counter: string; readonly max: number; readonly windowUs: number }[];
  readonly hosts: readonly HostRemains[];
  readonly calls: readonly SeenCall[];
}

export interface Verdict {
  /** Decisions that let a call through. */
  readonly admitted: number;
  /** Those of them that gave back what they took. */
  readonly givenBack: number;
  /** Those of them that nobody saw the end of. */
  readonly open: number;
  /** For each counter, the most that any half-open window holds. */
  readonly mostInOneWindow: Readonly<Record<string, number>>;
  /** Everything that is not as it should be. */
  readonly faults: readonly string[];
}

interface Change {
  readonly module: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** The members of a line that are looked at; which of them there are depends on the kind. */
export interface TrailLine {
  readonly kind: string;
  readonly time: string;
  readonly id?: string;
  readonly client?: { readonly name: string } | null;
  readonly tool?: string;
  readonly modules?: readonly string[];
  readonly decision?: string;
  readonly reservations?: readonly Taken[];
  readonly plan?: readonly Change[];
  readonly outcome?: string;
  readonly links?: readonly Change[];
}

/** What a call took from one budget, and when in microseconds. */
export interface Taken {
  readonly counter: string;
  readonly amount: number;
  readonly at: number;
  readonly reservation: string;
}

/** A call that was let through, with its outcome if there is one. */
interface Admitted {
  readonly decision: Required<Pick<TrailLine, 'id' | 'tool' | 'modules' | 'reservations' | 'plan'>> &
    TrailLine;
  readonly outcome: TrailLine | null;
}

export function judgeTrails({ limits, hosts, calls }: Evidence): Verdict {
  const joined = hosts.map(joinLines);
  const admitted = joined.flatMap((host) => host.admitted);
  const isGivenBack = ({ outcome }: Admitted) => outcome?.outcome === 'refused';
  const counted = limits.map((limit) => {
    const lasting = admitted
      .filter((call) => !isGivenBack(call))
      .flatMap(({ decision }) => decision.reservations);
    const own = lasting.filter(({ counter }) => counter === limit.counter);
    return { ...limit, most: mostInWindow(own, limit.windowUs) };
  });
  const faults = [
    ...joined.flatMap((host) => host.faults),
    ...counted.flatMap(({ counter, max, most }) =>
      most > max ? [`${most} of ${counter} in one window`] : [],
    ),
    ...judgeReservations(admitted, limits),
    ...judgeAnswers(admitted, calls),
    ...hosts.flatMap((host, index) => judgeLinks(host, joined[index]?.admitted ?? [])),
  ];
  return {
    admitted: admitted.length,
    givenBack: admitted.filter(isGivenBack).length,
    open: admitted.filter(({ outcome }) => outcome === null).length,
    mostInOneWindow: Object.fromEntries(counted.map(({ counter, most }) => [counter, most])),
    faults,
  };
}

/** Joins decisions and outcomes by their ids: no outcome without its decision before it, and none twice. */
function joinLines({ name, lines }: HostRemains): { admitted: Admitted[]; faults: string[] } {
  const faults: string[] = [];
  const decisions = new Map<string, TrailLine>();
  const outcomes = new Map<string, TrailLine>();
  for (const line of lines) {
    const { kind, id = '' } = line;
    if (kind === 'decision') {
      if (decisions.has(id)) faults.push(`${name}: two decisions with the id ${id}`);
      decisions.set(id, line);
    } else if (kind === 'outcome') {
      if (decisions.get(id)?.decision !== 'allow')
        faults.push(`${name}: an outcome without its decision: ${id}`);
      if (outcomes.has(id)) faults.push(`${name}: two outcomes with the id ${id}`);
      outcomes.set(id, line);
    }
  }
  const admitted = [...decisions].flatMap(([id, line]): Admitted[] => {
    if (line.decision !== 'allow') return [];
    return [{ decision: line as Admitted['decision'], outcome: outcomes.get(id) ?? null }];
  });
  return { admitted, faults };
}

/** Each call that was let through has taken one from each budget, for itself alone. */
function judgeReservations(admitted: readonly Admitted[], limits: Evidence['limits']): string[] {
  const expected = limits
    .map(({ counter }) => `1 ${counter}`)
    .sort()
    .join();
  const used = new Set<string>();
  return admitted.flatMap(({ decision: { id, reservations } }) => {
    const took = reservations
      .map(({ amount, counter }) => `${amount} ${counter}`)
      .sort()
      .join();
    const shared = reservations.filter(({ counter, reservation }) => used.has(`${counter} ${reservation}`));
    for (const { counter, reservation } of reservations) used.add(`${counter} ${reservation}`);
    return [
      ...(took === expected ? [] : [`${id} was let through and took ${took || 'nothing'}`]),
      ...shared.map(({ reservation }) => `${id} has the reservation ${reservation} of another call`),
    ];
  });
}

/**
 * Each success that a user was told of has its two lines, and was counted while the user waited for it; and no line is
 * without a call.
 */
function judgeAnswers(admitted: readonly Admitted[], calls: readonly SeenCall[]): string[] {
  const done = groupBy(
    admitted.filter(({ outcome }) => outcome?.outcome === 'done'),
    ({ decision }) => keyOf(decision, decision.client?.name, statusOf(decision)),
  );
  const told = groupBy(
    calls.filter(({ isSuccess, answer }) => isSuccess && answer !== 'planned'),
    (call) => keyOf(call, call.client, call.answer),
  );
  const faults = [...told].flatMap(([key, successes]) => {
    const lines = done.get(key) ?? [];
    if (lines.length < successes.length) {
      return [`${successes.length} times told, and ${lines.length} times in the trail: ${key}`];
    }
    // A user makes these one after the other, and hears of all but the last one; which of those that were taken back
    // were carried out all the same nobody can tell.
    if (successes.some(({ isCancelled }) => isCancelled)) return [];
    return successes.flatMap(({ sentUs, answeredUs }, index) => {
      const moments = lines[index]?.decision.reservations ?? [];
      const untrue = moments.filter(({ at }) => at < sentUs || at > (answeredUs as number));
      return untrue.map(({ at }) => `counted at ${at}, but made from ${sentUs} to ${answeredUs}: ${key}`);
    });
  });
  const everyone = groupBy(admitted, ({ decision }) => keyOf(decision, decision.client?.name));
  const possible = groupBy(
    calls.filter(({ answer, isSuccess, isDryRun }) => isDryRun !== true && (isSuccess || answer === null)),
    (call) => keyOf(call, call.client),
  );
  for (const [key, lines] of everyone) {
    const most = possible.get(key)?.length ?? 0;
    if (lines.length > most)
      faults.push(`${lines.length} times let through, and ${most} times called: ${key}`);
  }
  return faults;
}

function keyOf(
  { tool, modules }: { readonly tool: string; readonly modules: readonly string[] },
  client: string | undefined,
  status?: string | null,
): string {
  return [client, tool, ...modules, status ?? ''].join(' ').trim();
}

/** What a user is told of a call with that plan. */
function statusOf({ tool, plan }: Admitted['decision']): string {
  if (plan.length === 0) return 'already_linked';
  return tool === 'oca_link' ? 'linked' : 'unlinked';
}

/**
 * Follows each name of an addons directory through the trail, from nothing to what is there now: each plan found what
 * the one before had left, where that is known, and what nobody saw the end of has happened or not.
 */
function judgeLinks({ name: host, links }: HostRemains, admitted: readonly Admitted[]): string[] {
  const faults: string[] = [];
  const states = new Map<string, ReadonlySet<string | null>>();
  const stateOf = (module: string) => states.get(module) ?? new Set([null]);
  for (const { decision, outcome } of admitted) {
    if (outcome?.outcome === 'done' && JSON.stringify(outcome.links) !== JSON.stringify(decision.plan)) {
      faults.push(`${host}: ${decision.id} did something else than it was to do`);
    }
    for (const { module, before, after } of decision.plan) {
      if (!stateOf(module).has(before)) {
        faults.push(`${host}: ${decision.id} found ${before} at ${module}, which no line explains`);
      }
      const isDone = outcome?.outcome === 'done';
      const isUndone = outcome?.outcome === 'refused';
      states.set(module, new Set([...(isDone ? [] : [before]), ...(isUndone ? [] : [after])]));
    }
  }
  for (const module of new Set([...states.keys(), ...Object.keys(links)])) {
    const now = links[module] ?? null;
    if (!stateOf(module).has(now)) faults.push(`${host}: ${now} is at ${module}, which no line explains`);
  }
  return faults;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
