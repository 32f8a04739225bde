import { describe, expect, it } from 'vitest';
import { toolSurface } from '../../../src/base/surface.ts';
import { isSince, SERIES, type Series } from '../../../src/manifest/series.ts';
import { nextSteps } from '../../../src/services/link/next-steps.ts';
import type { NextStepFacts, StepLink } from '../../../src/services/link/step-facts.ts';
import type { AfterChange } from '../../../src/services/odoo/after-change.ts';

type Row = NonNullable<AfterChange['modules']>[number];

const link = (module: string, action: StepLink['action'], more: Partial<StepLink> = {}): StepLink => {
  return { module, action, required_by: [], version: '17.0.1.0.0', ...more };
};
const along = (module: string, action: StepLink['action']) => link(module, action, { required_by: ['a'] });

type Case = Partial<Omit<NextStepFacts, 'instance'>> & { readonly series?: Series };

function steps(
  { series = '17.0', ...facts }: Case,
  said: AfterChange | null = null,
  more: Partial<NextStepFacts['instance']> = {},
) {
  const all: NextStepFacts = {
    instance: { series, paths: null, odoo: null, ...more },
    surface: toolSurface(),
    dir: { path: '/srv/linked' },
    onPath: 'yes',
    links: [link('a', 'create')],
    ...facts,
  };
  return nextSteps(all, said);
}

/** What Odoo says once it has read its list. */
const says = (...modules: Row[]): AfterChange => ({ added: 1, counts: {}, modules });
const uninstalled = (module: string, on_disk = '17.0.1.0.0'): Row => {
  return { module, state: 'uninstalled', on_disk };
};
const installed = (module: string, version = '17.0.1.0.0', on_disk?: string): Row => {
  return { module, state: 'installed', installed: version, ...(on_disk !== undefined && { on_disk }) };
};

const APPS = "or choose Apps > Update Apps List in Odoo's developer mode and install";
const INSTALL = `Run odoo -d DATABASE -i a --stop-after-init, ${APPS} it`;
const LISTED = 'Run odoo -d DATABASE -i a --stop-after-init, or install it under Apps in Odoo';
const CALM = '; no restart is needed for that.';
const UPGRADE = 'Run odoo -d DATABASE -u a --stop-after-init';
const ABSENT = '; where it is not installed yet, with -i.';
const KEEPS = 'Odoo keeps the code that it has imported';

/** Each cause with the steps by series, all in the words in which they are read. */
const CAUSES: readonly [cause: string, facts: Case, expected: (series: Series) => string[]][] = [
  ['a new link', {}, () => [`${INSTALL}${CALM}`]],
  [
    'a new link to a module with static files',
    { links: [link('a', 'create', { hasStatic: true })] },
    (series) => [
      `${INSTALL}${CALM}`,
      ...(series === '19.0'
        ? []
        : ['Restart Odoo at a quiet time: until then the static files of a answer 404.']),
    ],
  ],
  ['a link that was there', { links: [link('a', 'keep', { hasStatic: true })] }, () => [`${INSTALL}${CALM}`]],
  [
    'a re-pointed link',
    { links: [link('a', 'replace', { hasStatic: true })] },
    () => [`Restart Odoo first: a leads elsewhere now, and ${KEEPS}.`, `${UPGRADE}${ABSENT}`],
  ],
  [
    'a mended link',
    { links: [link('a', 'replace', { isMended: true })] },
    (series) => [
      isSince(series, '16.0')
        ? 'Restart Odoo first: Odoo may remember that a was missing.'
        : `Restart Odoo first: a leads elsewhere now, and ${KEEPS}.`,
      `${UPGRADE}${ABSENT}`,
    ],
  ],
  [
    'a link that was removed before',
    { links: [link('a', 'create', { wasUnlinked: true, hasStatic: true })] },
    (series) =>
      isSince(series, '16.0')
        ? ['Restart Odoo first: Odoo may remember that a was missing.', `${INSTALL}.`]
        : [`${INSTALL}${CALM}`, 'Restart Odoo at a quiet time: until then the static files of a answer 404.'],
  ],
  [
    'the first link of an addons directory',
    { wasEmpty: true },
    (series) =>
      series === '19.0'
        ? [
            'Restart Odoo first: Odoo 19.0 leaves out an addons directory that has no module when it starts.',
            `${INSTALL}.`,
          ]
        : [`${INSTALL}${CALM}`],
  ],
  [
    'a link into a directory that is not on the path',
    { onPath: 'no', links: [link('a', 'create', { hasStatic: true, wasUnlinked: true })], wasEmpty: true },
    () => [
      'Add /srv/linked to addons_path in odoo.conf and restart Odoo: it is not on the addons path yet.',
      `${INSTALL}.`,
    ],
  ],
  [
    'a re-pointed link in such a directory',
    { onPath: 'no', links: [link('a', 'replace')] },
    () => [
      'Add /srv/linked to addons_path in odoo.conf and restart Odoo: it is not on the addons path yet.',
      `${UPGRADE}${ABSENT}`,
    ],
  ],
];

