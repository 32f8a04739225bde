/** The country of a localization, which its name has as a code: `l10n_es` and `l10n_es_pos` are for Spain. */
const LOCALIZATION = /(?:^|_)l10n_([a-z]{2})(?:_|$)/;

const COUNTRIES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const LANGUAGES = new Intl.DisplayNames('en', { type: 'language', fallback: 'none' });

/**
 * The country that a module is for, and the language spoken there, in English: `Spain Spanish`. Empty if its name says
 * nothing of a country.
 */
export function countryOf(module: string): string {
  const code = LOCALIZATION.exec(module)?.[1];
  // Unicode's code of no region.
  if (code === undefined || code === 'zz') return '';
  const { language } = new Intl.Locale(`und-${code}`).maximize();
  return [COUNTRIES.of(code.toUpperCase()), LANGUAGES.of(language)]
    .filter((name) => name !== undefined)
    .join(' ');
}
