import { describe, expect, it } from 'vitest';
import { durationMs, policySchema, windowMs } from '../../src/policy/schema.ts';
import { TOOL_NAMES } from '../../src/tool-table.ts';

const YEAR = 365 * 86_400;
const parse = (more: object) => policySchema().safeParse({ version: '1', default: 'deny', ...more });
const isValid = (more: object) => parse(more).success;
const tool = (rule: object) => ({ tools: { oca_link: rule } });
const limit = (more: object) => tool({ limits: [{ counter: 'c', window: 'minute', max: 1, ...more }] });
const rate = (rate_limit: unknown) => tool({ rate_limit });

describe('the schema of a policy', () => {
  it.each<[object, boolean]>([
    [{}, true],
    [{ $schema: 'x' }, true],
    [{ $schema: 1 }, false],
    [{ version: '2' }, false],
    [{ version: 1 }, false],
    [{ version: undefined }, false],
    [{ default: 'allow' }, true],
    [{ default: 'require_approval' }, false],
    [{ default: undefined }, false],
    [{ more: 1 }, false],
    [{ hide: [] }, true],
    [{ hide: ['*', ...TOOL_NAMES] }, true],
    [{ hide: ['other'] }, false],
    [{ hide: 'oca_link' }, false],
    [{ all_tools: {} }, true],
    [{ all_tools: { limits: [{ counter: 'c', window: 1, max: 0 }] } }, true],
    [{ all_tools: { rate_limit: '1/minute' } }, false],
    [{ tools: {} }, true],
    [{ tools: { other: {} } }, false],
    [{ tools: Object.fromEntries(TOOL_NAMES.map((name) => [name, {}])) }, true],
    [{ approval_ttl: 1 }, true],
    [{ approval_ttl: 0.5 }, false],
    [{ approval_ttl: YEAR }, true],
    [{ approval_ttl: YEAR + 1 }, false],
    [{ approval_ttl: '15 minutes' }, true],
    [{ approval_ttl: '1 day' }, true],
    [{ approval_ttl: '9999 seconds' }, true],
    [{ approval_ttl: '10000 seconds' }, false],
    [{ approval_ttl: '0 seconds' }, false],
    [{ approval_ttl: '01 minute' }, false],
    [{ approval_ttl: '15 weeks' }, false],
    [{ approval_ttl: '15  minutes' }, false],
    [{ approval_ttl: 'x15 minutes' }, false],
    [{ approval_ttl: '15 minutes or so' }, false],
    [{ approval_channel: 'elicit' }, true],
    [{ approval_channel: 'client' }, false],
    [{ limiter: { postgres: 'postgres://h/d' } }, true],
    [{ limiter: { postgres: 'postgresql://h/d' } }, true],
    [{ limiter: { postgres: `\${URL}` } }, true],
    [{ limiter: { postgres: `x\${URL}` } }, false],
    [{ limiter: { postgres: `\${}` } }, false],
    [{ limiter: { postgres: 'mysql://h/d' } }, false],
    [{ limiter: {} }, false],
    [{ limiter: { postgres: 'postgres://h/d', more: 1 } }, false],
  ])('takes %j: %j', (more, expected) => {
    expect(isValid(more)).toBe(expected);
  });

  it.each<[object, boolean]>([
    [tool({}), true],
    [tool({ action: 'require_approval' }), true],
    [tool({ action: 'hide' }), false],
    [tool({ more: 1 }), false],
    [tool({ reason: 'x' }), true],
    [tool({ reason: '' }), false],
    [tool({ reason: 'x'.repeat(1000) }), true],
    [tool({ reason: 'x'.repeat(1001) }), false],
    ...['require', 'deny_if', 'require_approval'].flatMap((key): [object, boolean][] => [
      [tool({ [key]: [{ 'args.module': { eq: 'x' } }] }), true],
      [tool({ [key]: [] }), false],
      [tool({ [key]: { 'args.module': { eq: 'x' } } }), false],
      [tool({ [key]: [{ 'args.modules': { eq: 'x' } }] }), false],
    ]),
    [limit({}), true],
    [limit({ counter: '' }), false],
    [limit({ counter: 'x'.repeat(256) }), true],
    [limit({ counter: 'x'.repeat(257) }), false],
    [limit({ max: 0 }), true],
    [limit({ max: -1 }), false],
    [limit({ max: 1.5 }), false],
    [limit({ max: 1_000_000 }), true],
    [limit({ max: 1_000_001 }), false],
    [limit({ window: 0 }), false],
    [limit({ window: 0.001 }), true],
    [limit({ window: YEAR }), true],
    [limit({ window: YEAR + 1 }), false],
    [limit({ window: 'day' }), true],
    [limit({ window: 'week' }), false],
    [limit({ window: undefined }), false],
    [limit({ scope: 'global', cost: 'links', mode: 'observe', refund: false }), true],
    [limit({ scope: 'user' }), false],
    [limit({ cost: 'modules' }), false],
    [limit({ mode: 'off' }), false],
    [limit({ refund: 'no' }), false],
    [limit({ more: 1 }), false],
    [rate('10/minute'), true],
    [rate('999999/day'), true],
    [rate('1000000/day'), false],
    [rate('/minute'), false],
    [rate('10/week'), false],
    [rate('10/minutes'), false],
    [rate('x10/minute'), false],
    [rate({ max: 1, window: 60 }), true],
    [rate({ max: 1, window: 'hour' }), true],
    [rate({ max: 1 }), false],
    [rate({ max: 1, window: 60, counter: 'c' }), false],
    [rate(10), false],
  ])('takes of a tool %j: %j', (more, expected) => {
    expect(isValid(more)).toBe(expected);
  });

  it('fills in what is left out', () => {
    const given = parse(limit({}));
    expect(given.data).toEqual({
      version: '1',
      default: 'deny',
      hide: [],
      tools: {
        oca_link: {
          action: 'allow',
          limits: [
            {
              counter: 'c',
              window: 'minute',
              max: 1,
              scope: 'grant',
              cost: 'calls',
              mode: 'enforce',
              refund: true,
            },
          ],
        },
      },
      approval_ttl: 900,
      approval_channel: 'operator',
    });
    expect(parse({}).data?.tools).toEqual({});
  });

  it('is made once', () => expect(policySchema()).toBe(policySchema()));
});

describe('a time', () => {
  it.each([
    ['second', 1000],
    ['minute', 60_000],
    ['hour', 3_600_000],
    ['day', 86_400_000],
    [0.5, 500],
    [90, 90_000],
  ] as const)('of the window %j is %i ms', (window, ms) => expect(windowMs(window)).toBe(ms));

  it.each([
    [1.5, 1500],
    ['1 second', 1000],
    ['15 minutes', 900_000],
    ['2 hours', 7_200_000],
    ['1 day', 86_400_000],
    ['3 days', 259_200_000],
  ])('that is written as %j is %i ms', (duration, ms) => expect(durationMs(duration)).toBe(ms));
});