describe.each(SERIES.map((series) => [series] as const))('the next steps on %s', (series) => {
  it.each(CAUSES)('after %s', (_, facts, expected) => {
    expect(steps({ ...facts, series })).toEqual(expected(series));
  });
});

describe('the next steps', () => {
  it('are none where nothing was linked', () => {
    expect(steps({ links: [] })).toEqual([]);
  });

  it('install what was asked for, and upgrade what was re-pointed', () => {
    const links = [
      link('a', 'create'),
      along('b', 'create'),
      link('c', 'keep'),
      link('d', 'replace'),
      along('e', 'replace'),
    ];
    expect(steps({ links })).toEqual([
      `Restart Odoo first: d and e lead elsewhere now, and ${KEEPS}.`,
      'Run odoo -d DATABASE -u d,e --stop-after-init; where they are not installed yet, with -i.',
      `Run odoo -d DATABASE -i a,c --stop-after-init, ${APPS} them.`,
    ]);
  });

  it('take one reason for a restart: what Odoo has imported, before what it may have missed', () => {
    const [replaced, mended, back] = [
      link('a', 'replace'),
      link('b', 'replace', { isMended: true }),
      link('c', 'create', { wasUnlinked: true }),
    ];
    const first = (links: StepLink[], series: Series = '19.0') =>
      steps({ links, wasEmpty: true, series })[0]?.replace('Restart Odoo first: ', '');
    expect(first([back, mended, replaced])).toBe(`b and a lead elsewhere now, and ${KEEPS}.`);
    expect(first([back, mended])).toBe('Odoo may remember that b was missing.');
    expect(first([back])).toMatch(/^Odoo 19.0 leaves out/);
    expect(first([back, link('d', 'create', { wasUnlinked: true })], '18.0')).toBe(
      'Odoo may remember that c and d were missing.',
    );
  });

  it('name the new modules whose static files are missing, also those that came along', () => {
    const links = [
      link('a', 'create'),
      { ...along('b', 'create'), hasStatic: true },
      { ...along('c', 'create'), hasStatic: true },
    ];
    expect(steps({ links })[1]).toContain('the static files of b and c answer 404');
  });

  it('say that it cannot be told whether Odoo looks in a directory', () => {
    expect(steps({ onPath: { doubt: 'it is far away' } })).toEqual([
      'Make sure that Odoo looks in /srv/linked: that cannot be told from here, because it is far away.',
      `${INSTALL}${CALM}`,
    ]);
  });

  it('have what is missing installed before Odoo installs', () => {
    expect(steps({ lacksExternals: true })[0]).toMatch(/^First have the missing packages and programs/);
    const links = [link('a', 'create', { isServerWide: true })];
    expect(steps({ lacksExternals: true, links }).join()).not.toContain('missing packages');
  });

  it('load what is not installable, with the restart that this takes', () => {
    const loads =
      'Add a to server_wide_modules in odoo.conf (or to --load), after the names that are there, and restart Odoo: what is not installable is only loaded so.';
    expect(steps({ links: [link('a', 'create', { isServerWide: true, hasStatic: true })] })).toEqual([loads]);
    expect(steps({ links: [link('a', 'replace', { isServerWide: true }), link('b', 'replace')] })).toEqual([
      loads,
      'Run odoo -d DATABASE -u b --stop-after-init; where it is not installed yet, with -i.',
    ]);
  });

  it('of many modules name ten', () => {
    const links = Array.from({ length: 13 }, (_, at) => link(`m${at}`, 'create', { hasStatic: true }));
    for (const step of steps({ links })) expect(step.match(/\bm\d+\b/g)).toHaveLength(10);
    const replaced = links.map(({ module }) => link(module, 'replace'));
    for (const step of steps({ links: replaced })) expect(step.match(/\bm\d+\b/g)).toHaveLength(10);
    const back = links.map(({ module }) => link(module, 'create', { wasUnlinked: true }));
    for (const step of steps({ links: back })) expect(step.match(/\bm\d+\b/g)).toHaveLength(10);
  });
});

