import { expect } from 'vitest';
import type { Readme } from '../../src/manifest/description.ts';
import { PROBLEM_CODES } from '../../src/manifest/problems.ts';
import { SERIES, type Series } from '../../src/manifest/series.ts';
import { judgeManifest, type ManifestSurroundings, type Verdict } from '../../src/manifest/verdict.ts';

/**
 *   ok  installable                     inv  invisible
 *   no  uninstallable                   brk  breaks the update of the whole instance
 */
const VERDICTS: Record<string, Verdict> = {
  ok: 'installable',
  no: 'uninstallable',
  inv: 'invisible',
  brk: 'breaks_update',
};

/** What a row says of all six series, or of `14.0 15.0 16.0 17.0 18.0 19.0` in turn. */
export type Row = [form: string, verdicts: string];

/** A manifest without a fault, but for the keys given; `S` in a text stands for the series. */
export function manifest(extra: string, series: Series): string {
  const base = "'name': 'Name', 'license': 'LGPL-3', 'version': 'S.1.0.0', 'depends': ['base', 'sale']";
  return `{${base}, ${extra}}`.replaceAll('S.', `${series}.`).replaceAll("'S'", `'${series}'`);
}

/** Checks the verdicts of a manifest, and that there is an error where there should be one. */
export function checkText(
  text: (series: Series) => string,
  verdicts: string,
  surroundings: ManifestSurroundings = {},
): void {
  const words = verdicts.split(' ');
  const judged = SERIES.map((series) => judgeManifest(text(series), series, surroundings));
  expect(judged.map(({ verdict }) => verdict)).toEqual(
    SERIES.map((_, i) => VERDICTS[words[i] ?? words[0] ?? '']),
  );
  judged.forEach(({ verdict, problems, fields }, i) => {
    for (const { code, message } of problems) {
      expect(Object.keys(PROBLEM_CODES)).toContain(code);
      // 19.0 hides nothing once the literal is read.
      if (SERIES[i] === '19.0' && code !== 'syntax_error') expect(message).not.toContain('does not appear');
    }
    expect(new Set(problems.map(({ message }) => message)).size).toBe(problems.length);
    if (verdict !== 'installable') expect(problems.some(({ level }) => level === 'error')).toBe(true);
    const isStored = verdict === 'installable' || verdict === 'uninstallable';
    if (isStored) expect(fields?.installable).toBe(verdict === 'installable');
  });
}

/** Checks a row: the verdicts on the manifest with a key in the given form. */
export function checkKey(form: string, verdicts: string, surroundings?: ManifestSurroundings): void {
  checkText((series) => manifest(form, series), verdicts, surroundings);
}

/** The surroundings of a module with a README in a state. */
export function withReadme(state: Readme['state']): ManifestSurroundings {
  return { readReadme: () => ({ file: 'README.rst', state }) };
}
