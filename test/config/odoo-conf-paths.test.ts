import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { resolveConfPath } from '../../src/config/odoo-conf-paths.ts';

const ENV = { HOME: '/home/odoo/', V: '/v', EMPTY: '', TILDE: '~/t', DOLLAR: '$V', 'odd name': '/odd' };

function resolved(text: string, cwd: string | null = '/cwd') {
  const path = resolveConfPath(text, { env: ENV, cwd, paths: null });
  if (!path.ok) throw new Error(path.refusal);
  return path.value;
}

const braced = (name: string) => `$\{${name}}`;

describe('a path of odoo.conf', () => {
  const texts = [
    '/a/b',
    ' /a/../b/ ',
    '//a',
    'a',
    './a/./b',
    '',
    '~',
    '~/',
    '~/a',
    '$V/a',
    `${braced('V')}/a`,
    `/x${braced('V')}y`,
    '/x/$V.z',
    `/a/${braced('odd name')}`,
    '$TILDE/a',
    '/a/~',
    '$DOLLAR/a',
    '$EMPTY',
    '$EMPTY/a',
    '$$V',
    '/a$',
    '/a/${V',
    '"/a"',
  ];

  it('leads where os.path takes it: expandvars, then expanduser, then abspath', () => {
    const script = `
import json, os, sys
from os.path import abspath, expanduser, expandvars, join, normpath
given = json.load(sys.stdin)
os.environ.clear(); os.environ.update(given['env'])
print(json.dumps([normpath(join('/cwd', expanduser(expandvars(t.strip())))) for t in given['texts']]))`;
    const input = JSON.stringify({ env: ENV, texts });
    const theirs: string[] = JSON.parse(execFileSync('python3', ['-c', script], { input, encoding: 'utf8' }));
    expect(texts.map((text) => resolved(text).path)).toEqual(
      // POSIX lets two slashes at the beginning mean something else; to Linux they are one.
      theirs.map((path) => path.replace(/^\/\//, '/')),
    );
  });

  it.each<[string, string]>([
    ['$UNSET/a', 'a variable that is not set here'],
    [`/a/${braced('UNSET')}`, 'a variable that is not set here'],
    [`/a/${braced('')}`, 'a variable that is not set here'],
    ['~other/a', 'the home folder of another user'],
  ])('%s only Odoo can resolve: it has %s', (text, why) => {
    expect(resolved(text)).toMatchObject({ path: null, doubt: expect.stringContaining(why) });
  });

  it('starts at the working directory, and is not guessed without one', () => {
    expect(resolved('a/b')).toMatchObject({ path: '/cwd/a/b', doubt: null });
    expect(resolved('a/b', null)).toMatchObject({
      path: null,
      doubt: expect.stringContaining('working directory'),
    });
    expect(resolved('', null)).toMatchObject({ written: '', path: null, doubt: null });
  });

  it.each<[text: string, mistake: RegExp | null]>([
    ['/a', null],
    ['/a#b;c', null],
    ['"/a"', /quotes/],
    ["'/a'", /quotes/],
    ['/a\n/b', /line break.*comma/],
    ['/a ; b', /a line of its own/],
    ['/a\t# b', /a line of its own/],
  ])('%j: names the mistake, if any', (text, mistake) => {
    const found = resolved(text, null).mistake;
    if (mistake === null) expect(found).toBe(null);
    else expect(found).toMatch(mistake);
  });
});
