import type { PastCall, PastCalls } from '../../src/services/context.ts';

/** A call of a trail, as far as it differs from a link call of `prod` that is done; `links` as `create a`. */
export interface Past extends Partial<Omit<PastCall, 'links'>> {
  readonly links?: readonly string[];
}

/** What is read of a trail in which these calls were carried out, the oldest first. */
export function pastOf(...calls: readonly Past[]): PastCalls {
  const told = calls.map(({ links = [], ...more }): PastCall => {
    const changes = links.map((text) => {
      const [action, module] = text.split(' ') as ['create' | 'replace' | 'remove', string];
      return { action, module };
    });
    return {
      time: '2026-01-31T00:00:00.000Z',
      tool: 'oca_link',
      instance: 'prod',
      client: { name: 'test', version: '1' },
      outcome: 'done',
      modules: [],
      duration_ms: 10,
      ...more,
      links: changes,
    };
  });
  const outcomes = (async function* () {
    yield* told.toReversed();
  })();
  return { outcomes, isWhole: true };
}
