import { cut, oneLine } from '../base/text.ts';
import { parseLiteral } from '../manifest/literal.ts';
import type { Series } from '../manifest/series.ts';
import { decodeManifest } from '../manifest/text.ts';
import { judgeLiteral } from '../manifest/verdict.ts';
import { MOST_TOKENS } from './assess.ts';
import { isModuleName } from './module-name.ts';

/** What an index keeps of a module's manifest. */
export interface IndexedManifest {
  /** Its title. */
  readonly title: string;
  /** As written. */
  readonly version: string | null;
  readonly summary: string;
  /** Names of modules alone; null if the manifest cannot be read. */
  readonly depends: readonly string[] | null;
  /** Whether Odoo could install it; false for a manifest that it cannot use. */
  readonly installable: boolean;
}

/** What is kept of a manifest that cannot be read. */
export const UNREADABLE_MANIFEST: IndexedManifest = {
  title: '',
  version: null,
  summary: '',
  depends: null,
  installable: false,
};

/** The most characters of a text, and names of a list, that are kept: real ones are shorter. */
const MOST_CHARACTERS = 200;
const MOST_NAMES = 500;

/** Reads a manifest as far as an index needs it. Its texts are anybody's: one line each, and cut. */
export function readIndexedManifest(bytes: Uint8Array, series: Series): IndexedManifest {
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) return UNREADABLE_MANIFEST;
  const { fields, verdict } = judgeLiteral(parseLiteral(decoded.text, MOST_TOKENS), series);
  if (fields === null) return UNREADABLE_MANIFEST;
  const { name, rawVersion, summary, depends } = fields;
  return {
    title: plain(name),
    version: rawVersion === null ? null : plain(rawVersion),
    summary: plain(summary),
    depends: [...new Set(depends.filter(isModuleName))].slice(0, MOST_NAMES),
    installable: verdict === 'installable',
  };
}

function plain(text: string): string {
  return cut(oneLine(text), MOST_CHARACTERS);
}
