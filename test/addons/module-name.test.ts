import { describe, expect, it } from 'vitest';
import { checkModuleName, isModuleName, meantName } from '../../src/addons/module-name.ts';
import fc from '../support/property.ts';

describe('isModuleName', () => {
  it.each(['a', '_', 'web_responsive', 'l10n_br_nfe', '__init__', 'CamelCase', 'x'.repeat(256)])(
    'accepts %s',
    (name) => {
      expect(isModuleName(name)).toBe(true);
    },
  );

  it.each([
    '',
    ' ',
    '.',
    '..',
    '../web',
    'web/..',
    '/etc',
    'C:\\web',
    'web\\sale',
    'web sale',
    'web\n',
    '\nweb',
    'web\0',
    '1web',
    'web-sale',
    'web.sale',
    '-rf',
    '--help',
    '~',
    '$HOME',
    'wеb',
    'ｗｅｂ',
    'web\u200b',
    'web%2f',
    '\\u002e',
    'é',
    'x'.repeat(257),
  ])('refuses %j', (name) => {
    expect(isModuleName(name)).toBe(false);
  });

  it('accepts nothing that means anything to a path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
        if (isModuleName(name)) expect(name).toMatch(/^[A-Za-z0-9_]+$/);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a refusal of a name', () => {
  const refusalOf = (name: string) => {
    const checked = checkModuleName(name, 'module');
    if (checked.ok) throw new Error(`${name} is a module name`);
    return checked.refusal;
  };

  it('repeats what was sent, in quotes, on one line and cut', () => {
    expect(refusalOf('web-x').message).toMatch(
      /^module is "web-x", not the technical name of an Odoo module:/,
    );
    expect(refusalOf('web x\n\u202e"').message).toContain(String.raw`"web x\u{a}\u{202e}\""`);
    expect(refusalOf('-'.repeat(5000)).message.length).toBeLessThan(300);
  });

  it.each([
    ['account-financial-report', 'account_financial_report'],
    ['odoo-addon-account-financial-report', 'account_financial_report'],
    ['odoo14-addon-account_financial_report', 'account_financial_report'],
    ['odoo14-addon-web-x==14.0.1.0.0', 'web_x'],
    ['Account Financial Report', 'account_financial_report'],
    ['web_responsive ', 'web_responsive'],
    ['web_responsive\n', 'web_responsive'],
    ['`web_responsive`', 'web_responsive'],
    ['web/web_responsive', 'web_responsive'],
    ['./oca/web/web_responsive/', 'web_responsive'],
    ['oca/web/web_responsive/__manifest__.py', 'web_responsive'],
    [String.raw`C:\oca\web\web_responsive`, 'web_responsive'],
    ['https://github.com/OCA/web/tree/17.0/web_responsive', 'web_responsive'],
    ['odoo.addons.web_responsive', 'web_responsive'],
    ['web_responsive.zip', 'web_responsive'],
    ['web_responsive-17.0', 'web_responsive'],
    ['web_responsive-17.0.1.0.3.zip', 'web_responsive'],
    ['Web_Responsive-v17.0', 'web_responsive'],
    ['..', null],
    ['', null],
    ['--', null],
    ['1web', null],
    ['é', null],
    ['x'.repeat(600), null],
  ])('%j means %s', (text, meant) => {
    expect(meantName(text)).toBe(meant);
    if (meant !== null) expect(refusalOf(text).hint).toContain(`Did you mean ${meant}?`);
  });

  it.each(['web_x, web_y', '["web_x", "web_y"]', "['web_x','web_y']", 'web_x;web_y'])(
    '%j is several modules',
    (text) => {
      expect(refusalOf(text).hint).toBe('Give several modules as a list: ["web_x","web_y"].');
    },
  );

  it.each(['OCA/web', 'oca/server-tools', 'https://github.com/OCA/web.git', 'git@github.com:OCA/web.git'])(
    '%j is a repository',
    (text) => {
      expect(refusalOf(text).hint).toContain('is a repository, and its modules are folders in it');
    },
  );

  it('means a module name or nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const meant = meantName(text);
        if (meant !== null) expect(isModuleName(meant)).toBe(true);
      }),
    );
  });
});
