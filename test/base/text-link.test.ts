import { expect, it } from 'vitest';
import { isLinkAsText } from '../../src/base/text-link.ts';
import { createWorld } from '../support/world.ts';

it.each([
  ['../web/web_y', true],
  ['/srv/src/web_y', true],
  ['web_y', false],
  ['', false],
  ['../web/web_y\n', false],
  ['a/b\nc/d', false],
  ['a/b\0', false],
  [`a/${'b'.repeat(4095)}`, false],
])('a file with %j may be a symlink that git wrote as text: %j', (text, expected) => {
  const world = createWorld();
  expect(isLinkAsText(world.file('x', text))).toBe(expected);
});

it('a folder, a symlink and nothing are none', () => {
  const world = createWorld();
  world.folder('folder');
  world.link(world.file('x', '../web/web_y'), 'link');
  expect(['folder', 'link', 'gone'].map((name) => isLinkAsText(world.at(name)))).toEqual([
    false,
    false,
    false,
  ]);
});
