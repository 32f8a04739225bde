import { expect, it } from 'vitest';
import { isEnterpriseCode } from '../../src/addons/enterprise-code.ts';
import { createWorld } from '../support/world.ts';

const lists = { community: new Set<string>(), enterprise: new Set(['web_studio']) };

it.each<[string, string | undefined, string, boolean]>([
  ['web_studio', 'OEEL-1', 'copy', true],
  // The OCA has modules with names of Enterprise, and companies write modules under OEEL-1.
  ['web_studio', 'AGPL-3', 'copy', false],
  ['acme_base', 'OEEL-1', 'copy', false],
  ['acme_base', 'OEEL-1', 'enterprise', true],
  ['acme_base', undefined, 'enterprise', true],
  ['web_studio', undefined, 'copy', false],
])('%s under %s in %s is Odoo Enterprise: %j', (name, license, repository, expected) => {
  const world = createWorld();
  world.module('enterprise/web_enterprise');
  const repositories = [{ path: world.at(repository) }];
  expect(isEnterpriseCode({ name, license, repositories }, lists)).toBe(expected);
});
