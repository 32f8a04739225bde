import { describe, expect, it } from 'vitest';
import { IdFinder } from '../../src/server/id-finder.ts';

function find(text: string) {
  const finder = new IdFinder();
  finder.read(Buffer.from(text));
  return finder.found;
}

const request = (id: unknown) => ({ id, isRequest: true });

describe('the id of a message that is not kept', () => {
  it.each<[text: string, id: unknown]>([
    ['{"id":7,"method":"x"}', 7],
    ['{"method":"x","id":7}', 7],
    ['{ "method" : "x" , "id" : "a b" }', 'a b'],
    ['{\n\t"id"\r:\n-1.5e1\n,"method":"x"}', -15],
    ['{"id":"","method":"x"}', ''],
    ['{"method":"x","params":{"id":1,"a":[{"id":2}]},"id":3}', 3],
    ['{"id":3,"method":"x","params":{"id":1}}', 3],
    ['{"method":"x","params":"\\",\\"id\\":1,","id":3}', 3],
    ['{"method":"x","params":"}]{[","id":3}', 3],
    ['{"method":"x","params":"a\\\\","id":3}', 3],
    ['{"\\u0069d":3,"method":"x"}', 3],
    ['{"id":"\\u00e9\\"","method":"x"}', 'é"'],
    ['{"id":"é😀","method":"x"}', 'é😀'],
    // The last of several counts, as for JSON.parse.
    ['{"id":1,"id":2,"method":"x"}', 2],
    ['{"id":1,"id":null,"method":"x"}', null],
    ['{"id":null,"method":"x"}', null],
    ['{"id":true,"method":"x"}', null],
    ['{"id":[1],"method":"x"}', null],
    ['{"id":{"id":1},"method":"x"}', null],
    ['{"id":9007199254740993,"method":"x"}', null],
    ['{"id":1 2,"method":"x"}', null],
    ['{"id":x,"method":"x"}', null],
    ['{"ids":1,"method":"x"}', null],
    ['{"method":"x"}', null],
    [`{"id":"${'x'.repeat(256)}","method":"x"}`, 'x'.repeat(256)],
    [`{"id":"${'\\u0078'.repeat(256)}","method":"x"}`, 'x'.repeat(256)],
    [`{"id":"${'x'.repeat(257)}","method":"x"}`, null],
    [`{"id":"${'\\u0078'.repeat(257)}","method":"x"}`, null],
    [`{"id":${' '.repeat(5000)}7${' '.repeat(5000)},"method":"x"}`, 7],
    [`{"${'k'.repeat(5000)}":1,"id":7,"method":"x"}`, 7],
    [`{"id":0.${'0'.repeat(2000)}1,"method":"x"}`, null],
    ['[{"id":1,"method":"x"}]', null],
  ])('%.60j: %j', (text, id) => {
    const isRequest = !text.startsWith('[');
    expect(find(text)).toEqual({ id, isRequest });
  });

  it('is not that of a message that asks for nothing', () => {
    expect(find('{"id":1,"result":{"method":"x"}}')).toEqual({ id: 1, isRequest: false });
    expect(find('{"id":1,"error":{}}').isRequest).toBe(false);
    expect(find('{"id":1,"params":"method"}').isRequest).toBe(false);
  });

  it('is not known before its member ends', () => {
    expect(find('{"method":"x","id":12')).toEqual(request(null));
    expect(find('{"method":"x","id":12,"a')).toEqual(request(12));
  });

  it('is the same however the message is cut', () => {
    const text = '{"a":{"id":1},"method":"x\\"","id":"é\\u0041"}';
    const whole = find(text);
    expect(whole).toEqual(request('éA'));
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at++) {
      const finder = new IdFinder();
      finder.read(bytes.subarray(0, at));
      finder.read(bytes.subarray(at));
      expect(finder.found).toEqual(whole);
    }
  });
});
