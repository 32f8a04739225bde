import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { TOOL_NAMES, toolEntry } from '../../src/tool-table.ts';
import { createWorld } from '../support/world.ts';
import { policyFor, policyOf, problemsOf } from './policies.ts';

const SEED = join(import.meta.dirname, 'policy-seed.json');
const LIMIT = { counter: 'c', window: 'minute', max: 4 };

const ruleOf = (rule: Record<string, unknown>, rest?: Record<string, unknown>) =>
  policyFor(rule, rest).rules.get('oca_link');

describe('the seed policy', () => {
  it('means ten calls a minute of each link tool for each grant, and nothing else', () => {
    const { rules } = policyOf(SEED);
    const shared = {
      max: 10,
      windowMs: 60_000,
      scope: 'grant',
      cost: 'calls',
      mode: 'enforce',
      refund: true,
    };
    for (const tool of ['oca_link', 'ee_link'] as const) {
      expect(rules.get(tool)).toEqual({
        action: 'allow',
        hidden: false,
        reason: null,
        limits: [{ counter: `${tool}_rate`, ...shared, isShared: false, pointer: `/tools/${tool}/limits/0` }],
        require: [],
        denyIf: [],
        requireApproval: [],
        pointer: `/tools/${tool}`,
      });
    }
    const denied = [...rules].filter(([, { action }]) => action === 'deny');
    expect(denied.map(([tool]) => tool)).toEqual(TOOL_NAMES.slice(2));
  });
});

describe('the built-in policy', () => {
  it('allows every tool, and ten calls a minute for each grant of each tool that writes', () => {
    const { rules, origin, hash } = policyOf(null);
    expect([origin, hash]).toEqual(['built-in', expect.stringMatching(/^[0-9a-f]{12}$/)]);
    expect([...rules.keys()]).toEqual(TOOL_NAMES);
    for (const [tool, { action, hidden, limits }] of rules) {
      const { writes, isGrave = false } = toolEntry(tool);
      expect([action, hidden]).toEqual([isGrave ? 'require_approval' : 'allow', false]);
      const windowMs = isGrave ? 3_600_000 : 60_000;
      const expected = writes
        ? [{ counter: `${tool}_rate`, max: 10, windowMs, scope: 'grant', mode: 'enforce' }]
        : [];
      expect(limits).toMatchObject(expected);
      expect(limits).toHaveLength(expected.length);
    }
  });

  it('is what the schema makes of its short form, to the hash', () => {
    const writing = TOOL_NAMES.filter((tool) => toolEntry(tool).writes);
    const tools = writing.map((tool) => {
      const { isGrave = false } = toolEntry(tool);
      const limits = [{ counter: `${tool}_rate`, window: isGrave ? 'hour' : 'minute', max: 10 }];
      return [tool, { limits, ...(isGrave && { action: 'require_approval' }) }];
    });
    const written = policyOf({ version: '1', default: 'allow', tools: Object.fromEntries(tools) });
    expect(policyOf(null)).toEqual({ ...written, origin: 'built-in' });
  });
});

