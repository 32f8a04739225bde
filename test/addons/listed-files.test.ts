import { describe, expect, it } from 'vitest';
import { findMissingData, findMissingFiles, LISTED_CODES } from '../../src/addons/listed-files.ts';
import { parseLiteral } from '../../src/manifest/literal.ts';
import type { Series } from '../../src/manifest/series.ts';
import { countTurns, noTurns } from '../support/turns.ts';
import { createWorld } from '../support/world.ts';

/** What is missing of module `m`: `level code key`, or nothing. */
async function missing(manifest: string, series: Series = '17.0', files: readonly string[] = []) {
  const world = createWorld();
  for (const file of ['data/a.xml', 'static/src/js/a.js', 'static/src/xml/deep/b.xml', ...files])
    world.file(`m/${file}`);
  world.file('secret/x.xml');
  world.link('../secret', 'm/out');
  world.link('data', 'm/within');
  const parsed = parseLiteral(manifest);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return findMissingFiles('m', world.at('m'), parsed.value, series, noTurns);
}

const told = async (...args: Parameters<typeof missing>) =>
  (await missing(...args)).map(({ level, code, key }) => `${level} ${code} ${key}`);

describe('a file that a manifest lists', () => {
  it.each<[manifest: string, told: string[]]>([
    ['{}', []],
    ['[]', []],
    ["{'data': ['data/a.xml']}", []],
    ["{'data': ('data/a.xml',)}", []],
    ["{'data': ['./data//a.xml']}", []],
    ["{'data': ['within/a.xml']}", []],
    ["{'data': ['data/b.xml']}", ['error data_missing data']],
    ["{'data': ['data/A.xml']}", ['error data_missing data']],
    ["{'data': ['data']}", ['error data_missing data']],
    ["{'data': ['data/a.xml/x']}", ['error data_missing data']],
    ["{'data': ['data/*.xml']}", ['error data_missing data']],
    ["{'data': ['b', 'b', 'c']}", ['error data_missing data', 'error data_missing data']],
    ["{'demo': ['demo/a.xml']}", ['warning demo_missing demo']],
    // Perhaps files of another module; or nothing that is looked for.
    ["{'data': ['../other/a.xml', '/etc/passwd', '..', '', '.', 5, None, b'x', 'a\\0b']}", []],
    ["{'data': 'data/b.xml', 'demo': {'x': 1}, 'assets': ['m/x'], 'qweb': ['x']}", []],
    ["{'data': ['out/x.xml', 'out/gone.xml']}", ['error data_missing data']],
    [`{'data': ['${'x'.repeat(300)}']}`, ['error data_missing data']],
    ["{'assets': {'web.assets_backend': ['m/static/src/js/a.js', '/m/static/src/js/a.js']}}", []],
    [
      "{'assets': {'b': ['m/static/src/js/b.js', 'm/nothing']}}",
      Array(2).fill('warning asset_missing assets'),
    ],
    ["{'assets': {'b': ['m/static/**/*.xml', 'm/static/src/*/a.js', 'm/static/src/js/?.*', 'm/**/*']}}", []],
    ["{'assets': {'b': ['m/static/**/*.scss']}}", ['warning asset_missing assets']],
    ["{'assets': {'b': ['m/static/*.js']}}", ['warning asset_missing assets']],
    ["{'assets': {'b': ['m/static/src/js/[b].js']}}", []],
    ["{'assets': {'b': ['web/static/x.js', 'https://example.com/x.js', '//x', 'mm/x', 'm/../x']}}", []],
    ["{'assets': {'b': [('include', 'm/x'), ('remove', 'm/y'), ('unknown', 'm/z'), (), (1, 2)]}}", []],
    [
      "{'assets': {'b': [('prepend', 'm/x'), ('after', 'web/y', 'm/z')]}}",
      Array(2).fill('warning asset_missing assets'),
    ],
    ["{'assets': {'b': [['replace', 'web/y', 'm/static/src/js/a.js'], ('before', 'm/gone', 'web/x')]}}", []],
  ])('%s: %j', async (manifest, expected) => {
    expect(await told(manifest)).toEqual(expected);
  });

  it.each<[manifest: string, series: Series, told: string[]]>([
    [
      "{'init_xml': ['x'], 'update_xml': ['x']}",
      '14.0',
      ['error data_missing init_xml', 'error data_missing update_xml'],
    ],
    ["{'demo_xml': ['x']}", '18.0', ['warning demo_missing demo_xml']],
    ["{'init_xml': ['x'], 'update_xml': ['x'], 'demo_xml': ['x']}", '19.0', []],
    ["{'data': ['x'], 'demo': ['x']}", '19.0', ['error data_missing data', 'warning demo_missing demo']],
    ["{'qweb': ['static/src/xml/*.xml']}", '14.0', ['warning asset_missing qweb']],
    ["{'qweb': ['static/src/xml/deep/*.xml', 'static/src/xml/deep/b.xml']}", '14.0', []],
    ["{'qweb': ['x']}", '15.0', []],
    ["{'assets': {'b': ['m/x']}}", '14.0', []],
    ["{'assets': {'b': ['m/x']}}", '15.0', ['warning asset_missing assets']],
    ["{'css': ['x'], 'js': ['x'], 'test': ['x'], 'images': ['x']}", '14.0', []],
  ])('%s on %s: %j', async (manifest, series, expected) => {
    expect(await told(manifest, series)).toEqual(expected);
  });

  it.each<[url: string, told: string[]]>([
    ['m/static/x.scss', []],
    ['/m/static/x.scss', []],
    ['m/static/y.scss', ['warning asset_missing assets']],
  ])('is not missing where an attachment has its address: %s', async (url, expected) => {
    const world = createWorld();
    world.file('m/data/a.xml', `<record><field name="url">${url}</field></record>`);
    const parsed = parseLiteral("{'data': ['data/a.xml'], 'assets': {'b': ['m/static/x.scss']}}");
    if (!parsed.ok) throw new Error(parsed.error.message);
    const found = await findMissingFiles('m', world.at('m'), parsed.value, '17.0', noTurns);
    expect(found.map(({ level, code, key }) => `${level} ${code} ${key}`)).toEqual(expected);
  });

  it.each<[manifest: string, series: Series, message: RegExp]>([
    ["{'assets': {'b': ['m/x.js']}}", '17.0', /the bundle lacks it; add it/],
    ["{'assets': {'b': ['m/x/*.js']}}", '17.0', /adds nothing; add one, or take the pattern off/],
    ["{'qweb': ['x.xml']}", '14.0', /the web client lacks its templates; add it/],
    ["{'qweb': ['x/*.xml']}", '14.0', /adds nothing; add one/],
    ["{'demo': ['x.xml']}", '17.0', /without its demo data; add it/],
  ])('is told with what follows: %s on %s', async (manifest, series, message) => {
    const [found] = await missing(manifest, series);
    expect(found?.message).toMatch(message);
  });

  it('is looked for in data alone where nothing else counts: no folder is listed for patterns', async () => {
    const world = createWorld();
    for (let at = 0; at < 300; at++) world.file(`m/static/${at}`);
    const parsed = parseLiteral("{'data': ['x'], 'demo': ['x'], 'assets': {'b': ['m/static/*b', 'm/y']}}");
    if (!parsed.ok) throw new Error(parsed.error.message);
    const data = countTurns();
    const found = await findMissingData('m', world.at('m'), parsed.value, '17.0', data.turns);
    expect([found.map(({ code }) => code), data.count()]).toEqual([['data_missing'], 0]);
    const all = countTurns();
    expect(await findMissingFiles('m', world.at('m'), parsed.value, '17.0', all.turns)).toHaveLength(4);
    expect(all.count()).toBeGreaterThan(0);
    expect(await findMissingData('m', world.at('m'), undefined, '17.0', noTurns)).toEqual([]);
  });

  it('is named, with what Odoo does and what to do', async () => {
    const [found] = await missing("{'data': ['views/a b.xml']}");
    expect(found?.message).toMatch(/`data` lists "views\/a b\.xml", .* cannot install .* add it/);
    expect(Object.keys(LISTED_CODES)).toHaveLength(3);
  });

  it('is looked for two thousand times at most, and a pattern in two thousand folders', async () => {
    const data = Array.from({ length: 2100 }, (_, at) => `'${at}'`).join();
    expect(await missing(`{'data': [${data}]}`)).toHaveLength(2000);
    const deep = Array.from({ length: 12 }, (_, at) => `${'d/'.repeat(at + 1)}x`);
    const pattern = '**/'.repeat(40);
    expect(await missing(`{'assets': {'b': ['m/${pattern}nothing']}}`, '17.0', deep)).toEqual([]);
    const stars = '*a'.repeat(50);
    const name = 'a'.repeat(200);
    expect(await told(`{'assets': {'b': ['m/${stars}b*']}}`, '17.0', [name])).toHaveLength(1);
  });
});
