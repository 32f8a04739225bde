import { describe, expect, it } from 'vitest';
import { stem } from '../../src/catalog/stem.ts';
import fc from '../support/property.ts';

describe('the stem', () => {
  it.each([
    'reconcile reconciles reconciled reconciling reconciliation reconciliations',
    'invoice invoices invoiced invoicing',
    'track tracks tracked tracking tracker',
    'approve approves approved approving approval approvals approver',
    'validate validated validation valid',
    'depreciate depreciated depreciation',
    'notify notification notifications',
    'duplicate duplicates duplication',
    'plan plans planned planning planner',
    'ship ships shipped shipping shipment shipments',
    'pay pays paying payment payments',
    'manage managing management manager',
    'deliver delivered delivery deliveries',
    'category categories',
    'tax taxes',
    'month months monthly',
    'automatic automatically',
    'configure configuration',
    'register registered registration',
    'quote quotes quotation',
    'propose proposal proposals',
    'remind reminder reminders',
    'connect connector connectors',
    'calculate calculation calculator',
  ])('is the same for %s', (words) => {
    expect(new Set(words.split(' ').map(stem)).size).toBe(1);
  });

  it.each([
    'colour color',
    'colours colors',
    'labour labor',
    'centre center',
    'organise organize organisation organization',
    'analyse analyze',
    'cancelled canceled cancellation',
    'labelled labeled',
    'licence license',
    'catalogue catalog',
    'programme program',
  ])('is the same for the British and American spellings %s', (words) => {
    expect(new Set(words.split(' ').map(stem)).size).toBe(1);
  });

  it.each([
    'general generate',
    'statement state',
    'customer custom',
    'journal journey',
    'position post',
    'status state',
    'station sta',
    'form format',
    'inventory inventor',
    'directory direct',
    'process procedure',
    'sheet she',
    'hour or',
    'order ore',
    'supply sup',
    'family fam',
    'comment come',
    'address add',
    'business bus',
    'string str',
    'series serious',
  ])('is another one for each of %s', (words) => {
    const all = words.split(' ');
    expect(new Set(all.map(stem)).size).toBe(all.length);
  });

  it.each(['pos', 'hr', 'l10n', '2fa', 's3', 'x'.repeat(33), 'préstamo', '請求書', 'ing', 'ment'])(
    'of %s is itself',
    (word) => {
      expect(stem(word)).toBe(word);
    },
  );

  it('of any word is short enough and not empty', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'aeiounstmlrdcgpyzed'),
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(letters, (word) => {
        const stemmed = stem(word);
        expect(stemmed.length).toBeGreaterThan(0);
        // `centr` becomes `center`.
        expect(stemmed.length).toBeLessThanOrEqual(word.length + 1);
      }),
    );
  });
});