describe('a limit', () => {
  it('counts calls of a grant and refuses, unless it says otherwise', () => {
    expect(ruleOf({ limits: [LIMIT] })?.limits).toMatchObject([
      { scope: 'grant', cost: 'calls', mode: 'enforce', refund: true },
    ]);
    const other = { scope: 'global', cost: 'links', mode: 'observe', refund: false };
    expect(ruleOf({ limits: [{ ...LIMIT, ...other }] })?.limits).toMatchObject([other]);
  });

  it.each([
    ['second', 1000],
    ['minute', 60_000],
    ['hour', 3_600_000],
    ['day', 86_400_000],
    [90, 90_000],
    [0.25, 250],
  ])('has a window of a word or of seconds: %s', (window, windowMs) => {
    expect(ruleOf({ limits: [{ ...LIMIT, window }] })?.limits).toMatchObject([{ windowMs }]);
  });

  it.each([
    [{ max: 3, window: 5 }, 3, 5000],
    [{ max: 3, window: 'hour' }, 3, 3_600_000],
    ['2/day', 2, 86_400_000],
    ['0/second', 0, 1000],
  ])('may be given in short, beside others: %j', (rate_limit, max, windowMs) => {
    const limits = ruleOf({ limits: [LIMIT], rate_limit })?.limits;
    expect(limits).toHaveLength(2);
    expect(limits?.[1]).toEqual({
      counter: 'oca_link_rate_limit',
      max,
      windowMs,
      scope: 'grant',
      cost: 'calls',
      mode: 'enforce',
      refund: true,
      isShared: false,
      pointer: '/tools/oca_link/rate_limit',
    });
  });

  it('of all tools holds for each of them, listed or not, after its own', () => {
    const all = { ...LIMIT, counter: 'all', scope: 'global' };
    const { rules } = policyFor({ limits: [LIMIT] }, { default: 'allow', all_tools: { limits: [all] } });
    expect(rules.get('oca_link')?.limits.map(({ pointer }) => pointer)).toEqual([
      '/tools/oca_link/limits/0',
      '/all_tools/limits/0',
    ]);
    expect(rules.get('link_status')?.limits).toMatchObject([
      { counter: 'all', scope: 'global', isShared: true },
    ]);
  });

  it('may be shared by tools', () => {
    const limits = [LIMIT];
    const { rules } = policyFor({}, { tools: { oca_link: { limits }, ee_link: { limits } } });
    expect(rules.get('ee_link')?.limits).toMatchObject([
      { counter: 'c', isShared: false, pointer: '/tools/ee_link/limits/0' },
    ]);
  });
});

describe('approvals, the limiter and what is hidden', () => {
  it('have defaults', () => {
    const { approvals, limiter } = policyFor({});
    expect([approvals, limiter]).toEqual([{ ttlMs: 900_000, channel: 'operator' }, null]);
  });

  it.each([
    [30, 30_000],
    ['1 second', 1000],
    ['45 seconds', 45_000],
    ['1 minute', 60_000],
    ['15 minutes', 900_000],
    ['2 hours', 7_200_000],
    ['3 days', 259_200_000],
  ])('an approval is good for seconds or words: %s', (approval_ttl, ttlMs) => {
    const { approvals } = policyFor({}, { approval_ttl, approval_channel: 'elicit' });
    expect(approvals).toEqual({ ttlMs, channel: 'elicit' });
  });

  it.each(['postgres://odoo@db/limits', 'postgresql:///limits', ['$', '{PG_URL}'].join('')])(
    'the limiter is at %s, as it is written',
    (postgres) => {
      expect(policyFor({}, { limiter: { postgres } }).limiter).toEqual({ postgres });
    },
  );

  it('a tool is hidden by its name or by "*", which is also the rule that decides', () => {
    const named = policyFor({}, { hide: ['addon_info', 'oca_link'] }).rules;
    expect(named.get('oca_link')).toMatchObject({ hidden: true, pointer: '/hide/1' });
    expect(named.get('ee_link')).toMatchObject({ hidden: false, pointer: '/default' });
    expect([...policyFor({}, { hide: ['*'] }).rules.values()].every(({ hidden }) => hidden)).toBe(true);
  });
});

describe('the hash', () => {
  it('tells documents apart, but not how they are written', () => {
    const world = createWorld();
    const hashOf = (text: string) => policyOf(world.file('policy.json', text)).hash;
    const plain = hashOf('{"version": "1", "default": "deny"}');
    expect(hashOf('// the same\n{"version": "1",\n "default": "deny",}')).toBe(plain);
    expect(hashOf('{"version": "1", "default": "allow"}')).not.toBe(plain);
    expect(hashOf('{"version": "1", "default": "deny", "approval_ttl": 1}')).not.toBe(plain);
    expect(plain).toMatch(/^[0-9a-f]{12}$/);
  });

  it('does not let a password be tried against it', () => {
    const hashWith = (postgres: string) => policyFor({}, { limiter: { postgres } }).hash;
    expect(hashWith('postgres://odoo:one@db')).toBe(hashWith('postgres://odoo:two@db'));
  });
});

