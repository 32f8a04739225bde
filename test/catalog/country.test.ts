import { expect, it } from 'vitest';
import { countryOf } from '../../src/catalog/country.ts';

it.each([
  ['l10n_es', 'Spain Spanish'],
  ['l10n_fr_pos', 'France French'],
  ['pos_l10n_br', 'Brazil Portuguese'],
  ['l10n_gb', 'United Kingdom English'],
  ['l10n_zz', ''],
  ['l10n_esp', ''],
  ['l10n_ES', ''],
  ['sale_es', ''],
  ['xl10n_es', ''],
  ['sale', ''],
])('%s is for %j', (module, country) => {
  expect(countryOf(module, 'web')).toBe(country);
});

it.each([
  ['l10n-spain', 'Spain Spanish'],
  ['l10n-united-kingdom', 'United Kingdom English'],
  ['l10n-nowhere', ''],
  ['l10n-unknown-region', ''],
  ['spain', ''],
])('what lies in %s is for %j', (repository, country) => {
  expect(countryOf('sale', repository)).toBe(country);
});

it('what its own name says goes before that', () => {
  expect(countryOf('l10n_fr', 'l10n-spain')).toBe('France French');
});
