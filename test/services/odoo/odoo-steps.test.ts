import { describe, expect, it } from 'vitest';
import { commandSurface, type Surface, toolSurface } from '../../../src/base/surface.ts';
import type { OdooConnection } from '../../../src/odoo/odoo-connection.ts';
import { type OdooTask, odooSteps } from '../../../src/services/odoo/odoo-steps.ts';

const WHY = 'something changed';

function connection(restart: readonly string[] | null = null): OdooConnection {
  const secret = { kind: 'password', value: 'x' } as const;
  const url = new URL('http://127.0.0.1:8069/');
  return { url, database: 'prod', login: 'admin', secret, series: '17.0', restart };
}

const TOOLS = ['odoo_refresh', 'odoo_install', 'odoo_upgrade'];
const agent = (...tools: string[]) => toolSurface({}, (tool) => tools.includes(tool));
/** How a reader works in Odoo: with what the operator has configured, and with the tools that the policy leaves. */
const WAYS = {
  'by hand': [null, agent(...TOOLS)],
  'without its tools': [connection(['restart']), agent()],
  'by odoo_refresh alone': [connection(['restart']), agent('odoo_refresh')],
  'by tools': [connection(), agent(...TOOLS)],
  'by tools that restart': [connection(['restart']), agent(...TOOLS)],
  'by commands': [connection(), commandSurface([], { instance: 'a b' }, () => true)],
} as const satisfies Record<string, readonly [OdooConnection | null, Surface]>;

const steps = (task: OdooTask, way: keyof typeof WAYS) =>
  odooSteps(task, { odoo: WAYS[way][0] }, WAYS[way][1]);

