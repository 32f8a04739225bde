import { describe, expect, it } from 'vitest';
import { attachedAddresses } from '../../src/addons/attached-addresses.ts';
import { noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** The addresses in `m/data/a.xml` with such a text; the module lists other files, too. */
async function addressesIn(text: string, files = ['gone.xml', 'data', 'data/a.xml']) {
  const world = createWorld();
  world.file('m/data/a.xml', text);
  world.file('m/data/b.csv', '<field name="url">m/csv</field>');
  world.file('secret/x.xml', '<field name="url">m/secret</field>');
  world.link('../secret', 'm/out');
  return [...(await attachedAddresses(world.at('m'), files, noTurns))];
}

describe('the addresses that data gives to records', () => {
  it.each<[text: string, addresses: string[]]>([
    ['', []],
    ['<field name="url">m/static/x.scss</field>', ['m/static/x.scss']],
    ["<field type='char' name='url'>\n  /m/static/x.scss\n</field>", ['m/static/x.scss']],
    ['<field name="url">a</field><field name="url">b</field>', ['a', 'b']],
    ['<field name="name">m/static/x.scss</field>', []],
    ['<field name="url" eval="x"/>', []],
    [`<field name="url">${'x'.repeat(600)}</field>`, []],
    [`<field name="url">a</field>${' '.repeat(1024 * 1024)}`, []],
  ])('%.60s: %j', async (text, addresses) => {
    expect(await addressesIn(text)).toEqual(addresses);
  });

  it('are looked for in XML files of the module itself', async () => {
    expect(await addressesIn('', ['data/b.csv', 'out/x.xml', '../secret/x.xml'])).toEqual([]);
  });

  it('are found in a time that grows with the length of a file', async () => {
    expect(await addressesIn('<field '.repeat(140_000))).toEqual([]);
  });
});
