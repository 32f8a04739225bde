import { describe, expect, it } from 'vitest';
import { fold, tellingWords, termOf, termsOf, wordsOf } from '../../src/catalog/terms.ts';

describe('the words of a text', () => {
  it('are those between what is no letter or digit', () => {
    expect(wordsOf('l10n_es_aeat: IVA (303), e-mail')).toEqual([
      'l10n',
      'es',
      'aeat',
      'iva',
      '303',
      'e',
      'mail',
    ]);
    expect(wordsOf('請求書 счёт')).toEqual(['請求書', 'счет']);
    expect(wordsOf(' _\u202e\ufffd ')).toEqual([]);
  });

  it('are folded', () => {
    expect(fold('FACTURACIÓN')).toBe('facturacion');
    expect(wordsOf('Ｆｕｌｌ')).toEqual(['full']);
  });
});

describe('the words that say something', () => {
  it('are not those of every sentence', () => {
    expect(tellingWords('I need a module that prints the labels')).toEqual(['prints', 'labels']);
    expect(tellingWords("our customer's orders in Odoo")).toEqual(['customer', 'orders']);
  });

  it('are all where none says anything', () => {
    expect(tellingWords('to be or not to be')).toEqual(['to', 'be', 'or', 'not', 'to', 'be']);
    expect(tellingWords('')).toEqual([]);
  });
});

it('writes in full what technical names have in short', () => {
  expect(termsOf('sale_min_qty')).toEqual(termsOf('sale minimum quantity'));
  expect(termOf('qty')).toBe(termOf('quantities'));
});
