import { describe, expect, it } from 'vitest';
import fc from '../../support/property.ts';
import { everyInterleaving, finish, Interleaving, type Script, type Switch } from '../interleavings.ts';

const FOR_EVER = 1_000_000_000;
const RUNS = Number(process.env.LIMITER_INTERLEAVINGS ?? 2500);

/** All but reading what nobody changes any more: an interruption before it is as good as one before the next step. */
const STEPS = ['list', 'open', 'create', 'remove', 'stat', 'append'] as const;

/** What has to hold at the end of a run in which nothing leaves the window. */
function checkCount(run: Interleaving, switches: readonly Switch[]): void {
  const lasting = run.admitted.filter(({ id }) => !run.released.has(id)).length;
  const { max } = run.demand;
  const spent = max - run.remaining();
  // A killed process may have spent one more than it was told, or not have given back what it meant to.
  if (lasting > spent || spent > lasting + run.kills) {
    throw new Error(`${lasting} admitted, ${spent} of ${max} spent: ${JSON.stringify(switches)}`);
  }
}

/** No window was ever over, each admission was counted while it was asked for, and a caller alone is admitted when it was told to come back. */
function checkWindow(run: Interleaving): void {
  expect(run.mostInOneWindow()).toBeLessThanOrEqual(run.demand.max);
  expect(run.admitted.filter(({ at, from, to }) => at < from || at > to)).toEqual([]);
  const alone = run.newProtocol();
  const first = finish(alone.reserve('lone one', [run.demand]));
  if (first.taken) return;
  run.now += Math.round((first.fits[0]?.retryAfterMs as number) * 1000);
  expect(finish(alone.reserve('lone two', [run.demand])).taken).toBe(true);
}

describe('processes that share a journal without a lock, sealed at every turn or never', () => {
  it('lose no admission and count none twice, wherever two of them are interrupted or killed', () => {
    const scripts: Script[] = [
      ['reserve', 'release'],
      ['reserve', 'reserve'],
    ];
    const start = () => new Interleaving(scripts, 100, FOR_EVER);
    const runs = everyInterleaving(start, { processes: 2, most: 2, before: STEPS, kill: true }, checkCount);
    expect(runs).toBeGreaterThan(10_000);
  });

  it('are not led astray by a generation that a sleeper makes again long after it was left', () => {
    const scripts: Script[] = [['reserve', 'reserve'], ['reserve', 'reserve', 'reserve'], ['reserve']];
    const start = () => new Interleaving(scripts, 100, FOR_EVER);
    let again = 0;
    const options = { processes: 3, most: 3, before: ['open', 'create'], kill: false } as const;
    everyInterleaving(start, options, (run, switches) => {
      checkCount(run, switches);
      if (run.disk.createdAgain) again++;
    });
    expect(again).toBeGreaterThan(100);
  });

  it('never share out more than there is, wherever three of them are interrupted', () => {
    const scripts: Script[] = [['reserve'], ['reserve'], ['reserve']];
    const start = () => new Interleaving(scripts, 2, FOR_EVER);
    everyInterleaving(start, { processes: 3, most: 2, kill: false }, (run, switches) => {
      checkCount(run, switches);
      expect(run.admitted).toHaveLength(2);
    });
  });

  it.each([
    [9, 'atOnce'],
    [23, 'atOnce'],
    [60, 'atOnce'],
    [17, 'never'],
    [23, 'never'],
  ] as const)(
    'keep a window of %i steps, wherever two of them sleep before they write: sealed %s',
    (windowUs, sealing) => {
      const scripts: Script[] = [
        ['reserve', 'reserve', 'reserve'],
        // What is given back is a late reading, by which those who wrote late are dated.
        ['reserve', 'reserve', 'reserve', 'release'],
      ];
      const start = () => new Interleaving(scripts, 2, windowUs, sealing);
      everyInterleaving(start, { processes: 2, most: 3, before: ['append'], kill: false }, checkWindow);
    },
  );

  const script = fc.array(fc.constantFrom('reserve' as const, 'reserve' as const, 'release' as const), {
    minLength: 1,
    maxLength: 6,
  });
  /** Up to twelve switches at ascending steps. */
  const switches = (processes: number) => {
    const change = fc.record({ at: fc.nat(300), to: fc.nat(processes - 1), kill: fc.boolean() });
    return fc.uniqueArray(change, { maxLength: 12, selector: ({ at }) => at });
  };

  it('lose no admission in any number of interruptions of four', () => {
    const scripts = fc.tuple(script, script, script, script);
    fc.assert(
      fc.property(scripts, switches(4), fc.constantFrom(2, 5, 100), (four, schedule, max) => {
        const run = new Interleaving(four, max, FOR_EVER);
        run.run(schedule);
        checkCount(run, schedule);
      }),
      { numRuns: RUNS },
    );
  });

  it('keep every short window, and admit a caller who waited as long as it was told', () => {
    const scripts = fc.tuple(script, script, script);
    const windows = fc.integer({ min: 5, max: 80 });
    const sealings = fc.constantFrom('atOnce', 'never');
    fc.assert(
      fc.property(scripts, switches(3), windows, sealings, (three, schedule, windowUs, sealing) => {
        const run = new Interleaving(three, 2, windowUs, sealing);
        run.run(schedule);
        checkWindow(run);
      }),
      { numRuns: RUNS },
    );
  });
});
