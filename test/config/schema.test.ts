import { describe, expect, it } from 'vitest';
import { pointer, validate } from '../../src/base/validate.ts';
import { ConfigSchema, InstanceSchema } from '../../src/config/schema.ts';

const instance = { series: '17.0', addonsDirs: ['linked'], roots: {} };

/** The pointers of what is wrong. */
function wrong(value: unknown, schema: Parameters<typeof validate>[0] = ConfigSchema): string[] {
  const checked = validate(schema, value);
  return checked.ok ? [] : checked.refusal.map(({ path }) => pointer(path));
}

describe('an instance', () => {
  it('has defaults for all but its series, its addons directories and its roots', () => {
    expect(InstanceSchema.parse(instance)).toEqual({ ...instance, linkStyle: 'absolute', licenses: 'warn' });
    expect(wrong({}, InstanceSchema)).toEqual(['/series', '/addonsDirs', '/roots']);
  });

  it.each<[what: string, part: object, pointers: string[]]>([
    ['a series Odoo has not', { series: '13.0' }, ['/series']],
    ['a series as a number', { series: 17 }, ['/series']],
    ['no addons directory', { addonsDirs: [] }, ['/addonsDirs']],
    ['an empty path', { addonsDirs: [''] }, ['/addonsDirs/0']],
    ['a path that could not be opened', { odooConf: 'x'.repeat(4097) }, ['/odooConf']],
    ['the longest path', { odooConf: 'x'.repeat(4096) }, []],
    ['too many roots', { roots: { oca: Array(1001).fill('x') } }, ['/roots/oca']],
    ['as many roots as there may be', { roots: { oca: Array(1000).fill('x') } }, []],
    ['an unknown family', { roots: { other: [] } }, ['/roots/other']],
    ['an unknown link style', { linkStyle: 'hard' }, ['/linkStyle']],
    ['an unknown word for licences', { licenses: 'ignore' }, ['/licenses']],
    ['licences by kind', { licenses: { conflicts: 'refuse', lgpl_on_proprietary: 'warn' } }, []],
    ['a conflict that would be allowed', { licenses: { conflicts: 'allow' } }, ['/licenses/conflicts']],
    ['an unknown kind of licences', { licenses: { agpl: 'warn' } }, ['/licenses/agpl']],
    ['an empty path of Python', { python: '' }, ['/python']],
    ['an unknown key', { policy: 'x' }, ['/policy']],
  ])('%s', (_, part, pointers) => {
    expect(wrong({ ...instance, ...part }, InstanceSchema)).toEqual(pointers);
  });
});

describe('a configuration', () => {
  it.each<[what: string, value: unknown, pointers: string[]]>([
    ['nothing', {}, []],
    ['the schema for editors', { $schema: './odoo-link.schema.json' }, []],
    ['a policy as a path', { policy: 'policy.json' }, []],
    ['a policy in place', { policy: { version: '1' } }, []],
    ['a policy of another kind', { policy: 5 }, ['/policy']],
    ['an empty path of a policy', { policy: '' }, ['/policy']],
    ['an empty state directory', { stateDir: '' }, ['/stateDir']],
    ['an unknown key', { instance: {} }, ['/instance']],
    ['a list', [], ['/']],
  ])('%s', (_, value, pointers) => {
    expect(wrong(value)).toEqual(pointers);
  });

  it.each([
    ['prod', true],
    ['Prod-1.eu_x', true],
    ['0', true],
    ['x'.repeat(64), true],
    ['x'.repeat(65), false],
    ['', false],
    ['-prod', false],
    ['my prod', false],
    ['pröd', false],
    ['a/b', false],
  ])('with an instance named %j: %s', (name, isAllowed) => {
    expect(wrong({ instances: { [name]: instance } }).length === 0).toBe(isAllowed);
  });
});
