import { beforeAll, describe, expect, it } from 'vitest';
import { type HammerReport, hammerServers, LIMIT } from './hammer-servers.ts';
import { type Evidence, judgeTrails, type Taken, type TrailLine } from './judge-trails.ts';

// `npx tsx test/limits/hammer-servers.ts 60` and `... 60 postgres` are the same for a minute.
describe.each([
  ['one host', 'journal', 0],
  ['two hosts, minutes apart, with PostgreSQL', 'postgres', 7],
] as const)('eight servers with one budget on %s, killed, stopped and started again', (_, store, apart) => {
  let report: HammerReport;
  beforeAll(async () => {
    report = await hammerServers(store, 6);
  });

  it('leave trails that show no window over the limit, and no call without its line', () => {
    expect(report.faults).toEqual([]);
    // Or it would prove nothing. What was taken by those who were killed is in no trail, so on a slow machine no window of
    // the trails may be full; that calls were refused for the limit is seen to while hammering.
    expect(report.verdict.mostInOneWindow[LIMIT.counter]).toBeGreaterThan(LIMIT.max / 2);
    expect(report.verdict.admitted).toBeGreaterThan(2 * LIMIT.max);
    expect(report.kills).toBeGreaterThan(5);
    expect(report.clocksApartMinutes).toBeGreaterThanOrEqual(apart);
  });

  it.each<[string, (lines: readonly TrailLine[], others: readonly TrailLine[]) => TrailLine[], RegExp]>([
    ['one admission too many', withOneMore, new RegExp(`^${LIMIT.max + 1} of linking in one window$`)],
    [
      'an outcome less',
      (lines) => lines.filter((line) => !isLast(line, 'outcome')),
      /^1 times told, and 0 times/,
    ],
    [
      'a decision less',
      (lines) => lines.filter((line) => !isLast(line, 'decision')),
      /an outcome without its decision/,
    ],
    ['a call less', (lines) => lines.filter((line) => !isLast(line)), /^1 times told, and 0 times/],
    ['its lines in another order', (lines) => lines.toReversed(), /an outcome without its decision/],
    [
      'an outcome twice',
      (lines) => [...lines, ...lines.filter((line) => isLast(line, 'outcome'))],
      /two outcomes/,
    ],
    [
      'a call that nobody made',
      (lines) => changeLast(lines, { client: { name: 'nobody' } }),
      /^1 times let through, and 0 times called/,
    ],
    [
      'a call that took nothing',
      (lines) => changeLast(lines, { reservations: [] }),
      /was let through and took nothing$/,
    ],
    [
      'one reservation for all',
      (lines) => lines.map(withTaken({ reservation: 'r' })),
      /has the reservation .* of another call$/,
    ],
    ['another moment', (lines) => lines.map(withTaken({ at: 0 })), /^counted at \d+, but made from/],
  ])('would not be judged sound with %s', (__, doctor, fault) => {
    const [first, ...others] = report.evidence.hosts as [Evidence['hosts'][number]];
    const elsewhere = others.flatMap(({ lines }) => lines);
    const doctored = { ...first, lines: doctor(first.lines, elsewhere) };
    const { faults } = judgeTrails({ ...report.evidence, hosts: [doctored, ...others] });
    expect(faults).toContainEqual(expect.stringMatching(fault));
  });

  it.each<[string, (links: Record<string, string>) => void, RegExp]>([
    [
      'more',
      (links) => Object.assign(links, { other: '/src/other' }),
      /^host0: .* is at other, which no line explains$/,
    ],
    ['less', (links) => delete links.last, /^host0: null is at last, which no line explains$/],
    [
      'that leads elsewhere',
      (links) => Object.assign(links, { last: '/' }),
      /^host0: \/ is at last, which no line/,
    ],
  ])('would not explain a link %s', (__, doctor, fault) => {
    const [first, ...others] = report.evidence.hosts as [Evidence['hosts'][number]];
    const links = { ...first.links };
    doctor(links);
    const { faults } = judgeTrails({ ...report.evidence, hosts: [{ ...first, links }, ...others] });
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });
});

/** A line of the call that was made when all others had ended. */
function isLast({ client, kind, decision = 'allow' }: TrailLine, which = kind): boolean {
  return client?.name === 'last-host0' && decision === 'allow' && kind === which;
}

function changeLast(lines: readonly TrailLine[], change: Partial<TrailLine>): TrailLine[] {
  return lines.map((line) => (isLast(line) ? { ...line, ...change } : line));
}

function withTaken(change: Partial<Taken>): (line: TrailLine) => TrailLine {
  return ({ reservations = [], ...line }) => {
    return { ...line, reservations: reservations.map((taken) => ({ ...taken, ...change })) };
  };
}

/** Adds admissions at the end of the fullest window until there is one too many. */
function withOneMore(lines: readonly TrailLine[], others: readonly TrailLine[]): TrailLine[] {
  const all = [...lines, ...others];
  const returned = new Set(all.filter(({ outcome }) => outcome === 'refused').map(({ id }) => id));
  const counted = all.filter(({ decision, id }) => decision === 'allow' && !returned.has(id));
  const atOf = ({ reservations }: TrailLine) => reservations?.[0]?.at ?? 0;
  const sizeAt = (line: TrailLine) => {
    const before = counted.map((other) => atOf(line) - atOf(other));
    return before.filter((us) => us >= 0 && us < LIMIT.windowUs).length;
  };
  const full = counted.reduce((a, b) => (sizeAt(b) > sizeAt(a) ? b : a));
  const more = Array.from({ length: LIMIT.max + 1 - sizeAt(full) }, (_, at) => `one more ${at}`);
  return [...lines, ...more.map((id) => withTaken({ reservation: id })({ ...full, id }))];
}