describe('a policy that is not understood completely is refused', () => {
  it.each([
    ['{', 'policy.json:1:2: close brace expected'],
    ['', 'policy.json:1:1: the file is empty'],
    ['{"default": "deny"}', 'policy.json:1:1: /version is missing; it must be "1".'],
    ['{"version": "1"}', 'policy.json:1:1: /default is missing; it must be "allow" or "deny".'],
    [
      '{"version": "1", "default": "denny"}',
      'policy.json:1:18: /default must be "allow" or "deny". Did you mean "deny"?',
    ],
    [
      '{"version": "1", "default": "deny",\n  "tool": {}}',
      'policy.json:2:3: /tool is not known here. Did you mean "tools"?',
    ],
    [
      '{"version": "1", "default": "deny", "tools": {"oca_lnk": {}}}',
      'policy.json:1:47: /tools/oca_lnk is not known here. Did you mean "oca_link"?',
    ],
    [
      '{"version": "1", "default": "deny", "version": "1"}',
      'policy.json:1:37: the key "version" appears twice',
    ],
    [
      '{"version": "1", "default": "deny",\n "tools": {"oca_link": {"limits": [{"counter": "c", "window": 1, "max": 1}]},\n' +
        ' "ee_link": {"limits": [{"counter": "c", "window": 1, "max": 2}]}}}',
      'policy.json:3:25: /tools/ee_link/limits/0 names the counter "c", which has other settings at /tools/oca_link/limits/0.',
    ],
  ])('%s', (text, expected) => {
    const path = createWorld().file('policy.json', text);
    const loaded = loadPolicy(path);
    const problems = loaded.ok ? [] : loaded.refusal;
    expect(problems.map((problem) => problem.replace(path, 'policy.json'))).toEqual([expected]);
  });

  const policy = { version: '1', default: 'deny' };
  const oca_link = (rule: Record<string, unknown>) => ({ ...policy, tools: { oca_link: rule } });
  const limit = (changes: Record<string, unknown>) => oca_link({ limits: [{ ...LIMIT, ...changes }] });
  const condition = (args: Record<string, unknown>) => oca_link({ require: [args] });
  const at = '/tools/oca_link';

  it.each([
    [{ ...policy, version: 1 }, '/version must be "1".'],
    [
      { ...policy, hide: ['oca_lnk'] },
      /^\/hide\/0 must be "oca_link" .* or "\*"\. Did you mean "oca_link"\?$/,
    ],
    [{ ...policy, approval_channel: 'elict' }, /Did you mean "elicit"\?$/],
    [
      { ...policy, approval_ttl: 'soon' },
      '/approval_ttl is not valid: must be seconds, or look like "15 minutes".',
    ],
    [{ ...policy, approval_ttl: 0 }, /^\/approval_ttl /],
    [
      { ...policy, limiter: { postgres: 'postgres://db', postgress: 'x' } },
      /^\/limiter\/postgress is not known here\. Did you mean "postgres"\?$/,
    ],
    [{ ...policy, limiter: { postgres: 'mysql://' } }, /^\/limiter\/postgres is not valid: must be a URL/],
    [{ ...policy, all_tools: { action: 'deny' } }, '/all_tools/action is not known here. Valid: limits.'],
    [oca_link({ action: 'alow' }), /^\/tools\/oca_link\/action must be .* Did you mean "allow"\?$/],
    [oca_link({ deny_iff: [] }), `${at}/deny_iff is not known here. Did you mean "deny_if"?`],
    [oca_link({ require: [] }), `${at}/require must not be empty.`],
    [oca_link({ rate_limit: 'ten a minute' }), `${at}/rate_limit is not valid: must look like "10/minute".`],
    [
      oca_link({ rate_limit: { max: 1, window: 1e300 } }),
      '/tools/oca_link/rate_limit/window must be at most 31536000.',
    ],
    [limit({ window: 'minut' }), /^\/tools\/oca_link\/limits\/0\/window must be .* Did you mean "minute"\?$/],
    [limit({ window: 0 }), /^\/tools\/oca_link\/limits\/0\/window /],
    [limit({ max: -1 }), /^\/tools\/oca_link\/limits\/0\/max must be at least 0\.$/],
    [limit({ max: 1.5 }), `${at}/limits/0/max must be an integer.`],
    [limit({ scope: 'grnt' }), /Did you mean "grant"\?$/],
    [limit({ cost: 'link' }), /Did you mean "links"\?$/],
    [limit({ mode: 'observ' }), /Did you mean "observe"\?$/],
    [limit({ refund: 'no' }), `${at}/limits/0/refund must be a boolean.`],
    [condition({}), `${at}/require/0 is not valid: must name an argument.`],
    [
      condition({ 'args.modul': { eq: 'a' } }),
      `${at}/require/0/args.modul is not known here. Did you mean "args.module"?`,
    ],
    [
      condition({ module: { eq: 'a' } }),
      `${at}/require/0/module is not known here. Did you mean "args.module"?`,
    ],
    [
      condition({ 'args.modules': { eq: 'a' } }),
      `${at}/require/0/args.modules is not known here. Did you mean "args.module"?`,
    ],
    [condition({ 'args.repo': {} }), `${at}/require/0/args.repo is not valid: must have an operator.`],
    [
      condition({ 'args.repo': { equals: 'a' } }),
      /args\.repo\/equals is not known here\. (Did you mean|Valid:)/,
    ],
    [
      condition({ 'args.repo': { regx: 'a' } }),
      `${at}/require/0/args.repo/regx is not known here. Did you mean "regex"?`,
    ],
    [condition({ 'args.repo': { in: [] } }), `${at}/require/0/args.repo/in must not be empty.`],
    [
      condition({ 'args.repo': { regex: '(a' } }),
      `${at}/require/0/args.repo/regex is not valid: missing closing ): \`(a\`.`,
    ],
    [condition({ 'args.repo': { regex: '' } }), /args\.repo\/regex must not be empty\.$/],
    [
      condition({ 'args.repo': { exists: false, eq: 'a' } }),
      /an argument that is left out cannot meet another operator/,
    ],
    [
      condition({ 'args.repo': { lt: 3 } }),
      /args\.repo\/lt is not known here\. Valid: eq, neq, in, not_in, regex, contains, exists\.$/,
    ],
    [condition({ 'args.replace': { eq: 'true' } }), `${at}/require/0/args.replace/eq must be a boolean.`],
    [condition({ 'args.replace': { contains: 't' } }), /args\.replace\/contains is not known here/],
    [condition({ 'args.branch': { in: ['17'] } }), /args\.branch\/in\/0 must be .* Did you mean "17\.0"\?$/],
    [condition({ series: { eq: '12.0' } }), /^\/tools\/oca_link\/require\/0\/series\/eq must be "14\.0" or /],
    [
      condition({ 'args.repo': { neq: 'OCA/web' } }),
      `${at}/require/0/args.repo/neq is not valid: must be the folder name of a repository, without "/".`,
    ],
    [condition({ 'args.target_dir': { eq: 'srv' } }), /must be an absolute path/],
    [
      condition({ 'args.target_dir': { in: ['/srv/'] } }),
      /target_dir\/in\/0 is not valid: must be an absolute path/,
    ],
    [condition({ 'args.target_dir': { in: ['/srv/../x'] } }), /must be an absolute path/],
  ])('%j', (source, expected) => {
    const matching = typeof expected === 'string' ? expected : expect.stringMatching(expected);
    expect(problemsOf(source)).toEqual([matching]);
  });

  it.each([
    '{"version": "1", "default": "deny", "__proto__": {}}',
    '{"version": "1", "default": "deny", "tools": {"__proto__": {}}}',
    '{"version": "1", "default": "deny", "tools": {"oca_link": {"__proto__": {"action": "deny"}}}}',
    '{"version": "1", "default": "deny", "tools": {"oca_link": {"require": [{"__proto__": {}}]}}}',
    '{"version": "1", "default": "deny", "constructor": {}}',
  ])('a key JavaScript has a meaning for is a key like any other: %s', (text) => {
    const problems = problemsOf(JSON.parse(text));
    expect(problems.join()).toMatch(/(__proto__|constructor) is not known here/);
  });

  it('when it is not a file of text', () => {
    const world = createWorld();
    const problemOf = (path: string) => {
      const loaded = loadPolicy(path);
      return !loaded.ok ? loaded.refusal.map((problem) => problem.replace(path, 'P')) : [];
    };
    expect(problemOf(world.at('nowhere'))).toEqual(['P: the policy does not exist.']);
    mkdirSync(world.at('folder'));
    expect(problemOf(world.at('folder'))).toEqual(['P: the policy is not a regular file.']);
    writeFileSync(world.at('latin1'), Buffer.from([0x7b, 0xe9, 0x7d]));
    expect(problemOf(world.at('latin1'))).toEqual(['P: the policy is not UTF-8.']);
    truncateSync(world.file('large'), 2 ** 21);
    expect(problemOf(world.at('large'))).toEqual(['P: the policy is larger than 1 MiB.']);
  });
});

