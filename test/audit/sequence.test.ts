import { describe, expect, it } from 'vitest';
import { GENESIS, type Link } from '../../src/audit/chain.ts';
import { type Findings, Sequence } from '../../src/audit/sequence.ts';
import { linkOf, rotation, sealText, texts, textsOf } from './chained.ts';

/** Nine lines of a chain, and nine of another chain. */
const LINES = texts(9).map(linkOf);
const OTHERS = textsOf([rotation('another'), ...Array(8).fill(rotation())]).map(linkOf);
const FILE = 'audit.jsonl';

/**
 * What is found in lines that are given by their numbers: `x` is none of any chain, and `o3` number 3 of the other one.
 * Each problem is its kind and its line.
 */
function judge(given: string): { problems: string[]; findings: Findings } {
  const sequence = new Sequence();
  for (const [at, word] of given.split(' ').filter(Boolean).entries()) {
    const lines = word.startsWith('o') ? OTHERS : LINES;
    const link = word === 'x' ? null : (lines[Number(word.replace('o', '')) - 1] as Link);
    sequence.accept(link, { file: FILE, line: at + 1 });
  }
  const findings = sequence.end();
  for (const { file } of findings.problems) expect(file).toBe(FILE);
  return { problems: findings.problems.map(({ kind, line }) => `${kind} ${line}`), findings };
}

describe('a sequence of lines', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['1', []],
    ['1 2 3 4', []],
    // Changed: text and hash do not belong together.
    ['x', ['edited 1']],
    ['x x', ['edited 1']],
    ['1 x', ['edited 2']],
    ['1 x 3', ['edited 2']],
    ['1 x x 4', ['edited 2']],
    ['x 2 3', ['edited 1']],
    ['1 x 3 x 5', ['edited 2', 'edited 4']],
    // Put in: the chain goes on behind.
    ['1 x 2', ['inserted 2']],
    ['1 x x 2 3', ['inserted 2']],
    ['x 1 2', ['inserted 1']],
    ['1 2 2 3', ['inserted 3']],
    ['1 2 1 3', ['inserted 3']],
    ['1 2 o1 3', ['inserted 3']],
    // Removed.
    ['1 3', ['removed 2']],
    ['1 2 6 7', ['removed 3']],
    ['1 3 5', ['removed 2', 'removed 3']],
    ['2 3', ['removed 1']],
    ['4', ['removed 1']],
    ['1 x 4', ['edited 2', 'removed 3']],
    // In another order: what is missing turns up later.
    ['1 3 2 4', ['reordered 2']],
    ['2 1 3', ['reordered 1']],
    ['1 4 2 3 5', ['reordered 2']],
    ['1 4 3 2 5', ['reordered 2']],
    ['3 1 2', ['reordered 1']],
    ['1 3 5 2', ['reordered 2', 'removed 3']],
    ['1 3 5 4', ['removed 2', 'reordered 3']],
    // Replaced: a line that fits by its number, behind another one than is here.
    ['1 o2', ['replaced 2']],
    ['1 2 o3 o4', ['replaced 3']],
    ['o1 2', ['replaced 2']],
    // Files that are kept elsewhere are no problem where a file begins.
    ['o3 o4', []],
    ['o3 o4 o2', ['reordered 3']],
    ['o3 o4 o2 o1', ['reordered 3']],
    ['o4 o2 o5', ['reordered 2']],
    ['o3 o3', ['inserted 2']],
  ])('%j has the problems %j', (given, problems) => {
    expect(judge(given).problems).toEqual(problems);
  });

  it('has a first and a last line of the chain, whatever else is there', () => {
    const ends = (given: string) => {
      const { first, last } = judge(given).findings;
      return [first?.seq ?? null, last?.seq ?? null];
    };
    expect(['', 'x', '1', '1 2 3', 'x 2 x', '1 3 2', '4 5 1'].map(ends)).toEqual([
      [null, null],
      [null, null],
      [1, 1],
      [1, 3],
      [2, 2],
      [1, 3],
      [4, 5],
    ]);
  });

  it('is replaced where its first line says that there was another one before it', () => {
    const [text] = texts(1, { seq: 0, hash: 'a'.repeat(64) });
    const link = linkOf(text);
    expect([link.seq, link.prev === GENESIS.hash]).toEqual([1, false]);
    const sequence = new Sequence();
    sequence.accept(link, { file: FILE, line: 1 });
    expect(sequence.end().problems).toMatchObject([{ kind: 'replaced', line: 1 }]);
  });

  it('is not taken for the beginning, nor for what follows, by half of what makes it so', () => {
    const judgeLinks = (...links: (Link | null)[]) => {
      const sequence = new Sequence();
      for (const [at, link] of links.entries()) sequence.accept(link, { file: FILE, line: at + 1 });
      return sequence.end().problems.map(({ kind, line }) => `${kind} ${line}`);
    };
    const behind = (seq: number, hash: string) => linkOf(texts(1, { seq, hash })[0]);
    const [first, second] = LINES as [Link, Link];
    // The hash before the first line of all, and another number.
    expect(judgeLinks(null, behind(4, GENESIS.hash))).toEqual(['edited 1']);
    // The right hash, and another number; the right number, and another hash.
    expect(judgeLinks(first, behind(4, first.hash))).toEqual(['removed 2']);
    expect(judgeLinks(first, null, behind(2, first.hash))).toEqual(['edited 2']);
    expect(judgeLinks(first, behind(1, second.hash))).toEqual(['replaced 2']);
  });

  it('may begin with a seal, where the first line of a file was torn', () => {
    const sequence = new Sequence();
    const text = sealText('torn', { seq: 6, hash: 'a'.repeat(64) });
    sequence.accept(linkOf(text), { file: FILE, line: 1 });
    expect(sequence.end().problems).toEqual([]);
  });

  it('tells where the first of several lines turned up', () => {
    const told = (given: string) => judge(given).findings.problems.map(({ message }) => message);
    expect(told('1 4 2 3 5')).toEqual(told('1 4 2 5'));
    expect(told('o3 o4 o2 o1')).toEqual(told('o3 o4 o2'));
  });

  it('names the first twenty problems, and counts the others', () => {
    const given = Array.from({ length: 25 }, () => '1').join(' ');
    const { findings } = judge(given);
    expect([findings.problems.length, findings.problemCount]).toEqual([20, 24]);
    expect(judge(Array.from({ length: 21 }, () => '1').join(' ')).findings).toMatchObject({
      problemCount: 20,
    });
  });

  it('says which lines are missing, and where one turned up', () => {
    const [removed] = judge('1 4').findings.problems;
    expect(removed?.message).toMatch(/\b2\b.*\b3\b.*\b4\b/);
    const [one] = judge('1 3').findings.problems;
    expect(one?.message).toMatch(/\b2\b.*\b3\b/);
    expect(one?.message).not.toContain('2 to');
    const [moved] = judge('1 3 4 2').findings.problems;
    expect(moved?.message).toMatch(new RegExp(`\\b2\\b.*${FILE}.*\\b4\\b`));
    const [many] = judge('1 x x').findings.problems;
    expect(many?.message).toContain('2');
  });
});
