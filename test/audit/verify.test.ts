import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/audit/chain.ts';
import { openTrail } from '../../src/audit/trail.ts';
import { type Verification, type VerifyOptions, verifyTrail } from '../../src/audit/verify.ts';
import fc from '../support/property.ts';
import { allowed, trailFiles, writeCalls } from './entries.ts';

/** One file of a trail: its name, and its lines with their ends. */
interface File {
  readonly name: string;
  readonly lines: readonly string[];
}

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-audit-')));
const original = join(scratch, 'original');
const copy = join(scratch, 'copy');
let files: File[] = [];
let sound: Verification;

beforeAll(async () => {
  const trail = openTrail(original, { log: () => {}, maxBytes: 7000 });
  await writeCalls(trail, 20);
  await trail.decide(allowed('left_open'));
  await trail.close();
  files = trailFiles(original).map((name) => ({
    name,
    lines: readFileSync(join(original, name), 'latin1').split(/(?<=\n)/),
  }));
  sound = verify(original);
});
afterAll(() => rmSync(scratch, { recursive: true }));

function verify(stateDir: string, options?: VerifyOptions): Verification {
  const verified = verifyTrail(stateDir, options);
  if (!verified.ok) throw new Error(verified.refusal.message);
  return verified.value;
}

/** Verifies a trail that holds these files instead. */
function verifyFiles(changed: readonly File[], options?: VerifyOptions): Verification {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy);
  for (const { name, lines } of changed) writeFileSync(join(copy, name), lines.join(''), 'latin1');
  return verify(copy, options);
}

/** Every line with the place of its file in the list. */
const flat = () => files.flatMap(({ lines }, file) => lines.map((line) => ({ file, line })));

/** The files with these lines; those of no line are not there. */
function regroup(lines: readonly { file: number; line: string }[]): File[] {
  return files
    .map(({ name }, index) => ({
      name,
      lines: lines.filter(({ file }) => file === index).map(({ line }) => line),
    }))
    .filter(({ lines }) => lines.length > 0);
}

/** The same with one line changed. */
function withLine(index: number, change: (line: string) => string): File[] {
  return regroup(flat().map((entry, at) => (at === index ? { ...entry, line: change(entry.line) } : entry)));
}

const seqOf = (line: string) => JSON.parse(line).seq as number;

/** A line that says something else, with a hash that fits. */
function forge(line: string): string {
  const { hash, ...rest } = JSON.parse(line);
  const start = JSON.stringify({ ...rest, time: '2020-01-01T00:00:00.000Z' }).slice(0, -1);
  return `${start},"hash":"${sha256(`${start}}`)}"}\n`;
}

describe('a trail as it was written', () => {
  it('is sound, over all its files, and tells what was left open', () => {
    expect(files.length).toBeGreaterThan(3);
    expect(Math.min(...files.slice(0, -1).map(({ lines }) => lines.length))).toBeGreaterThan(3);
    const last = flat().at(-1)?.line as string;
    expect(sound).toEqual({
      files: files.map(({ name }) => name),
      lines: flat().length,
      isSound: true,
      problems: [],
      problemCount: 0,
      head: { seq: seqOf(last), hash: JSON.parse(last).hash },
      anchor: null,
      torn: [],
      open: [expect.objectContaining({ seq: seqOf(last), tool: 'oca_link', modules: ['left_open'] })],
      openCount: 1,
      hasExpected: null,
    });
    expect(seqOf(last)).toBe(flat().length);
  });

  it('is not there in a folder without one, or where there is no folder', () => {
    for (const folder of [scratch, join(scratch, 'nowhere')]) {
      expect(verify(folder)).toMatchObject({ files: [], lines: 0, isSound: true, head: null });
    }
  });
});

