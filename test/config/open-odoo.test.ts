import { describe, expect, it } from 'vitest';
import { openOdoo } from '../../src/config/open-odoo.ts';
import { InstanceSchema } from '../../src/config/schema.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable is written
const password = '${SECRET}';
const ODOO = { url: 'http://127.0.0.1:8069', database: 'prod', login: 'admin', password };

function open(odoo: object | undefined) {
  const config = InstanceSchema.parse({ series: '17.0', addonsDirs: ['/a'], roots: {}, odoo });
  const problems: string[] = [];
  const running = openOdoo(config, { SECRET: 'sesame' }, (path, problem) =>
    problems.push(`${path.join('.')} ${problem}`),
  );
  return { running, problems };
}

describe('the running Odoo of an instance', () => {
  it('is none unless it is configured', () => {
    expect(open(undefined)).toEqual({ running: null, problems: [] });
  });

  it('has an address with a slash at its end, and a login', () => {
    expect(open({ ...ODOO, url: 'https://odoo.example.com/behind' }).running).toEqual({
      ...{
        url: new URL('https://odoo.example.com/behind/'),
        database: 'prod',
        login: 'admin',
        series: '17.0',
      },
      secret: { kind: 'password', value: 'sesame' },
      restart: null,
    });
    expect(open({ ...ODOO, url: 'http://odoo:8069', insecure: true }).problems).toEqual([]);
  });

  it.each([[['systemctl', 'restart', 'odoo']], [['/usr/local/bin/restart odoo', '$HOME', '*']]])(
    'is restarted by the command %j as it is written',
    (restart) => {
      expect(open({ ...ODOO, restart })).toMatchObject({ running: { restart }, problems: [] });
    },
  );

  it.each([[[]], [['']], [['a'.repeat(4097)]], [Array(65).fill('a')], ['systemctl restart odoo']])(
    'is not restarted by %j',
    (restart) => {
      expect(() => open({ ...ODOO, restart })).toThrow('restart');
    },
  );

  it.each<[object, string]>([
    [{ restart: ['./restart.sh'] }, 'odoo.restart.0 must be an absolute path, or the name of a program'],
    [{ restart: ['bin/restart'] }, 'odoo.restart.0 must be an absolute path'],
    [{ restart: ['~/restart'] }, 'odoo.restart.0 must be an absolute path'],
    [{ restart: ['systemctl restart odoo'] }, 'odoo.restart.0 must be an absolute path'],
    [{ restart: ['-x'] }, 'odoo.restart.0 must be an absolute path'],
    [{ restart: ['a', 'b', 'c\0'] }, 'odoo.restart.2 has a NUL in it'],
    [{ url: 'odoo' }, 'odoo.url must be an address'],
    [{ url: 'ftp://odoo' }, 'odoo.url must begin with https:// or http://'],
    [{ url: 'http://odoo.example.com' }, 'odoo.url would send the password over http'],
    [{ url: 'http://127.0.0.1.example.com' }, 'odoo.url would send the password over http'],
    [{ url: 'https://admin:sesame@odoo' }, 'odoo.url must have no user or password'],
    [{ url: 'https://odoo/?db=prod' }, 'odoo.url must have no query'],
    [{ apiKey: password }, 'odoo has both `password` and `apiKey`: leave one out'],
    [{ password: undefined }, 'odoo needs `password` or `apiKey`'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable is written
    [{ password: '${UNSET}' }, 'odoo.password the environment variable UNSET is not set'],
  ])('%j is told where it is wrong', (odoo, problem) => {
    expect(open({ ...ODOO, ...odoo }).problems).toEqual([expect.stringContaining(problem)]);
  });
});
