import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { SETTINGS } from '../../src/config/settings.ts';

it('each setting has a variable of its own, by its name', () => {
  for (const [flag, { variable }] of Object.entries(SETTINGS))
    expect(variable).toBe(`ODOO_LINK_${flag.toUpperCase().replaceAll('-', '_')}`);
});

it.each(Object.entries(SETTINGS).filter(([flag]) => flag !== 'config'))(
  '%s is taken from its variable, as a list only where there may be many',
  (flag, { variable, many }) => {
    const base = { series: '17.0', 'addons-dir': ['/linked'], oca: ['/oca'], 'state-dir': '/state' };
    const { [flag as 'series']: _, ...others } = base;
    const text = flag === 'series' ? '18.0' : '/a:/b';
    const loaded = loadConfig(others, { env: { HOME: '/nonexistent', [variable]: text }, cwd: '/' });
    if (!loaded.ok) throw new Error(loaded.refusal.join('\n'));
    const { policy, stateDir, instances } = loaded.value;
    const { addonsDirs, roots, series, odooConf } = instances.default ?? {};
    const taken = {
      series,
      ...roots,
      'addons-dir': addonsDirs,
      'odoo-conf': odooConf,
      policy,
      'state-dir': stateDir,
    };
    expect(taken[flag as keyof typeof taken]).toEqual(many ? ['/a', '/b'] : text);
  },
);

it('the paths of a list have between them what the platform puts there: on Windows, a drive has the colon', () => {
  const env = { HOME: '/nonexistent', ODOO_LINK_OCA: 'C:\\oca;D:\\more;' };
  const flags = { series: '17.0', 'addons-dir': ['/linked'] };
  const loaded = loadConfig(flags, { env, cwd: '/', delimiter: ';' });
  expect(loaded).toMatchObject({
    value: { instances: { default: { roots: { oca: ['/C:\\oca', '/D:\\more'] } } } },
  });
});
