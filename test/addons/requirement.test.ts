import { describe, expect, it } from 'vitest';
import { parseRequirement, requirementLine } from '../../src/addons/requirement.ts';

describe('a requirement', () => {
  it.each([
    ['requests', 'requests'],
    [' requests ', 'requests'],
    ['requests>=2.20', 'requests>=2.20'],
    ['requests >= 2.20 , < 3', 'requests<3,>=2.20'],
    ['requests (>=2.20)', 'requests>=2.20'],
    ['zeep[xmlsec]==4.*', 'zeep[xmlsec]==4.*'],
    ['a ~= 1.0.post1', 'a~=1.0.post1'],
    ['a===1.0+local', 'a===1.0+local'],
    ["a>1; python_version < '3.8'", "a>1 ; python_version < '3.8'"],
    ['zope.interface', 'zope.interface'],
    ['ldap', 'python-ldap'],
    ['stdnum>=1.16', 'python-stdnum>=1.16'],
  ])('%j is %j for pip', (text, line) => {
    const requirement = parseRequirement(text);
    expect(requirement && requirementLine([requirement])).toBe(line);
  });

  it.each([
    '',
    ' ',
    '-r /etc/passwd',
    '--index-url=http://example.com',
    'git+https://example.com/x',
    'a @ https://example.com/x.zip',
    './a',
    '/a',
    'a/b',
    'a.zip',
    'a.tar.gz',
    'a b',
    'a\nb',
    'bar;a\n--pre\n-e .',
    'foo ; x\r-r evil.txt',
    'a ; b\u2028c',
    `a${' '.repeat(497)}/`,
    'a>=1\n--pre',
    'a; x\\',
    'a # b',
    'a$' + '{HOME}',
    'a[',
    'a>=',
    'ä',
    'a'.repeat(501),
  ])('is not %j', (text) => {
    expect(parseRequirement(text)).toBeNull();
  });

  it.each([
    ['Fake_Dist>=1', 'fake-dist', true],
    ['yaml', 'PyYAML', true],
    ['a', 'a[x]', false],
    ['a', "a; python_version < '3'", false],
    ['a', 'b', false],
  ])('%s and %s share a line: %s', (one, other, isShared) => {
    expect(parseRequirement(one)?.key === parseRequirement(other)?.key).toBe(isShared);
  });

  it('keeps the specifiers of all that share a line, each once', () => {
    const all = ['a<3', 'A>=1', 'a', 'a>=1,!=2'].flatMap((text) => parseRequirement(text) ?? []);
    expect(requirementLine(all)).toBe('a!=2,<3,>=1');
  });
});
