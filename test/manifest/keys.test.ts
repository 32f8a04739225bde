import { describe, expect, it } from 'vitest';
import { meantKey } from '../../src/manifest/keys.ts';

describe('meantKey', () => {
  it.each([
    ['a letter replaced', 'licence', 'license'],
    ['two letters swapped', 'sumamry', 'summary'],
    ['a letter too many', 'maintainter', 'maintainer'],
    ['a letter too many at the end', 'dependss', 'depends'],
    ['a letter missing', 'installabe', 'installable'],
    ['the first letter missing', 'epends', 'depends'],
    ['an underscore missing', 'autoinstall', 'auto_install'],
    ['another case', 'Summary', 'summary'],
    ['another case and a letter', 'SUMARY', 'summary'],
    ['a key of a development tool', 'cloc_exclud', 'cloc_exclude'],
  ])('%s: %s', (_, key, meant) => {
    expect(meantKey(key)).toBe(meant);
  });

  it.each([
    ['known: name', 'name'],
    ['known: license', 'license'],
    ['known: demo_xml', 'demo_xml'],
    ['two letters off', 'lisence_'],
    ['two letters replaced', 'lycenze'],
    ['letters swapped that are not neighbours', 'mumsary'],
    ['two letters missing', 'instalabe'],
    ['three letters, so short that much resembles them', 'jss'],
    ['one letter from a known key of three', 'urls'],
    ['longer than any key', 'a'.repeat(41)],
    ['three letters, one from a known key of four', 'nam'],
    ['one letter of two swapped', 'xnme'],
    ['empty', ''],
    ['nothing like it', 'unknown'],
  ])('%s is not taken for another key', (_, key) => {
    expect(meantKey(key)).toBeUndefined();
  });
});
