import { stem } from './stem.ts';

/** Parts of technical names that are written in short, and one that is written otherwise. */
const IN_FULL: ReadonlyMap<string, string> = new Map([
  ['auto', 'automatic'],
  ['cheque', 'check'],
  ['cheques', 'check'],
  ['config', 'configuration'],
  ['info', 'information'],
  ['max', 'maximum'],
  ['mgmt', 'management'],
  ['min', 'minimum'],
  ['qty', 'quantity'],
  ['ref', 'reference'],
]);

/** Words that say nothing about a module. */
const EMPTY: ReadonlySet<string> = new Set(
  (
    'a an and are as at be been but by can could do does for from had has have he her his how i if in into is it its me my ' +
    'need no not of on or our s shall she should so some than that the their them then there these they this to want was ' +
    'we were what when where which while who why will with without would you your ' +
    'addon addons module modules oca odoo'
  ).split(' '),
);

/** Lower case without accents, so that `Orcamento` finds `Orçamento`. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** The words of a text, folded, in its order; a technical name is several words. */
export function wordsOf(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** The words that say something; all of them, if none does. */
export function tellingWords(text: string): string[] {
  const words = wordsOf(text);
  const telling = words.filter((word) => !EMPTY.has(word));
  return telling.length > 0 ? telling : words;
}

/** What is compared of a folded word: its stem. */
export function termOf(word: string): string {
  return stem(IN_FULL.get(word) ?? word);
}

/** The terms of the words of a text. */
export function termsOf(text: string): string[] {
  return wordsOf(text).map(termOf);
}
