import { describe, expect, it } from 'vitest';
import { isOfOca, repositoryName } from '../../src/base/repository-name.ts';

describe('the name of a repository', () => {
  it.each([
    ['web', 'web', false],
    ['web.git', 'web.git', false],
    ['OCA/web', 'web', true],
    ['oca/web', 'web', true],
    ['OCA/web/', 'web', true],
    ['acme/web', 'web', false],
    ['group/OCA/web', 'web', false],
    ['https://github.com/OCA/web', 'web', true],
    ['https://github.com/OCA/web.git', 'web', true],
    ['https://github.com/OCA/web/tree/17.0', 'web', true],
    ['https://github.com/acme/web', 'web', false],
    ['ssh://git@github.com/OCA/web.git', 'web', true],
    ['git@github.com:OCA/web.git', 'web', true],
    ['git@github.com:acme/OCA.git', 'OCA', false],
    ['/srv/oca/web', 'web', false],
    ['/srv/oca/web.git', 'web.git', false],
    ['', '', false],
    ['/', '', false],
  ])('%j is %j', (text, name, ofOca) => {
    expect(repositoryName(text)).toBe(name);
    expect(isOfOca(text)).toBe(ofOca);
  });
});
