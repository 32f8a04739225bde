import { expect, it } from 'vitest';
import { odooRelease } from '../../src/sources/odoo-release.ts';
import { createWorld } from '../support/world.ts';

it.each([
  ["version_info = (17, 0, 0, FINAL, 0, '')\n", '17.0'],
  ["# Odoo\nversion_info=( 16 , 0 , 0, 'final', 0, '')", '16.0'],
  ["version_info = ('saas~17', 2, 0, FINAL, 0, '')\n", null],
  ['  version_info = (17, 0, 0)\n', null],
  ["description = 'version_info = (17, 0, 0)'\n", null],
  ['import os\nos.system("x")\n', null],
  ['', null],
])('release.py with %j is of %j', (text, expected) => {
  const world = createWorld();
  world.file('odoo/release.py', text);
  expect(odooRelease(world.at('odoo'))).toBe(expected);
});

it('without a release.py the series is unknown', () => {
  expect(odooRelease('/nonexistent')).toBe(null);
});
