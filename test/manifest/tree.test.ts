import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseLiteral } from '../../src/manifest/literal.ts';
import { SERIES } from '../../src/manifest/series.ts';
import { decodeManifest } from '../../src/manifest/text.ts';
import { judgeManifest } from '../../src/manifest/verdict.ts';
import { difference, type Oracle, startOracle } from './oracle.ts';

/**
 * Compares this parser with CPython on all manifests of a tree. By hand:
 * `MANIFEST_TREE=/path/to/checkouts npx vitest run test/manifest/tree.test.ts`. Without the variable: the fixtures.
 */
const TREE = process.env.MANIFEST_TREE ?? fileURLToPath(new URL('../../fixtures', import.meta.url));
const BATCH = 200;

let oracle: Oracle;

beforeAll(async () => {
  oracle = await startOracle();
});

afterAll(() => oracle.close());

/** The texts of all manifests below a folder, links not followed. */
function manifestsBelow(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith('.') ? [] : manifestsBelow(path);
    if (!isManifest(entry)) return [];
    const decoded = decodeManifest(readFileSync(path));
    return decoded.ok ? [{ path, text: decoded.text }] : [];
  });
}

function isManifest(entry: Dirent): boolean {
  return (
    entry.isFile() &&
    (/^__(manifest|openerp)__\.py$/.test(entry.name) || entry.parentPath.endsWith('/manifests'))
  );
}

describe('the manifests of a tree', () => {
  it('read as CPython reads them', async () => {
    const manifests = manifestsBelow(TREE);
    const differences: string[] = [];
    for (let from = 0; from < manifests.length; from += BATCH) {
      const batch = manifests.slice(from, from + BATCH);
      const answers = await oracle.ask(batch.map(({ text }) => text));
      batch.forEach(({ path, text }, i) => {
        const answer = answers[i];
        const what = answer && difference(text, answer);
        if (what !== undefined) differences.push(`${path}: ${what.slice(0, 300)}`);
      });
    }
    const texts = manifests.map(({ text }) => text);
    const accepted = texts.filter((text) => parseLiteral(text).ok).length;
    console.log(
      `${TREE}: ${texts.length} manifests, ${accepted} accepted, ${differences.length} differences`,
    );
    expect(texts.length).toBeGreaterThan(0);
    expect(differences).toEqual([]);
  });

  it('all have a verdict on every series', () => {
    for (const { text } of manifestsBelow(TREE)) {
      for (const series of SERIES) {
        const { verdict, problems } = judgeManifest(text, series);
        if (verdict !== 'installable') expect(problems.map(({ level }) => level)).toContain('error');
      }
    }
  });
});
