import { sep } from 'node:path';
import { readTextInside } from '../base/read-inside.ts';
import { lstatExactly, stampFrom } from '../base/stamp.ts';

/**
 * Where a module says what it does, best first: the fragment from which the OCA's generator makes README.rst, then that
 * file (OCA/maintainer-tools, `oca-gen-addon-readme`).
 */
const FILES = ['readme/DESCRIPTION.md', 'readme/DESCRIPTION.rst', 'README.rst'] as const;

/** The largest file that is read, in bytes; the OCA's have at most 70 KB. */
const MOST_BYTES = 128 * 1024;

/** What a module says of itself. */
export interface ModuleText {
  /** Without markup; empty if there is none. */
  readonly text: string;
  /** See {@link stampOfText}. */
  readonly stamp: string;
}

/**
 * Identifies the state of the file that {@link readModuleText} reads; empty if there is none.
 * @param folder The real path of the module's folder.
 */
export function stampOfText(folder: string): string {
  return findText(folder)?.stamp ?? '';
}

/**
 * Reads what a module says of itself: a regular file that really lies in its folder. It need not be UTF-8.
 * @param folder The real path of the module's folder.
 * @param most The most characters of the text.
 * @throws Interruption when the system lacks the resources to open the file.
 */
export function readModuleText(folder: string, most: number): ModuleText {
  const found = findText(folder);
  if (found === null) return { text: '', stamp: '' };
  const read = readTextInside(folder, found.file, MOST_BYTES);
  const text = read === null || read === 'absent' ? '' : plainText(read.text, most);
  return { text, stamp: found.stamp };
}

function findText(folder: string): { readonly file: string; readonly stamp: string } | null {
  for (const file of FILES) {
    const stats = lstatExactly(`${folder}${sep}${file}`);
    if (stats?.isFile()) return { file, stamp: `${file} ${stampFrom(stats).key}` };
  }
  return null;
}

/** The end of the description in a README of the OCA: what follows is the same in every module, or is about its use. */
const REST = /^(?:\*\*Table of contents\*\*|\.\. contents::|#* *(?:Bug Tracker|Credits|Contributors)) *$/im;

/** A directive or comment of reStructuredText with the lines below it that are indented: badges, images. */
const DIRECTIVE = /^\.\.(?: .*)?$(?:\r?\n(?:[ \t].*)?$)*/gm;

/** Images of Markdown, substitutions of reStructuredText, tags, addresses. */
const MARKUP = /!\[[^[\]\n]*\]\([^()\n]*\)|\|[\w-]+\||<[^<>\n]*>|\b(?:https?|ftp):\/\/\S+/g;

/**
 * The words of a text in reStructuredText or Markdown, up to the sections that every README of the OCA has.
 * @param most The most characters.
 */
export function plainText(text: string, most: number): string {
  const rest = REST.exec(text)?.index ?? text.length;
  const words = text.slice(0, rest).replace(DIRECTIVE, ' ').replace(MARKUP, ' ').replace(/\s+/g, ' ');
  return words.trim().slice(0, most);
}