describe('the steps in Odoo', () => {
  it.each<[keyof typeof WAYS, OdooTask, string[]]>([
    ...(['by hand', 'without its tools'] as const).flatMap((way): [typeof way, OdooTask, string[]][] => [
      [
        way,
        { restart: null, install: ['a', 'b'] },
        [
          "Run odoo -d DATABASE -i a,b --stop-after-init, or choose Apps > Update Apps List in Odoo's developer mode and install them; no restart is needed for that.",
        ],
      ],
      [
        way,
        { restart: null, install: ['a'], isListed: true },
        [
          'Run odoo -d DATABASE -i a --stop-after-init, or install it under Apps in Odoo; no restart is needed for that.',
        ],
      ],
      [
        way,
        { restart: WHY, install: ['a'] },
        [
          `Restart Odoo first: ${WHY}.`,
          "Run odoo -d DATABASE -i a --stop-after-init, or choose Apps > Update Apps List in Odoo's developer mode and install it.",
        ],
      ],
      [
        way,
        { restart: WHY, isRestarted: true, install: ['a'], isListed: true },
        ['Run odoo -d DATABASE -i a --stop-after-init, or install it under Apps in Odoo.'],
      ],
      [
        way,
        { restart: WHY, upgrade: ['a'], install: ['b'], isListed: true },
        [
          `Restart Odoo first: ${WHY}.`,
          'Run odoo -d DATABASE -u a --stop-after-init; where it is not installed yet, with -i.',
          'Run odoo -d DATABASE -i b --stop-after-init, or install it under Apps in Odoo.',
        ],
      ],
      [
        way,
        { restart: WHY, upgrade: ['a', 'b'], elsewhere: 'leave' },
        [
          `Restart Odoo first: ${WHY}.`,
          'Run odoo -d DATABASE -u a,b --stop-after-init, where they are installed.',
        ],
      ],
    ]),
    [
      'by odoo_refresh alone',
      { restart: null, install: ['a', 'b'] },
      [
        'Call odoo_refresh {"modules":["a","b"]}, then install them under Apps in Odoo; no restart is needed for that.',
      ],
    ],
    [
      'by odoo_refresh alone',
      { restart: WHY, install: ['a'] },
      [
        `Restart Odoo first: ${WHY}.`,
        'Call odoo_refresh {"modules":["a"]}, then install it under Apps in Odoo.',
      ],
    ],
    [
      'by odoo_refresh alone',
      { restart: null, install: ['a'], isListed: true },
      [
        'Run odoo -d DATABASE -i a --stop-after-init, or install it under Apps in Odoo; no restart is needed for that.',
      ],
    ],
    [
      'by tools',
      { restart: null, install: ['a', 'b'] },
      ['Call odoo_install {"modules":["a","b"]}; no restart is needed for that.'],
    ],
    [
      'by tools',
      { restart: WHY, install: ['a'] },
      [`Restart Odoo first: ${WHY}.`, 'Call odoo_install {"modules":["a"],"restarted":true}.'],
    ],
    [
      'by tools',
      { restart: WHY, upgrade: ['a'], install: ['b'] },
      [
        `Restart Odoo first: ${WHY}.`,
        'Call odoo_upgrade {"modules":["a"],"restarted":true}; where it is not installed yet, odoo_install.',
        'Call odoo_install {"modules":["b"],"restarted":true}.',
      ],
    ],
    [
      'by tools',
      { restart: WHY, install: ['a'], isStuck: true },
      [`Restart Odoo first: ${WHY}.`, 'Call odoo_install {"modules":["a"],"recover":true,"restarted":true}.'],
    ],
    [
      'by tools',
      { restart: null, isRestarted: true, install: ['a'] },
      ['Call odoo_install {"modules":["a"],"restarted":true}.'],
    ],
    [
      'by tools that restart',
      { restart: null, install: ['a'] },
      ['Call odoo_install {"modules":["a"]}; no restart is needed for that.'],
    ],
    [
      'by tools that restart',
      { restart: WHY, install: ['a'] },
      [`Call odoo_install {"modules":["a"],"recover":true}. It restarts Odoo first: ${WHY}.`],
    ],
    [
      'by tools that restart',
      { restart: WHY, upgrade: ['a'], elsewhere: 'nothing', install: ['b'] },
      [
        `Call odoo_upgrade {"modules":["a"]}. It restarts Odoo first: ${WHY}.`,
        'Call odoo_install {"modules":["b"],"restarted":true}.',
      ],
    ],
    [
      'by tools that restart',
      { restart: WHY, isRestarted: true, upgrade: ['a'], elsewhere: 'nothing' },
      ['Call odoo_upgrade {"modules":["a"],"restarted":true}.'],
    ],
    ['by tools that restart', { restart: WHY }, [`Restart Odoo: ${WHY}.`]],
    ['by tools that restart', { restart: null }, []],
    ['by hand', { restart: WHY, isRestarted: true }, []],
    [
      'by commands',
      { restart: WHY, upgrade: ['a'] },
      [
        `Restart Odoo first: ${WHY}.`,
        "Run `odoo-link-mcp odoo upgrade a --restarted --instance 'a b'`; where it is not installed yet, odoo install.",
      ],
    ],
  ])('%s, of %j', (way, task, expected) => {
    expect(steps(task, way)).toEqual(expected);
  });

  it.each([
    [10, ''],
    [13, ', and again with the other 3'],
  ])('of %i modules name ten, and say how many more there are', (count, more) => {
    const names = Array.from({ length: count }, (_, at) => `m${at}`);
    const ten = names.slice(0, 10);
    expect(steps({ restart: WHY, upgrade: names, elsewhere: 'nothing' }, 'by hand')[1]).toBe(
      `Run odoo -d DATABASE -u ${ten.join(',')} --stop-after-init${more}.`,
    );
    expect(steps({ restart: null, install: names, isListed: true }, 'by hand')).toEqual([
      `Run odoo -d DATABASE -i ${ten.join(',')} --stop-after-init${more}, or install them under Apps in Odoo; no restart is needed for that.`,
    ]);
    expect(steps({ restart: null, install: names }, 'by tools')).toEqual([
      `Call odoo_install ${JSON.stringify({ modules: ten })}${more}; no restart is needed for that.`,
    ]);
  });
});
