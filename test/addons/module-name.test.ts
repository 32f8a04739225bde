import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkModuleName, isModuleName } from '../../src/addons/module-name.ts';

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

  it('never repeats a bad name in its refusal', () => {
    const refused = checkModuleName('../../etc/passwd', 'module');
    expect(JSON.stringify(refused)).not.toContain('etc');
  });
});