describe('a policy that contradicts itself is refused', () => {
  const policy = { version: '1', default: 'deny' };

  it.each([
    { max: 5 },
    { window: 61 },
    { scope: 'global' },
    { cost: 'links' },
    { mode: 'observe' },
    { refund: false },
  ])('when one counter has two settings: %j', (change) => {
    const tools = { oca_link: { limits: [LIMIT] }, ee_link: { limits: [{ ...LIMIT, ...change }] } };
    expect(problemsOf({ ...policy, tools })).toEqual([
      '/tools/ee_link/limits/0 names the counter "c", which has other settings at /tools/oca_link/limits/0.',
    ]);
    const shared = { ...policy, all_tools: { limits: [LIMIT, { ...LIMIT, ...change }] } };
    expect(problemsOf(shared)).toHaveLength(1);
  });

  it('but "minute" and 60 are the same setting', () => {
    const tools = { oca_link: { limits: [LIMIT] }, ee_link: { limits: [{ ...LIMIT, window: 60 }] } };
    expect(problemsOf({ ...policy, tools })).toEqual([]);
  });

  it('when one call would be counted twice', () => {
    const twice = 'names the counter "c", which would count one call twice.';
    const tools = { oca_link: { limits: [LIMIT, LIMIT] } };
    expect(problemsOf({ ...policy, tools })).toEqual([`/tools/oca_link/limits/1 ${twice}`]);
    const both = { tools: { ee_link: { limits: [LIMIT] } }, all_tools: { limits: [LIMIT] } };
    expect(problemsOf({ ...policy, ...both })).toEqual([`/tools/ee_link/limits/0 ${twice}`]);
  });

  it('when the name a shorthand gives its counter is taken', () => {
    const limits = [{ ...LIMIT, counter: 'oca_link_rate_limit' }];
    const tools = { ee_link: { limits }, oca_link: { rate_limit: '10/minute' } };
    expect(problemsOf({ ...policy, tools })).toEqual([expect.stringContaining('has other settings at')]);
  });

  it('when it asks approval for all calls and for some', () => {
    const oca_link = { action: 'require_approval', require_approval: [{ 'args.replace': { eq: true } }] };
    expect(problemsOf({ ...policy, tools: { oca_link } })).toEqual([
      '/tools/oca_link/require_approval names some calls, but the action requires approval for all: leave one of the two out.',
    ]);
  });

  it('when a limit could never count', () => {
    const link_status = { limits: [LIMIT, { ...LIMIT, counter: 'd', cost: 'links' }] };
    expect(problemsOf({ ...policy, tools: { link_status } })).toEqual([
      '/tools/link_status/limits/1/cost would never count: link_status changes no links.',
    ]);
  });
});