describe('once Odoo has read its list', () => {
  it.each<[what: string, facts: Case, said: AfterChange, expected: string[]]>([
    ['what it can install is installed', {}, says(uninstalled('a')), [`${LISTED}${CALM}`]],
    [
      'what came back is installed without a restart, because it remembers nothing else',
      { links: [link('a', 'create', { wasUnlinked: true })] },
      says(uninstalled('a')),
      [`${LISTED}${CALM}`],
    ],
    [
      'what it takes for another module needs a restart',
      {},
      says(uninstalled('a', '17.0.1.0')),
      ['Restart Odoo first: Odoo remembers another manifest of a than there is now, or none.', `${LISTED}.`],
    ],
    [
      'the version is compared as Odoo writes it',
      { links: [link('a', 'create', { version: '1.0', odoo_version: '17.0.1.0' })] },
      says(uninstalled('a', '17.0.1.0')),
      [`${LISTED}${CALM}`],
    ],
    ['15.0 remembers none', { series: '15.0' }, says(uninstalled('a', '15.0.1.0')), [`${LISTED}${CALM}`]],
    [
      'what is installed and comes back needs a restart',
      {},
      says(installed('a')),
      ['Restart Odoo: a is installed, and an Odoo that was started without its files runs without it.'],
    ],
    [
      'what comes back is restarted before another is installed',
      { links: [link('a', 'create'), link('b', 'create'), link('c', 'create')] },
      says(installed('a'), installed('b'), uninstalled('c')),
      [
        'Restart Odoo first: a and b are installed, and an Odoo that was started without their files runs without them.',
        `${LISTED.replace('-i a', '-i c')}.`,
      ],
    ],
    ['what is installed is done', { links: [link('a', 'keep')] }, says(installed('a')), []],
    [
      'an older version in the database is upgraded',
      { links: [link('a', 'keep')] },
      says(installed('a', '17.0.0.9.0', '17.0.1.0.0')),
      [`Restart Odoo first: ${KEEPS}.`, `${UPGRADE}.`],
    ],
    [
      'what was re-pointed is upgraded where it is installed, and installed where not',
      { links: [link('a', 'replace'), link('b', 'replace')] },
      says(uninstalled('a'), installed('b')),
      [
        `Restart Odoo first: b and a lead elsewhere now, and ${KEEPS}.`,
        'Run odoo -d DATABASE -u b --stop-after-init.',
        `${LISTED}.`,
      ],
    ],
    [
      'what is not listed may have been looked for too early',
      {},
      says({ module: 'a', state: 'not in the list' }),
      [
        'Restart Odoo first: Odoo does not list a, perhaps because it looked before the files were there.',
        `${LISTED}.`,
      ],
    ],
    [
      'what is not listed lies in a directory that was empty',
      { series: '19.0', wasEmpty: true },
      says({ module: 'a', state: 'not in the list' }),
      [
        'Restart Odoo first: Odoo 19.0 leaves out an addons directory that has no module when it starts.',
        `${LISTED}.`,
      ],
    ],
    [
      'a directory that was empty is no reason where Odoo lists the module',
      { series: '19.0', wasEmpty: true },
      says(uninstalled('a')),
      [`${LISTED}${CALM}`],
    ],
    [
      'what is stuck is begun anew',
      {},
      says({ module: 'a', state: 'to install' }),
      ['Restart Odoo first: an earlier operation with a was not finished.', `${LISTED}.`],
    ],
    ['what is uninstallable has no step', {}, says({ module: 'a', state: 'uninstallable' }), []],
    [
      'nothing is known of those that it does not tell of',
      { links: [link('a', 'create'), link('b', 'replace')] },
      says(),
      [
        `Restart Odoo first: b leads elsewhere now, and ${KEEPS}.`,
        'Run odoo -d DATABASE -u b --stop-after-init; where it is not installed yet, with -i.',
        `${LISTED}.`,
      ],
    ],
  ])('%s', (_, facts, said, expected) => {
    expect(steps(facts, said)).toEqual(expected);
  });

  it('tools do it, in the order that works', () => {
    const secret = { kind: 'password', value: 'x' } as const;
    const url = new URL('http://127.0.0.1:8069/');
    const odoo = { url, database: 'prod', login: 'admin', secret, series: '17.0', restart: ['r'] } as const;
    const surface = toolSurface({}, () => true);
    const with_ = (facts: Case, said: AfterChange | null = null) =>
      steps({ ...facts, surface }, said, { odoo });
    expect(with_({})).toEqual(['Call odoo_install {"modules":["a"]}; no restart is needed for that.']);
    expect(with_({ links: [link('a', 'keep')] }, says(installed('a', '1', '2')))).toEqual([
      `Call odoo_upgrade {"modules":["a"]}. It restarts Odoo first: ${KEEPS}.`,
    ]);
    expect(with_({}, says({ module: 'a', state: 'to install' }))).toEqual([
      'Call odoo_install {"modules":["a"],"recover":true}. It restarts Odoo first: an earlier operation with a was not finished.',
    ]);
  });
});
