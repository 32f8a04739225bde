import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

const SEED = join(import.meta.dirname, 'policy-seed.json');

const FULL = `{
  "version": "1", "default": "deny", "hide": ["addon_info"],
  "all_tools": { "limits": [{ "counter": "all", "window": "hour", "max": 1, "scope": "global", "mode": "observe" }] },
  "tools": {
    "oca_link": {
      "reason": "ask the operator",
      "limits": [{ "counter": "l", "window": 90, "max": 50, "scope": "session", "cost": "links", "refund": false }],
      "require": [{ "args.target_dir": { "in": ["/srv/a", "/srv/b"] }, "series": { "eq": "17.0" } }],
      "deny_if": [{ "args.module": { "regex": "^l10n_" } }, { "args.repo": { "exists": true, "neq": "web" } }],
      "require_approval": [{ "args.replace": { "eq": true } }],
    },
    "ee_link": { "action": "require_approval" },
    "addon_search": { "require": [{ "args.limit": { "gte": 1, "lte": 50 } }] },
    "link_status": { "action": "deny", "reason": "not yet", "rate_limit": "1/minute" },
  },
  "approval_ttl": "2 hours", "approval_channel": "elicit", // a comment
  "limiter": { "postgres": "postgres://odoo:secret@db/limits" },
}`;

describe('policy check', () => {
  it('says in words what a file means for each tool', async () => {
    const file = createWorld().file('policy.json', FULL);
    const { code, stdout, stderr } = await runCli(['policy', 'check', file]);
    expect([code, stderr]).toEqual([0, '']);
    const [head, ...lines] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^ok \S+policy\.json \(policy [0-9a-f]{12}\)$/);
    const all = '  limit 1 call an hour for all callers together (observed only, counter all)';
    expect(lines).toEqual([
      'oca_link allowed',
      '  reason ask the operator',
      '  limit 50 links in 90 s in each session (never given back, counter l)',
      all,
      '  require args.target_dir is one of "/srv/a", "/srv/b", and series is "17.0"',
      '  deny_if args.module matches "^l10n_"',
      '  deny_if args.repo is given, and args.repo is not "web"',
      '  require_approval args.replace is true',
      'ee_link needs approval',
      all,
      'oca_unlink denied',
      'ee_unlink denied',
      'addon_search allowed',
      all,
      '  require args.limit is at most 50, and args.limit is at least 1',
      'addon_info hidden',
      'link_status denied',
      '  reason not yet',
      'addon_conflicts denied',
      'oca_clone denied',
      'ee_clone denied',
      'oca_update denied',
      'ee_update denied',
      'oca_status denied',
      'odoo_refresh denied',
      'odoo_install denied',
      'odoo_upgrade denied',
      'approvals are given by the person at the client, within 7200 s',
      'counts are kept in PostgreSQL',
    ]);
  });

  it('says it as JSON, without the address of the limiter', async () => {
    const file = createWorld().file('policy.json', FULL);
    const { code, stdout } = await runCli(['policy', 'check', file, '--json']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('secret');
    const { tools, ...rest } = JSON.parse(stdout);
    expect(rest).toEqual({
      policy: expect.stringMatching(/^[0-9a-f]{12}$/),
      origin: file,
      approval_ttl: 7200,
      approval_channel: 'elicit',
      limiter: 'postgres',
    });
    expect(tools.oca_link).toMatchObject({
      action: 'allow',
      hidden: false,
      reason: 'ask the operator',
      rule: '/tools/oca_link',
      limits: [
        { counter: 'l', window: 90, rule: '/tools/oca_link/limits/0' },
        { rule: '/all_tools/limits/0' },
      ],
      require: [
        {
          rule: '/tools/oca_link/require/0',
          condition: { 'args.target_dir': { in: ['/srv/a', '/srv/b'] }, series: { eq: '17.0' } },
        },
      ],
      deny_if: { length: 2 },
      require_approval: { length: 1 },
    });
    expect(tools.addon_info).toMatchObject({ hidden: true, rule: '/hide/0' });
  });

  it('names everything that is wrong with a file, each with its place', async () => {
    const file = createWorld().file(
      'policy.json',
      '{"version": "1", "default": "deny",\n "tools": {"oca_link": {"deny_if": [{"args.modul": {"eq": 1}},\n {"args.repo": {"regex": "("}}]}}}',
    );
    const { code, stdout, stderr } = await runCli(['policy', 'check', file]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.replaceAll(file, 'F').trimEnd().split('\n')).toEqual([
      'error F:2:38: /tools/oca_link/deny_if/0/args.modul is not known here. Did you mean "args.module"?',
      'error F:3:17: /tools/oca_link/deny_if/1/args.repo/regex is not valid: missing closing ): `(`.',
    ]);
  });
});

describe('policy check of a file with very many mistakes', () => {
  it('tells twenty of them, and how many more there are', async () => {
    const world = createWorld();
    const limits = Array.from({ length: 100 }, (_, index) => ({
      counter: 'c',
      window: index + 1,
      max: index,
    }));
    const text = JSON.stringify({ version: '1', default: 'allow', tools: { oca_link: { limits } } });
    const { code, stderr } = await runCli(['policy', 'check', world.file('policy.json', text)]);
    expect([code, stderr.trim().split('\n').length]).toEqual([1, 21]);
    expect(stderr).toMatch(/ and \d+ more\n$/);
  });
});

describe('policy show', () => {
  const show = (config: string, ...more: string[]) => runCli(['policy', 'show', '--config', config, ...more]);

  it('shows the built-in policy where none is configured', async () => {
    const config = createWorld().config({}, { policy: undefined });
    const { code, stdout } = await show(config);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok built-in \(policy [0-9a-f]{12}\)\n/);
    expect(stdout).toContain(
      'ee_unlink allowed\n  limit 10 calls a minute for each grant (counter ee_unlink_rate)\naddon_search allowed\n',
    );
  });

  it('shows the one of the configuration, and a flag wins over it', async () => {
    const config = createWorld().config();
    expect(JSON.parse((await show(config, '--json')).stdout)).toMatchObject({
      origin: 'the configuration',
      limiter: 'this host',
      tools: { link_status: { action: 'allow', rule: '/default' } },
    });
    const seed = await show(config, '--json', '--policy', SEED);
    expect(JSON.parse(seed.stdout)).toMatchObject({
      origin: SEED,
      tools: { link_status: { action: 'deny' } },
    });
  });

  it('shows what is wrong with it, exit code 2', async () => {
    const config = createWorld().config({}, { policy: { version: '1', default: 'denny' } });
    expect(await show(config)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'odoo-link-mcp: policy: /default must be "allow" or "deny". Did you mean "deny"?\n',
    });
    expect(await show('/nowhere.json')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/nowhere.json: does not exist'),
    });
  });
});