describe('a changed trail', () => {
  const line = () => fc.nat({ max: flat().length - 1 });

  it('is found out when any byte of any line is another one, or gone, or new', () => {
    fc.assert(
      fc.property(
        line(),
        fc.nat(),
        fc.nat({ max: 255 }),
        fc.constantFrom(0, 1),
        fc.constantFrom(0, 1),
        (at, where, byte, drop, add) => {
          const text = flat()[at]?.line as string;
          const index = where % (text.length - 1);
          const changed =
            text.slice(0, index) + (add ? String.fromCharCode(byte) : '') + text.slice(index + drop);
          fc.pre(changed !== text);
          const { isSound, problems } = verifyFiles(withLine(at, () => changed));
          expect([isSound, problems[0]?.kind]).toEqual([false, 'edited']);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is found out when a line is replaced by another one with a hash that fits, but for the last one', () => {
    fc.assert(
      fc.property(line(), (at) => {
        const { isSound, problems } = verifyFiles(withLine(at, forge));
        const isLast = at === flat().length - 1;
        expect([isSound, problems[0]?.kind]).toEqual(isLast ? [true, undefined] : [false, 'replaced']);
        expect(verifyFiles(withLine(at, forge), { expected: sound.head ?? undefined })).toMatchObject({
          isSound: false,
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is found out when lines are removed, unless nothing is left behind them', () => {
    fc.assert(
      fc.property(line(), fc.integer({ min: 1, max: 12 }), (from, count) => {
        const left = flat().filter((_, index) => index < from || index >= from + count);
        const { isSound, problems, anchor, head } = verifyFiles(regroup(left));
        const isTail = from + count >= flat().length;
        const behind = flat()[from + count];
        // Files may be kept elsewhere; that they are not here is said.
        const isWholeFiles = from === 0 && behind?.line.includes('"kind":"rotation"') === true;
        if (isTail) expect([isSound, head?.seq]).toEqual([true, from === 0 ? undefined : from]);
        else if (isWholeFiles) expect([isSound, anchor?.seq]).toEqual([true, count]);
        else expect([isSound, problems[0]?.kind]).toEqual([false, 'removed']);
      }),
      { numRuns: 200 },
    );
  });

  it('is found out when lines are in another order', () => {
    fc.assert(
      fc.property(line(), line(), fc.boolean(), (a, b, isSwap) => {
        fc.pre(a !== b);
        const lines = flat();
        const order = lines.map(({ line: text }) => text);
        if (isSwap) [order[a], order[b]] = [order[b] as string, order[a] as string];
        else order.splice(b, 0, ...order.splice(a, 1));
        const changed = lines.map(({ file }, index) => ({ file, line: order[index] as string }));
        const { isSound, problems } = verifyFiles(regroup(changed));
        expect(isSound).toBe(false);
        expect(problems[0]?.kind).toBe('reordered');
      }),
      { numRuns: 200 },
    );
  });

  it('is found out when a line is put in', () => {
    const extra = fc.oneof(
      line().map((at) => flat()[at]?.line as string),
      line().map((at) => forge(flat()[at]?.line as string)),
      fc.constantFrom('\n', '{}\n', 'text\n'),
    );
    fc.assert(
      fc.property(fc.nat({ max: flat().length }), extra, (at, added) => {
        const lines = flat();
        const file = lines[Math.min(at, lines.length - 1)]?.file as number;
        const { isSound } = verifyFiles(regroup(lines.toSpliced(at, 0, { file, line: added })));
        expect(isSound).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('that is cut at any byte is sound as far as it goes, but does not hold the head that was expected', () => {
    const last = files.at(-1) as File;
    const text = last.lines.join('');
    fc.assert(
      fc.property(fc.nat({ max: text.length - 2 }), (size) => {
        const cut = [...files.slice(0, -1), { name: last.name, lines: [text.slice(0, size)] }];
        const found = verifyFiles(cut, { expected: sound.head ?? undefined });
        expect(found).toMatchObject({ isSound: false, problems: [{ kind: 'missing' }], hasExpected: false });
        const behind = size - (text.lastIndexOf('\n', size - 1) + 1);
        const isWhole = behind === 0 || text[size] === '\n';
        expect(verifyFiles(cut)).toMatchObject({ isSound: true, torn: isWhole ? [] : [{ bytes: behind }] });
      }),
      { numRuns: 60 },
    );
  });

  it('is found out when a file in the middle is cut or gone', () => {
    const [first, second, ...rest] = files as [File, File, ...File[]];
    expect(verifyFiles([first, ...rest])).toMatchObject({
      isSound: false,
      problems: [{ kind: 'removed', file: rest[0]?.name, line: 1 }],
    });
    const cut = { name: second.name, lines: [second.lines.join('').slice(0, -20)] };
    expect(verifyFiles([first, cut, ...rest])).toMatchObject({
      isSound: false,
      problems: [{ kind: 'edited', file: second.name, line: second.lines.length }],
      torn: [],
    });
  });
});

describe('what is said of a change', () => {
  const problemsOf = (changed: readonly File[]) => verifyFiles(changed).problems;
  const at = (index: number) => {
    const file = flat()[index]?.file as number;
    const before = files.slice(0, file).reduce((sum, { lines }) => sum + lines.length, 0);
    return { file: files[file]?.name, line: index - before + 1 };
  };

  it('is its place and its meaning: edited', () => {
    const changed = withLine(7, (text) => text.replace('uid:1000', 'uid:0'));
    expect(problemsOf(changed)).toEqual([
      {
        kind: 'edited',
        ...at(7),
        message: 'This line was changed: the hash does not match the text.',
      },
    ]);
  });

  it('is its place and its meaning: removed', () => {
    expect(problemsOf(regroup(flat().toSpliced(7, 2)))).toEqual([
      { kind: 'removed', ...at(7), message: 'Lines number 8 to 9 are missing before line number 10.' },
    ]);
  });

  it('is its place and its meaning: reordered', () => {
    const lines = flat();
    const [a, b] = [lines[5], lines[6]] as [(typeof lines)[0], (typeof lines)[0]];
    expect(problemsOf(regroup(lines.with(5, b).with(6, a)))).toEqual([
      {
        kind: 'reordered',
        ...at(5),
        message: expect.stringMatching(
          /^Line number 6 is out of place: number 6 comes later, in \S+ line 7\.$/,
        ),
      },
    ]);
  });

  it('is its place and its meaning: put in', () => {
    expect(problemsOf(regroup(flat().toSpliced(7, 0, { file: 0, line: '{}\n' })))).toEqual([
      {
        kind: 'inserted',
        ...at(7),
        message: 'This line was inserted: the chain continues without it.',
      },
    ]);
  });

  it('names the first places when there are many, and counts the others', () => {
    const every = flat().map((entry) => ({ ...entry, line: forge(entry.line) }));
    const found = verifyFiles(regroup(every));
    expect(found).toMatchObject({ problems: { length: 20 }, problemCount: flat().length - 1 });
    expect(found.problems[0]).toMatchObject({ kind: 'replaced', ...at(1) });
  });

  it('does not take a first line that was written behind another one for the beginning', () => {
    const beginning = forge((files[0] as File).lines[0] as string).replace(/"prev":"0/, '"prev":"1');
    const start = beginning.slice(0, beginning.indexOf(',"hash"'));
    const forged = `${start},"hash":"${sha256(`${start}}`)}"}\n`;
    expect(problemsOf([{ name: 'audit.jsonl', lines: [forged] }])).toMatchObject([
      { kind: 'replaced', line: 1, message: expect.stringContaining('chained to an earlier line') },
    ]);
  });

  it('is said of a line of the chain that this version does not know, too', () => {
    const last = flat().at(-1)?.line as string;
    const { hash, ...rest } = JSON.parse(last);
    const start = JSON.stringify({ ...rest, colour: 'red' }).slice(0, -1);
    const changed = withLine(flat().length - 1, () => `${start},"hash":"${sha256(`${start}}`)}"}\n`);
    expect(problemsOf(changed)).toMatchObject([{ kind: 'unknown', ...at(flat().length - 1) }]);
  });
});

describe('an expected head', () => {
  it('is found wherever it is, also just before the first file that is here', () => {
    for (const index of [0, 9, flat().length - 1]) {
      const { seq, hash } = JSON.parse(flat()[index]?.line as string);
      expect(verifyFiles(files, { expected: { seq, hash } })).toMatchObject({
        isSound: true,
        hasExpected: true,
      });
    }
    const { anchor } = verifyFiles(files.slice(1));
    expect(anchor).not.toBeNull();
    expect(verifyFiles(files.slice(1), { expected: anchor ?? undefined })).toMatchObject({
      hasExpected: true,
    });
  });

  it('that is not there is a problem at the end, also of an empty trail', () => {
    const expected = { seq: 3, hash: 'f'.repeat(64) };
    expect(verifyFiles(files, { expected })).toMatchObject({
      isSound: false,
      problems: [{ kind: 'missing', file: 'audit.jsonl', line: files.at(-1)?.lines.length }],
    });
    expect(verifyFiles([], { expected })).toMatchObject({ isSound: false, lines: 0 });
  });
});
