/**
 * Stems English words, so that `reconcile`, `reconciled` and `reconciliation` are one word, and `colour` and `color` are.
 * A stem need not be a word; it is compared with other stems only. Words of other languages lose at most an ending, in
 * queries as in modules. Far lighter than Porter's stemmer, which keeps `reconcile` and `reconciliation` apart, and makes
 * one word of `general` and `generate`.
 */

interface Ending {
  readonly pattern: RegExp;
  readonly replacement: string;
  /** The fewest characters that must remain: `ration` keeps its ending. */
  readonly fewest: number;
}

function ending(pattern: RegExp, fewest = 3, replacement = ''): Ending {
  return { pattern, replacement, fewest };
}

/** Of each step, the first ending that a word has and can lose is replaced. */
const STEPS: readonly (readonly Ending[])[] = [
  // taxes, categories, orders; not status, process, analysis.
  [ending(/ies$/, 2, 'y'), ending(/(?<=ss|sh|ch|x)es$/), ending(/(?<![sui])s$/, 2)],
  [
    // automatically, monthly; not supply, family, assembly.
    ending(/(?<=ic)ally$/, 4),
    ending(/(?<=[thkrlec])ly$/, 4),
    // approval, renewal, proposal; not general, material, journal.
    ending(/(?<=ov|ew|os|iv|us|iss|nt|aw)al$/, 4),
    ending(/(?<=ic)al$/, 4),
    // management, shipment, payment; not statement, which is no state.
    ending(/(?<!^stat)ement$/, 4),
    ending(/(?<!^state)ment$/, 4),
    ending(/(?<=^pay)ment$/),
  ],
  [
    ending(/(?:iation|ication|[ai]tion)$/, 4),
    ending(/ion$/, 4),
    ending(/(?<![aeiou])(?:ic|i)?at(?:ed|ing)$/, 4),
    ending(/(?<=[aeiouy].*)(?:ed|ing)$/),
    ending(/(?:ic|i)?ate$/, 4),
  ],
  // The vowels that are left; `inventory` is no inventor.
  [ending(/(?<!or)y$/), ending(/[ei]+$/)],
  [
    // colour, registr-ation, centre, catalogue, licence.
    ending(/our$/, 5, 'or'),
    ending(/(?<=ist)r$/),
    ending(/(?<=[bt])r$/, 3, 'er'),
    ending(/ogu$/, 3, 'og'),
    ending(/nc$/, 3, 'ns'),
    ending(/(?:ic|i)?ator$/, 4),
    // reminder, connector; not order, vendor, nor customer, which is no custom.
    ending(/(?<!^custom)er$|or$/, 5),
  ],
];

/** Shorter words have no endings; longer ones are names and codes. */
const LENGTHS = { least: 4, most: 32 } as const;

/**
 * The stem of a word.
 * @param word In lower case and without accents.
 */
export function stem(word: string): string {
  const { least, most } = LENGTHS;
  if (word.length < least || word.length > most || !/^[a-z]+$/.test(word)) return word;
  const stemmed = STEPS.reduce(shorten, word);
  // cancelled and canceled, organize and organise.
  return stemmed.replace(/([bdfglmnprst])\1$/, '$1').replace(/([iy])z/g, '$1s');
}

function shorten(word: string, step: readonly Ending[]): string {
  for (const { pattern, replacement, fewest } of step) {
    const shorter = word.replace(pattern, replacement);
    if (shorter !== word && shorter.length >= fewest) return shorter;
  }
  return word;
}
