import { BREAKS, type Inspection } from './findings.ts';
import { isText, reportUnstorable, shown } from './stored-values.ts';
import { truthy } from './values.ts';

/**
 * What is in the README that stands in for an empty description.
 *
 * - `unreadable`: opening or reading it fails
 * - `unknown`: it was not read, because it is too large or lies outside the roots
 */
export interface Readme {
  readonly file: string;
  readonly state: 'text' | 'nul' | 'not_utf8' | 'unreadable' | 'unknown';
}

/** Looks for the README that Odoo would read; null if there is none. */
export type ReadReadme = () => Readme | null;

/**
 * A missing or falsy description of any type is replaced by the README, if there is one (odoo/modules/module.py,
 * `load_manifest`; in 19.0 `Manifest.description`). From 17.0 on `get_values_from_terp` dedents what comes of it.
 */
export function inspectDescription(manifest: Inspection, readReadme: ReadReadme): void {
  const description = manifest.get('description');
  if (description === undefined || !truthy(description)) {
    const readme = readReadme();
    if (readme !== null) {
      inspectReadme(manifest, readme);
      return;
    }
    // Without one, 19.0 takes an empty string and others what is written.
    if (manifest.since('19.0')) return;
  }
  if (description === undefined || isText(description) || !manifest.since('17.0')) {
    const takesLatin1 = manifest.series === '16.0';
    reportUnstorable(manifest, 'description', description, true, takesLatin1);
    return;
  }
  const message = `\`description\` is ${shown(description)}, not a string, ${BREAKS}; write it in quotes or leave it out`;
  manifest.report('description_invalid', 'breaks', message, 'description');
}

function inspectReadme(manifest: Inspection, { file, state }: Readme): void {
  const what = `${file}, which Odoo takes for the missing description,`;
  const report = (effect: 'breaks' | 'surprises', text: string) =>
    manifest.report('readme_invalid', effect, `${what} ${text}`);
  if (state === 'nul') report('breaks', `contains a NUL, ${BREAKS}; remove it`);
  if (state === 'unknown') report('surprises', 'was not read: it is too large, or lies outside the roots');
  if (state === 'not_utf8') {
    const advice = 'save it as UTF-8';
    manifest.raise('readme_invalid', { what: `${what} is not UTF-8`, advice, error: 'UnicodeDecodeError' });
  }
  // 19.0 goes on to the next name when it cannot open a file, so none is unreadable there.
  if (state === 'unreadable') {
    const advice = 'let its user read it';
    manifest.raise('readme_invalid', { what: `${what} cannot be read`, advice, error: 'PermissionError' });
  }
}
