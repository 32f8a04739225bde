import { describe, expect, it } from 'vitest';
import { parseOdooConf } from '../../src/config/odoo-conf.ts';
import { SERIES, type Series } from '../../src/manifest/series.ts';

const AROUND = { env: { HOME: '/home/odoo', MORE: '/srv/more' }, cwd: '/opt/odoo', paths: null };
const parse = (text: string, series: Series = '17.0', around = AROUND) => parseOdooConf(text, series, around);

type Part = 'addonsPath' | 'dataDir' | 'serverWide';
/** What a line of [options] comes to: a value, or why Odoo does not start. */
function taken(part: Part, line: string, series: Series) {
  const parsed = parse(`[options]\n${line}\n`, series);
  return parsed.ok ? parsed.value[part] : 'does not start';
}

const OLD = ['14.0', '15.0', '16.0', '17.0', '18.0'] as const;

describe('parseOdooConf', () => {
  it('reads what decides where Odoo finds modules', () => {
    const text = `
; written by hand
[options]
Addons_Path = /opt/odoo/addons, ~/extra ,
    $MORE/addons
    # a comment in between
    ,relative/one, /opt/odoo/addons
admin_passwd = 50% of it = secret
data_dir: /var/lib/odoo
server_wide_modules = base,web, queue_job
[queue_job]
data_dir = /elsewhere
`;
    for (const series of SERIES) {
      const parsed = parse(text, series);
      expect(parsed).toMatchObject({
        value: {
          hasOptions: true,
          addonsPath: ['/opt/odoo/addons', '/home/odoo/extra', '/srv/more/addons', '/opt/odoo/relative/one'],
          dataDir: '/var/lib/odoo',
          serverWide: ['base', 'web', 'queue_job'],
          doubt: null,
        },
      });
    }
  });

  it.each([
    ['an empty file', ''],
    ['other sections alone', '[queue_job]\naddons_path = /x\n'],
    ['another case', '[Options]\naddons_path = /x\n'],
    ['[DEFAULT] alone', '[DEFAULT]\naddons_path = /x\n'],
  ])('has nothing of a file without [options], as %s', (_, text) => {
    // `load`, `_load_file_options`: NoSectionError is passed over.
    const parsed = parse(text);
    expect(parsed).toMatchObject({ value: { hasOptions: false, addonsPath: [], dataDir: null } });
  });

  it('says that Odoo does not start with what Python refuses', () => {
    for (const series of SERIES) {
      expect(parse('\ufeff[options]\n', series)).toEqual({
        ok: false,
        refusal: expect.stringMatching(/^Odoo does not start with it: .*byte-order mark/),
      });
    }
    expect(parse('[options]\ndata_dir = /a\ndata_dir = /b\n')).toEqual({
      ok: false,
      refusal: 'Odoo does not start with it: line 3 sets data_dir a second time; remove one of them',
    });
  });

  /**
   * odoo/tools/config.py. Up to 18.0 `load` makes booleans of True and False, `_parse_config` asks for an empty value,
   * False and None of addons_path, splits at commas, and resolves each part that is not empty with `_normalize`;
   * `initialize_sys_path` (odoo/modules/module.py) then takes `abspath` of each. 19.0: `_load_file_options` leaves out False,
   * `parse` makes None of None, and `_check_comma` drops empty parts.
   */
  it.each<[line: string, upTo18: string[] | 'does not start', in19: string[] | 'does not start']>([
    ['addons_path =', [], []],
    ['addons_path = None', [], 'does not start'],
    ['addons_path = none', ['/opt/odoo/none'], ['/opt/odoo/none']],
    ['addons_path = False', [], []],
    ['addons_path = false', [], []],
    ['addons_path = True', 'does not start', ['/opt/odoo/True']],
    ['addons_path = true', 'does not start', ['/opt/odoo/true']],
    ['addons_path = /a,', ['/a', '/opt/odoo'], ['/a']],
    ['addons_path = ,/a', ['/opt/odoo', '/a'], ['/a']],
    ['addons_path = /a,,/b', ['/a', '/opt/odoo', '/b'], ['/a', '/b']],
    ['addons_path = /a, ,/b', ['/a', '/opt/odoo', '/b'], ['/a', '/b']],
    ['addons_path = ,', ['/opt/odoo'], []],
    ['addons_path = /a,\n  /b,\n', ['/a', '/b', '/opt/odoo'], ['/a', '/b']],
    ['addons_path = /a\n  /b', ['/a\n/b'], ['/a\n/b']],
    ['addons_path = /a/,/a,/b/../a', ['/a'], ['/a']],
    ['addons_path = "/a"', ['/opt/odoo/"/a"'], ['/opt/odoo/"/a"']],
    ['addons_path = /a ; b', ['/a ; b'], ['/a ; b']],
    ['addons_path = /a/%(b)s', ['/a/%(b)s'], ['/a/%(b)s']],
  ])('%s: %j, in 19.0 %j', (line, upTo18, in19) => {
    for (const series of OLD) expect(taken('addonsPath', line, series)).toEqual(upTo18);
    expect(taken('addonsPath', line, '19.0')).toEqual(in19);
  });

  /** The same functions. Of an empty path `addons_data_dir` makes one that is relative. */
  it.each<[line: string, upTo18: string | null, in19: string | null]>([
    ['data_dir = /var/lib/odoo', '/var/lib/odoo', '/var/lib/odoo'],
    ['data_dir = ~', '/home/odoo', '/home/odoo'],
    ['x = 1', null, null],
    ['data_dir =', '/opt/odoo', '/opt/odoo'],
    ['data_dir = False', '/opt/odoo', null],
    ['data_dir = None', '/opt/odoo/None', 'does not start'],
    ['data_dir = True', 'does not start', '/opt/odoo/True'],
  ])('%s: %j, in 19.0 %j', (line, upTo18, in19) => {
    for (const series of OLD) expect(taken('dataDir', line, series)).toBe(upTo18);
    expect(taken('dataDir', line, '19.0')).toBe(in19);
  });

  /**
   * Up to 18.0 `_parse_config` asks for an empty value and None, and `load_server_wide_modules` (odoo/service/server.py)
   * adds base and web. 19.0: `_postprocess_options`, with the default base,rpc,web.
   */
  it.each<[line: string, upTo18: string[] | 'does not start', in19: string[]]>([
    ['x = 1', ['base', 'web'], ['base', 'rpc', 'web']],
    ['server_wide_modules =', ['base', 'web'], ['base', 'rpc', 'web']],
    ['server_wide_modules = None', ['base', 'web'], ['base', 'rpc', 'web']],
    ['server_wide_modules = False', 'does not start', ['base', 'rpc', 'web']],
    ['server_wide_modules = True', 'does not start', ['base', 'web', 'True']],
    ['server_wide_modules = a, b,,', ['base', 'web', 'a', 'b'], ['base', 'web', 'a', 'b']],
    ['server_wide_modules = web,base,a', ['base', 'web', 'a'], ['base', 'web', 'a']],
  ])('%s: %j, in 19.0 %j', (line, upTo18, in19) => {
    for (const series of OLD) expect(taken('serverWide', line, series)).toEqual(upTo18);
    expect(taken('serverWide', line, '19.0')).toEqual(in19);
  });

  it('names the option with which Odoo does not start', () => {
    expect(parse('[options]\nserver_wide_modules = False\n')).toEqual({
      ok: false,
      refusal: 'Odoo 17.0 does not start with it: server_wide_modules must not be False; remove the line',
    });
  });

  it.each<[what: string, line: string, doubt: RegExp | null, known: string[]]>([
    ['absolute paths alone', 'addons_path = /a', null, ['/a']],
    ['a relative one', 'addons_path = /a,b', /working directory of Odoo.*odooCwd/, ['/a']],
    ['a relative data_dir', 'data_dir = b', /working directory of Odoo/, []],
    ['a variable that is not set', 'addons_path = /a,$NO/b', /a variable that is not set here/, ['/a']],
    ['the home folder of another user', 'addons_path = ~other/b,/a', /home folder of another user/, ['/a']],
    // Odoo's working directory is hardly ever an addons directory, and never one whose name begins with a quote.
    ['an empty one', 'addons_path = /a,', null, ['/a']],
    ['one in quotes', 'addons_path = /a,"/b"', null, ['/a']],
  ])('has a doubt, where the working directory is not known, of %s', (_, line, doubt, known) => {
    const parsed = parseOdooConf(`[options]\n${line}\n`, '17.0', { ...AROUND, cwd: null });
    if (!parsed.ok) throw new Error(parsed.refusal);
    expect(parsed.value.addonsPath).toEqual(known);
    if (doubt === null) expect(parsed.value.doubt).toBe(null);
    else expect(parsed.value.doubt).toMatch(doubt);
  });

  it('takes a thousand entries of addons_path, each once, and no more', () => {
    const list = (length: number) => Array.from({ length }, (_, index) => `/p${index}`).join();
    const repeated = parse(`[options]\naddons_path = ${list(1000)},${list(1000)}`);
    expect(repeated.ok && repeated.value.addonsPath).toHaveLength(1000);
    expect(parse(`[options]\naddons_path = ${list(100_000)}`)).toEqual({
      ok: false,
      refusal: 'addons_path: it has 100000 entries; at most 1000 are read',
    });
  });

  it.each([
    ['the beginnings of variables', (n: number) => `addons_path = ${'$'.concat('{').repeat(n / 2)}`],
    ['braces without an end', (n: number) => `addons_path = $${'{'.repeat(n)}`],
    ['one long entry', (n: number) => `addons_path = ${'/a'.repeat(n / 2)}`],
    ['the same entry', (n: number) => `addons_path = ${'/a,'.repeat(n / 3)}`],
    ['many modules', (n: number) => `server_wide_modules = ${'a,'.repeat(n / 2)}`],
  ])('reads %s in linear time', (_, make) => {
    for (const size of [10, 1024 * 1024]) expect(parse(`[options]\n${make(size)}`)).toHaveProperty('ok');
  });

  it.each(['addons_path', 'data_dir'])('stops where variables make %s too long', (key) => {
    const values = { HOME: `/${'SECRET'.repeat(20_000)}`, A: 'SECRET', B: 'SECRET'.repeat(20_000) };
    let asked = 0;
    const env = new Proxy<typeof values>(values, {
      get: (target, name) => {
        asked++;
        return target[name as keyof typeof values];
      },
    });
    for (const path of [
      `/${'$A'.repeat(100_000)}`,
      `/${'$'.concat('{B}').repeat(100_000)}`,
      '$B',
      '~/x',
      'x'.repeat(4097),
    ]) {
      const parsed = parseOdooConf(`[options]\n${key} = ${path}`, '17.0', { env, cwd: null, paths: null });
      const problem = parsed.ok ? '' : parsed.refusal;
      expect(problem).toMatch(
        new RegExp(`^${key}: .* is longer than 4096 characters with its variables expanded$`),
      );
      expect(problem).not.toContain('SECRET');
      expect(problem.length).toBeLessThan(250);
    }
    expect(asked).toBeLessThan(1000);
    const most = `/${'x'.repeat(4095)}`;
    expect(parse(`[options]\n${key} = ${most}`)).toHaveProperty('ok', true);
  });
});
