import { expect, it } from 'vitest';
import { outageOf } from '../../src/manifest/outage.ts';
import { SERIES } from '../../src/manifest/series.ts';

/** What the site answers from the next restart on; `-` for what it answered before. */
it.each([
  ['a literal that raises, with static/', true, true, '404 404 500 500 500 -'],
  ['a literal that raises, without', true, false, '- - 500 500 500 -'],
  ['a value that raises, with static/', false, true, '- - 500 500 500 -'],
  ['a value that raises, without', false, false, '- - 500 500 500 -'],
])('%s', (_, isUnreadable, hasStatic, answers) => {
  const raised = { isUnreadable, hasStatic: () => hasStatic, error: 'ValueError: x' };
  const said = SERIES.map((series) => outageOf(series, raised));
  expect(said.map((text) => /answers? (\d+)/.exec(text ?? '')?.[1] ?? '-').join(' ')).toBe(answers);
  for (const text of said) if (text !== null) expect(text).toContain('`ValueError: x` in the log');
});
