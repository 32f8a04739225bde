import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOdooConf } from '../../src/config/odoo-conf.ts';

const parse = (text: string, env = { HOME: '/home/odoo' }) => parseOdooConf(text, env, '/etc/odoo');

describe('parseOdooConf', () => {
  it('reads addons_path and data_dir as Odoo does', () => {
    const text = `
; written by hand
[options]
Addons_Path = /opt/odoo/addons, ~/extra ,
    $HOME/more
    # a comment in between
    ,relative/one
admin_passwd = 50% of it = secret
data_dir: /var/lib/odoo
[queue_job]
data_dir = /elsewhere
`;
    expect(parse(text)).toEqual({
      ok: true,
      value: {
        addonsPath: ['/opt/odoo/addons', '/home/odoo/extra', '/home/odoo/more', '/etc/odoo/relative/one'],
        dataDir: '/var/lib/odoo',
      },
    });
  });

  it('takes what is not set for not set', () => {
    expect(parse('[options]\naddons_path = None\ndata_dir = False\n')).toEqual({
      ok: true,
      value: { addonsPath: [], dataDir: null },
    });
    expect(parse('')).toEqual({ ok: true, value: { addonsPath: [], dataDir: null } });
  });

  it.each([
    ['blanks in a line without =', (n: number) => `addons_path${' '.repeat(n)}x`],
    ['blanks before the =', (n: number) => `addons_path${' '.repeat(n)}= /a`],
    ['blanks behind the =', (n: number) => `addons_path =${' '.repeat(n)}/a`],
    ['empty lines', (n: number) => '\n \t\r'.repeat(n / 4)],
    ['lines that go on', (n: number) => `addons_path = /a${'\n ,/b'.repeat(n / 5)}`],
    ['brackets', (n: number) => '['.repeat(n)],
    ['the beginnings of variables', (n: number) => `addons_path = ${'$'.concat('{').repeat(n / 2)}`],
    ['braces without an end', (n: number) => `addons_path = $${'{'.repeat(n)}`],
    ['one long entry', (n: number) => `addons_path = ${'/a'.repeat(n / 2)}`],
    ['the same entry', (n: number) => `addons_path = ${'/a,'.repeat(n / 3)}`],
  ])('reads %s in linear time', (_, make) => {
    for (const size of [10, 1024 * 1024]) expect(parse(`[options]\n${make(size)}`)).toHaveProperty('ok');
  });

  it('takes a thousand entries of addons_path, each once, and no more', () => {
    const list = (length: number) => Array.from({ length }, (_, index) => `/p${index}`).join();
    const repeated = parse(`[options]\naddons_path = ${list(1000)},${list(1000)}`);
    expect(repeated.ok && repeated.value.addonsPath).toHaveLength(1000);
    expect(parse(`[options]\naddons_path = ${list(100_000)}`)).toEqual({
      ok: false,
      refusal: 'addons_path has 100000 entries; at most 1000 are read',
    });
  });

  it('leaves unknown variables as they are, as os.path.expandvars does', () => {
    const parsed = parse('[options]\naddons_path = /a/$NOT_SET/${' + 'NOR_THIS}\n');
    expect(parsed).toEqual({
      ok: true,
      value: { addonsPath: ['/a/$NOT_SET/${' + 'NOR_THIS}'], dataDir: null },
    });
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
      const parsed = parse(`[options]\n${key} = ${path}`, env);
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

  it('says which line it does not understand', () => {
    expect(parse('addons_path = /x\n')).toEqual({
      ok: false,
      refusal: 'line 1 is neither a section, an option nor a comment',
    });
    expect(parse('[options]\n\nwhat is this\n')).toEqual({
      ok: false,
      refusal: 'line 3 is neither a section, an option nor a comment',
    });
    expect(parse('[options]\ndata_dir = /a\ndata_dir = /b\n')).toEqual({
      ok: false,
      refusal: 'line 3 sets data_dir a second time',
    });
  });

  it('finds the same values as Python’s configparser in arbitrary files', () => {
    const line = fc.constantFrom(
      '[options]',
      '[other]',
      'addons_path = /a,/b',
      'addons_path: /c',
      '  /d,',
      '\t,/e',
      'data_dir=/x',
      'DATA_DIR = /y',
      '; comment',
      '  # comment',
      '',
      '   ',
      'workers = 2',
      'x : y = z',
      'db_name =',
      '    continued = 1',
    );
    const texts = fc.sample(
      fc.array(line, { maxLength: 8 }).map((lines) => `${lines.join('\n')}\n`),
      {
        numRuns: 400,
        seed: 20240101,
      },
    );
    const script = `
import configparser, json, sys
out = []
for text in json.load(sys.stdin):
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
        get = lambda key: parser.get('options', key, fallback='')
        paths = [p.strip() for p in get('addons_path').split(',') if p.strip()]
        out.append([paths, get('data_dir').strip() or None])
    except configparser.Error:
        out.append(None)
json.dump(out, sys.stdout)`;
    const answers = JSON.parse(
      execFileSync('python3', ['-c', script], { input: JSON.stringify(texts), encoding: 'utf8' }),
    );
    expect(answers.filter(Boolean).length).toBeGreaterThan(50);
    for (const [index, text] of texts.entries()) {
      const parsed = parse(text);
      // A file Python refuses for a reason that has nothing to do with these options may be read here.
      if (answers[index] === null) continue;
      const ours = parsed.ok ? [parsed.value.addonsPath, parsed.value.dataDir] : parsed.refusal;
      const [paths, dataDir] = answers[index];
      const absolute = (path: string) => (path.startsWith('/') ? path : `/etc/odoo/${path}`);
      expect({ text, ours }).toEqual({ text, ours: [paths.map(absolute), dataDir && absolute(dataDir)] });
    }
  });
});
