/** A Python requirement as a manifest names it: a line of a requirements file (PEP 508), or the name of a module. */
export interface Requirement {
  /** The name of the distribution, as written. */
  readonly name: string;
  /** Equal for spellings of one name (PEP 503), with its extras and marker: what can share a line. */
  readonly key: string;
  readonly extras: string;
  /** Such as `>=2.0`. */
  readonly specifiers: readonly string[];
  /** Without the semicolon; empty for none. */
  readonly marker: string;
}

/**
 * Parses a requirement.
 * @returns Null for anything else, also for what pip would read as an option, a path or an address: the text comes from a
 *   checkout, and pip runs what it downloads.
 */
export function parseRequirement(text: string): Requirement | null {
  if (text.length > LONGEST) return null;
  // A line break would begin a line of its own; runs of blanks would take cubic time.
  const found = /[^\t\x20-\x7e]/.test(text) ? null : REQUIREMENT.exec(text.trim().replace(/[ \t]+/g, ' '));
  if (found === null || ARCHIVE.test(found[1] as string)) return null;
  const [, written = '', extras = '', specifiers = '', marker = ''] = found;
  const name = DISTRIBUTIONS.get(written) ?? written;
  const shared = [normalized(name), extras.replace(/\s/g, '').toLowerCase(), marker.trim()];
  return {
    name,
    key: shared.join('\0'),
    extras: extras.replace(/\s/g, ''),
    specifiers: specifiers
      .split(',')
      .map((one) => one.replace(/\s/g, ''))
      .filter((one) => one !== ''),
    marker: marker.trim(),
  };
}
const LONGEST = 500;
/** pip takes such a name for a file of the working directory. */
const ARCHIVE = /\.(?:zip|whl|tar|gz|bz2|xz|lz|lzma|t[gx]z|tlz|tbz)$/i;
const VERSION = String.raw`\s*(?:===?|~=|!=|<=?|>=?)\s*[\w.*+!-]+\s*`;
const REQUIREMENT = new RegExp(
  String.raw`^([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(\[[\w\s,.-]*\])?\s*\(?((?:${VERSION}(?:,${VERSION})*)?)\)?\s*(?:;([\w\s'".<>=!~()+*-]*))?$`,
);

function normalized(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** Several requirements of one key as one line for pip. */
export function requirementLine(requirements: readonly Requirement[]): string {
  const [first] = requirements;
  if (first === undefined) throw new Error('a line of no requirements');
  const specifiers = [...new Set(requirements.flatMap((one) => one.specifiers))].sort();
  const marker = first.marker === '' ? '' : ` ; ${first.marker}`;
  return `${first.name}${first.extras}${specifiers.join(',')}${marker}`;
}

/**
 * Distributions whose modules have other names. Odoo also takes the name of a module, so manifests have these; pip would
 * install something else by them, or nothing.
 */
const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    Crypto: 'pycryptodome',
    OpenSSL: 'pyOpenSSL',
    PIL: 'Pillow',
    barcode: 'python-barcode',
    bs4: 'beautifulsoup4',
    cups: 'pycups',
    cv2: 'opencv-python',
    dateutil: 'python-dateutil',
    docx: 'python-docx',
    git: 'GitPython',
    jose: 'python-jose',
    jwt: 'PyJWT',
    ldap: 'python-ldap',
    magic: 'python-magic',
    serial: 'pyserial',
    slugify: 'python-slugify',
    sklearn: 'scikit-learn',
    stdnum: 'python-stdnum',
    usb: 'pyusb',
    yaml: 'PyYAML',
    zmq: 'pyzmq',
  }),
);
