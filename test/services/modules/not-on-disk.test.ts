import { describe, expect, it } from 'vitest';
import { ok, refuse } from '../../../src/base/refusal.ts';
import { findNotOnDisk } from '../../../src/services/modules/not-on-disk.ts';
import {
  describeSearch,
  type SearchRequest,
  searchAddons,
} from '../../../src/services/modules/search-addons.ts';
import { readOcaIndex } from '../../../src/sources/oca-index.ts';
import { openCatalog } from '../../support/catalog.ts';
import { makeInstance, succeeded } from '../../support/instance.ts';
import { createWorld, type World } from '../../support/world.ts';

const find = (query: string, repo?: string) =>
  findNotOnDisk({ query, repo, isLeftOut: () => false }, () => readOcaIndex('16.0'));

describe('modules of the index', () => {
  it.each([
    ['hr_holidays_public', 'hr_holidays_public hr-holidays'],
    ['holidays public', 'hr_holidays_public hr-holidays'],
    ['HOLIDAY publ', 'hr_holidays_public hr-holidays'],
    // The word of a name that means the same.
    ['helpdesk management', 'helpdesk_mgmt helpdesk'],
  ])('are found by the words of their names: %s', async (query, first) => {
    const found = await find(query);
    const [one] = found?.modules ?? [];
    expect([`${one?.module} ${one?.repo}`, found?.asOf]).toEqual([first, '2024-10']);
  });

  it.each(['', 'a', 'hr', 'no_such_module', 'holidays nothing', '__proto__', 'constructor'])(
    'are none for %j',
    async (query) => {
      expect(await find(query)).toBeNull();
    },
  );

  it('are those of a repository, by its name or address', async () => {
    for (const repo of ['hr-holidays', 'OCA/hr-holidays', 'https://github.com/OCA/hr-holidays'])
      expect((await find('', repo))?.modules[0]?.repo).toBe('hr-holidays');
    expect(await find('', 'hr-holiday')).toBeNull();
    expect(await find('timeline', 'hr-holidays')).toBeNull();
  });

  it('are ten at most, and the others are counted', async () => {
    const found = await find('account');
    expect(found?.modules).toHaveLength(10);
    expect(found?.more).toBeGreaterThan(100);
  });
});

describe('a search', () => {
  const search = async (world: World, request: SearchRequest, hidden = '') => {
    const instance = makeInstance(world, { series: '16.0', families: ['oca', 'ee'] });
    const catalog = openCatalog(instance.roots);
    const mayTell = ({ modules }: { readonly modules: readonly string[] }) =>
      modules.includes(hidden) ? refuse('policy_denied', 'no') : ok(undefined);
    return succeeded(
      await searchAddons(request, {
        instances: [instance],
        catalogOf: () => catalog,
        mayTell,
        stateDir: world.at('state'),
      }),
    );
  };
  const world = () => {
    const made = createWorld();
    made.module('oca/web/hr_holidays_public_city', { version: '16.0.1.0.0' });
    return made;
  };

  it('tells what no root has, after what it finds', async () => {
    const report = await search(world(), { query: 'hr_holidays_public' });
    expect(report.modules.map(({ module }) => module)).toEqual(['hr_holidays_public_city']);
    expect(report.not_on_disk).toEqual([
      { module: 'hr_holidays_public', repo: 'hr-holidays' },
      { module: 'hr_holidays_natural_period_public', repo: 'hr-holidays' },
    ]);
    expect(report.as_of).toBe('October 2024');
    expect(report.next).toBe('Call addon_info {"module":"hr_holidays_public"} to see how to have it.');
    expect(describeSearch(report)).toContain(
      "The OCA's repositories also have, as of October 2024, what no root has: hr_holidays_public (hr-holidays), hr_holidays_natural_period_public (hr-holidays).\n" +
        'Next: Call addon_info {"module":"hr_holidays_public"} to see how to have it.',
    );
  });

  it('does not tell what the policy hides', async () => {
    const { not_on_disk } = await search(world(), { query: 'hr_holidays_public' }, 'hr_holidays_public');
    expect(not_on_disk?.map(({ module }) => module)).toEqual(['hr_holidays_natural_period_public']);
  });

  it('in a repository that is not checked out tells what it has', async () => {
    const report = await search(world(), { repo: 'OCA/hr-holidays', query: 'public' });
    expect([report.total, report.not_on_disk?.[0]?.module]).toEqual([0, 'hr_holidays_public']);
  });

  it.each<[SearchRequest]>([
    [{ query: 'hr_holidays_public', family: 'ee' }],
    [{ query: 'hr_holidays_public', installable: true }],
    [{ query: '' }],
  ])('%j asks for no such modules', async (request) => {
    expect(await search(world(), request)).not.toHaveProperty('not_on_disk');
  });
});
