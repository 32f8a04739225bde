/** The country of a localization, which its name has as a code: `l10n_es` and `l10n_es_pos` are for Spain. */
const MODULE = /(?:^|_)l10n_([a-z]{2})(?:_|$)/;
/** A repository of the OCA for a country has its name: `l10n-spain`. */
const REPOSITORY = /^l10n-([a-z-]+)$/;

/** Unicode's code of no country. */
const UNKNOWN = 'zz';

/**
 * The country that a module is for, and the language spoken there, in English: `Spain Spanish`. Empty if neither its name
 * nor that of its repository says so.
 */
export function countryOf(module: string, repository: string): string {
  const country = REPOSITORY.exec(repository)?.[1];
  const code = MODULE.exec(module)?.[1] ?? (country && namesOf().codes.get(country));
  if (code === undefined || code === UNKNOWN) return '';
  const { countries, languages } = namesOf();
  const { language } = new Intl.Locale(`und-${code}`).maximize();
  return [countries.get(code), languages.of(language)].filter((name) => name !== undefined).join(' ');
}

const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];

interface Names {
  /** Countries by their code. */
  readonly countries: ReadonlyMap<string, string>;
  /** Codes of countries by their name as in that of a repository. */
  readonly codes: ReadonlyMap<string, string>;
  readonly languages: Intl.DisplayNames;
}

let names: Names | undefined;

/** Made when it is first needed: it takes milliseconds that no start should. */
function namesOf(): Names {
  if (names !== undefined) return names;
  const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const countries = new Map<string, string>();
  for (const code of LETTERS.flatMap((first) => LETTERS.map((second) => first + second))) {
    const name = regions.of(code.toUpperCase());
    if (name !== undefined) countries.set(code, name);
  }
  const codes = [...countries].map(
    ([code, name]) => [name.toLowerCase().replaceAll(' ', '-'), code] as const,
  );
  const languages = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });
  names = { countries, codes: new Map(codes), languages };
  return names;
}
