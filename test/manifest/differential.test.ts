import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookupUnicodeName } from '../../src/manifest/unicode-names.ts';
import { SEED } from '../support/property.ts';
import { LiteralGenerator, mutate, Random } from './generator.ts';
import { difference, type Oracle, startOracle } from './oracle.ts';

const COUNT = Number(process.env.FUZZ_COUNT ?? 24_000);
const BATCH = 500;
const FIXTURES = new URL('../../fixtures/manifests/', import.meta.url);

let oracle: Oracle;

beforeAll(async () => {
  oracle = await startOracle();
  console.log(`CPython ${oracle.version}, PROPERTY_SEED=${SEED} FUZZ_COUNT=${COUNT}`);
});

afterAll(() => oracle.close());

const clip = (text: string) => (text.length > 300 ? `${text.slice(0, 200)} … ${text.slice(-90)}` : text);

const is311 = () => oracle.version.startsWith('3.11.');

/** What later versions of CPython may read otherwise: spaces after the last line end, and indents across backslashes. */
function isTheSameInAllVersions(text: string): boolean {
  return !/[\n\r][ \t\f]+$|^[ \t\f]*\\\r?\n/m.test(text);
}

async function differences(all: readonly string[]): Promise<{ found: string[]; accepted: number }> {
  const texts = is311() ? all : all.filter(isTheSameInAllVersions);
  const found: string[] = [];
  let accepted = 0;
  for (let from = 0; from < texts.length; from += BATCH) {
    const batch = texts.slice(from, from + BATCH);
    const answers = await oracle.ask(batch);
    batch.forEach((text, i) => {
      const answer = answers[i];
      if (answer === undefined) throw new Error('the oracle left a text out');
      if (answer.ok) accepted++;
      const what = difference(text, answer);
      if (what !== undefined) found.push(what);
    });
  }
  return { found: found.slice(0, 12).map(clip), accepted };
}

function fixtures(): string[] {
  return readdirSync(FIXTURES).map((name) => readFileSync(new URL(name, FIXTURES), 'utf8'));
}

describe('the literal parser and CPython', () => {
  it('is compared with the CPython whose behaviour it copies', () => {
    if (!is311()) {
      console.log(`CPython ${oracle.version} is not 3.11: indents at odd places are left out`);
    }
    expect(oracle.version).toMatch(/^3\.\d+/);
  });

  it('agree on every fixture manifest', async () => {
    expect(await differences(fixtures())).toMatchObject({ found: [] });
  });

  it('agree on generated literals and on near misses', async () => {
    const generator = new LiteralGenerator(new Random(SEED));
    const texts = Array.from({ length: Math.ceil(COUNT / 2) }, () => generator.text());
    const { found, accepted } = await differences(texts);
    console.log(`${texts.length} generated texts, ${accepted} of them accepted`);
    expect(found).toEqual([]);
    expect(accepted).toBeGreaterThan(texts.length / 20);
  });

  it('agree on damaged manifests', async () => {
    const random = new Random(SEED + 1);
    const manifests = fixtures();
    const texts = Array.from({ length: Math.ceil(COUNT / 2) }, () =>
      mutate(random.pick(manifests), random.pick(manifests), random),
    );
    const { found, accepted } = await differences(texts);
    console.log(`${texts.length} damaged manifests, ${accepted} of them accepted`);
    expect(found).toEqual([]);
  });

  it('agree on every ASCII character in every place', async () => {
    const places = [
      ...[
        '~1',
        '1~',
        '[1~]',
        '#~',
        '1 ~ ',
        "'a'~'b'",
        '1~2',
        '0~1',
        '.~',
        '1.~1',
        '1e~1',
        '0x~1',
        '0b~1',
        '0o~1',
        '1_~',
      ],
      ...[
        "'~'",
        "'\\~'",
        "b'\\~'",
        "r'\\~'",
        "~''",
        "b~''",
        "~b''",
        "'\\x~1'",
        "'\\1~'",
        "'''~'''",
        "'~''",
        '"~"',
        '\\~1',
      ],
      ...[
        'set~()',
        'set(~)',
        '(~)',
        '{1~1}',
        '{1:1~}',
        '-~1',
        '1+~1j',
        '1~1j',
        '1~\n',
        '~\n1',
        '1\n~',
        '1,~',
        '..~',
        'Tru~',
      ],
    ];
    const texts = places.flatMap((place) =>
      Array.from({ length: 128 }, (_, code) => place.replace('~', () => String.fromCharCode(code))),
    );
    expect((await differences(texts)).found).toEqual([]);
  });

  it('agree on every letter that may stand for one of the name set', async () => {
    const texts: string[] = [];
    for (let code = 128; code < 0x110000; code++) {
      const char = String.fromCodePoint(code);
      if (/\p{Surrogate}/u.test(char)) continue;
      if (/^[set]|^$/.test(char.normalize('NFKC'))) {
        texts.push(`${char}et()`, `s${char}t()`, `se${char}()`, `s${char}()`, `${char}t()`, `set${char}()`);
      } else if (code < 0x3000) texts.push(`set${char}()`, `1${char}`, `[1${char}]`);
    }
    expect((await differences(texts)).found).toEqual([]);
  });

  it('agree on the name of every character', async () => {
    if (!is311()) return;
    const wrong: string[] = [];
    (await oracle.characters()).forEach((name, code) => {
      if (name !== '' && lookupUnicodeName(name) !== code) wrong.push(name);
    });
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});
