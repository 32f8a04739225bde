import { describe, expect, it } from 'vitest';
import { inTurn } from '../../src/state/queue.ts';

/** Work that ends when it is told to, and says when it begins. */
function work(name: string, begun: string[]) {
  let end = (_: string) => {};
  let fail = (_: Error) => {};
  const done = new Promise<string>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  const run = () => {
    begun.push(name);
    return done;
  };
  return { run, end: () => end(name), fail: () => fail(new Error(name)) };
}

/** Everything that was waiting for nothing but its turn has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('calls with one key', () => {
  it('take turns, in the order they came', async () => {
    const begun: string[] = [];
    const [a, b, c] = [work('a', begun), work('b', begun), work('c', begun)];
    const results = [a, b, c].map(({ run }) => inTurn('key', undefined, run));
    await settled();
    expect(begun).toEqual(['a']);
    a.end();
    await settled();
    expect(begun).toEqual(['a', 'b']);
    b.end();
    c.end();
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c']);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('begin at once when no call is before them, also when others were', async () => {
    for (const name of ['a', 'b']) {
      const begun: string[] = [];
      const one = work(name, begun);
      const result = inTurn('key', undefined, one.run);
      expect(begun).toEqual([name]);
      one.end();
      expect(await result).toBe(name);
    }
  });

  it('do not wait for those with another one', async () => {
    const begun: string[] = [];
    const [a, b] = [work('a', begun), work('b', begun)];
    const results = [inTurn('one', undefined, a.run), inTurn('other', undefined, b.run)];
    expect(begun).toEqual(['a', 'b']);
    a.end();
    b.end();
    expect(await Promise.all(results)).toEqual(['a', 'b']);
  });

  it('go on behind one that fails', async () => {
    const begun: string[] = [];
    const [a, b] = [work('a', begun), work('b', begun)];
    const [first, second] = [inTurn('key', undefined, a.run), inTurn('key', undefined, b.run)];
    a.fail();
    await expect(first).rejects.toThrow('a');
    b.end();
    expect(await second).toBe('b');
  });

  it('are left out when their caller goes before their turn, and those behind still wait', async () => {
    const begun: string[] = [];
    const [a, b, c] = [work('a', begun), work('b', begun), work('c', begun)];
    const gone = new AbortController();
    const first = inTurn('key', undefined, a.run);
    const second = inTurn('key', gone.signal, b.run);
    const third = inTurn('key', undefined, c.run);
    gone.abort();
    expect(await second).toBe(null);
    await settled();
    expect(begun).toEqual(['a']);
    a.end();
    await first;
    c.end();
    expect(await third).toBe('c');
    expect(begun).toEqual(['a', 'c']);
  });

  it('are left out when their caller has gone already and another call is before them', async () => {
    const begun: string[] = [];
    const [a, b] = [work('a', begun), work('b', begun)];
    const first = inTurn('key', undefined, a.run);
    expect(await inTurn('key', AbortSignal.abort(), b.run)).toBe(null);
    a.end();
    await first;
    expect(begun).toEqual(['a']);
  });

  it('run when their caller goes once it is their turn', async () => {
    const begun: string[] = [];
    const [a, b] = [work('a', begun), work('b', begun)];
    const gone = new AbortController();
    const first = inTurn('key', undefined, a.run);
    const second = inTurn('key', gone.signal, b.run);
    a.end();
    await first;
    await settled();
    gone.abort();
    b.end();
    expect(await second).toBe('b');
  });
});
