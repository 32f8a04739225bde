import { expect, it } from 'vitest';
import { remoteUrl } from '../../src/sources/remote-url.ts';
import { createWorld } from '../support/world.ts';
import { git } from './states.ts';

it('is that of the checkout itself, not of one around it', () => {
  const world = createWorld();
  world.module('web/x');
  expect(remoteUrl(world.at('web'))).toBeNull();
  git(world.at('web'), 'init', '-q');
  expect(remoteUrl(world.at('web'))).toBeNull();
  git(world.at('web'), 'remote', 'add', 'origin', 'https://github.com/OCA/web.git');
  expect(remoteUrl(world.at('web'))).toBe('https://github.com/OCA/web.git');
  expect(remoteUrl(world.at('web/x'))).toBeNull();
});
