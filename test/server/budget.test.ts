/** No answer is longer than clients show, whatever is in the sources and the addons directories. */
import { describe, expect, it } from 'vitest';
import { MOST_SHOWN } from '../../src/server/results.ts';
import type { ToolName } from '../../src/tool-table.ts';
import { type InstanceOptions, linkedModule, makeInstance } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';
import { ask, type Forms } from './answers.ts';

/** Seven characters once it is shown, each; and what JSON escapes. */
const HOSTILE = '\u202e"\\'.repeat(40);
/** As long as a folder's name can be. */
const long = (at: number) => `m${at}_${'x'.repeat(240)}`;
const name = (at: number) => `account_invoice_line_${at}`;
const many = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at));

function fits({ text, data }: Forms): void {
  expect(JSON.stringify(data).length).toBeLessThanOrEqual(MOST_SHOWN);
  expect(text.length).toBeLessThanOrEqual(MOST_SHOWN);
}

/** Makes modules of several repositories, outside git and of no known series, so that each has a warning. */
function plant(
  world: World,
  count: number,
  nameOf: (at: number) => string,
  more = (_: number): object => ({}),
): void {
  for (let at = 0; at < count; at++) {
    const manifest = { name: HOSTILE, summary: HOSTILE, version: '1.0', ...more(at) };
    world.module(`oca/repo${at % 20}/${nameOf(at)}`, manifest as Record<string, unknown>);
  }
}

type Row = [
  what: string,
  tool: ToolName,
  set: (world: World) => unknown,
  args: object,
  options?: InstanceOptions,
];

const ROWS: Row[] = [
  [
    'a link call for 500 modules',
    'oca_link',
    (world) => plant(world, 500, name),
    { module: many(500, name), dry_run: true },
  ],
  [
    'one for 300 modules with the longest names',
    'oca_link',
    (world) => plant(world, 300, long),
    { module: many(300, long), dry_run: true },
  ],
  [
    'one for a module that needs 159 others',
    'oca_link',
    (world) =>
      plant(world, 160, name, (at) => ({
        depends: many(8, (k) => 8 * at + 1 + k)
          .filter((k) => k < 160)
          .map(name),
      })),
    { module: name(0), dry_run: true },
  ],
  [
    'one for modules that exclude one another, with long external dependencies',
    'oca_link',
    (world) =>
      plant(world, 60, name, () => ({
        excludes: many(60, name),
        external_dependencies: { python: many(200, long), bin: many(200, long) },
        auto_install: true,
      })),
    { module: many(60, name), dry_run: true },
  ],
  ['a refusal with 400 reasons', 'oca_link', (world) => plant(world, 1, name), { module: many(400, long) }],
  [
    'a refusal with 400 reasons and hints of their own',
    'oca_link',
    (world) => plant(world, 400, name, (at) => ({ version: '16.0.1.0', depends: [long(at)] })),
    { module: many(400, name) },
  ],
  [
    'a refusal for ten thousand dependencies',
    'oca_link',
    (world) => plant(world, 1, name, () => ({ depends: many(9_000, (at) => `missing_${at}`) })),
    { module: name(0) },
  ],
  [
    'a refusal with 400 modules of Enterprise that are needed',
    'oca_link',
    (world) => {
      for (let at = 0; at < 400; at++) world.module(`ee/${long(at)}`, { license: 'OEEL-1' });
      world.module('oca/web/x', { depends: many(400, long) });
    },
    { module: 'x' },
  ],
  ['a refusal of wrong arguments', 'oca_link', () => {}, { module: many(500, (at) => `${HOSTILE}${at}`) }],
  [
    'an unlink call for 300 modules with the longest names',
    'oca_unlink',
    (world) => {
      for (let at = 0; at < 300; at++) linkedModule(world, `oca/repo${at % 20}/${long(at)}`);
    },
    { modules: many(300, long), dry_run: true },
  ],
  [
    'one that takes 400 along',
    'oca_unlink',
    (world) => {
      for (let at = 0; at < 400; at++)
        linkedModule(world, `oca/web/${long(at)}`, { depends: at === 0 ? [] : [long(0), long(at - 1)] });
    },
    { modules: [long(0)], cascade: true, dry_run: true },
  ],
  [
    'a refusal of one that 400 need',
    'oca_unlink',
    (world) => {
      for (let at = 0; at < 400; at++)
        linkedModule(world, `oca/web/${long(at)}`, { depends: at === 0 ? [] : [long(0)] });
    },
    { modules: [long(0)] },
  ],
  [
    'an Enterprise link call',
    'ee_link',
    (world) => many(300, (at) => world.module(`ee/${long(at)}`)),
    { modules: many(300, long), dry_run: true },
  ],
  [
    'an Enterprise unlink call',
    'ee_unlink',
    (world) => many(300, (at) => linkedModule(world, `ee/${long(at)}`)),
    { modules: many(300, long), dry_run: true },
  ],
  ['a search of a hundred', 'addon_search', (world) => plant(world, 120, long), { limit: 100 }],
  [
    'all about a module that needs and excludes thousands',
    'addon_info',
    (world) =>
      plant(world, 1, name, () => ({
        depends: many(1000, long),
        excludes: many(1000, long),
        external_dependencies: { python: many(500, long) },
      })),
    { module: name(0), graph: 'mermaid' },
  ],
  [
    'all about a hundred modules',
    'addon_info',
    (world) => plant(world, 100, long, () => ({ depends: many(20, long) })),
    { module: many(100, long) },
  ],
  [
    'the status of 700 links',
    'link_status',
    (world) => many(700, (at) => linkedModule(world, `oca/repo${at % 20}/${name(at)}`)),
    {},
  ],
  [
    'the status of 400 links with the longest names, each with its own problem',
    'link_status',
    (world) =>
      many(400, (at) =>
        linkedModule(world, `oca/repo${at % 20}/${long(at)}`, { depends: [`${HOSTILE}${at}`] }),
      ),
    {},
  ],
  [
    'the status of 300 broken links',
    'link_status',
    (world) => many(300, (at) => world.link(world.at('oca/web', long(at)), `linked/${long(at)}`)),
    {},
  ],
  [
    'the status of hostile names',
    'link_status',
    (world) =>
      many(200, (at) => world.link('/nowhere', `linked/${HOSTILE.slice(0, 60).replaceAll('/', '')}${at}`)),
    {},
  ],
  ['names that are not linked', 'link_status', () => {}, { module: many(100, (at) => `${HOSTILE}${at}`) }],
  [
    '300 conflicts of different repositories',
    'addon_conflicts',
    (world) => many(300, (at) => [0, 1].map((half) => world.module(`oca/r${at}_${half}/${long(at)}`))),
    {},
  ],
  [
    '300 modules that exclude one another',
    'addon_conflicts',
    (world) =>
      many(300, (at) => linkedModule(world, `oca/web/${long(at)}`, { excludes: [long((at + 1) % 300)] })),
    {},
  ],
];

describe('an answer has at most 20,000 characters in either form', () => {
  it.each(ROWS)('%s (%s)', async (_, tool, set, args, options = {}) => {
    const world = createWorld();
    const instance = makeInstance(world, options);
    set(world);
    fits(await ask(world, [instance], tool, args as Record<string, unknown>));
  });

  it('that compares two instances', async () => {
    const world = createWorld();
    const prod = makeInstance(world);
    const test = { ...makeInstance(world, { dirs: ['other'] }), name: 'test' };
    for (let at = 0; at < 300; at++)
      linkedModule(world, `oca/web/${long(at)}`, {}, at % 2 === 0 ? 'linked' : 'other');
    fits(await ask(world, [prod, test], 'link_status', { instances: ['prod', 'test'] }));
  });
});

describe('the pages of a list have everything, and nothing is cut from them', () => {
  const walk = async (world: World, tool: ToolName, list: string) => {
    const instance = makeInstance(world);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { data, text } = await ask(world, [instance], tool, cursor === undefined ? {} : { cursor });
      fits({ data, text });
      expect(data).not.toHaveProperty('left_out');
      seen.push(
        ...data[list].flatMap(
          ({ modules, module }: { modules?: string[]; module?: string }) => modules ?? module,
        ),
      );
      cursor = data.next_cursor;
      expect(text.includes('cursor')).toBe(cursor !== undefined);
    } while (cursor !== undefined);
    return seen.toSorted();
  };

  it.each<[what: string, tool: ToolName, list: string, (world: World, at: number) => unknown]>([
    [
      'links with problems of their own',
      'link_status',
      'links',
      (world, at) => linkedModule(world, `oca/web/${long(at)}`, { depends: [long(at + 1000)] }),
    ],
    [
      'broken links',
      'link_status',
      'links',
      (world, at) => world.link(world.at('oca/gone', long(at)), `linked/${long(at)}`),
    ],
    [
      'conflicts',
      'addon_conflicts',
      'conflicts',
      (world, at) => [0, 1].map((half) => world.module(`oca/r${at}_${half}/${long(at)}`)),
    ],
    [
      'modules',
      'addon_search',
      'modules',
      (world, at) => world.module(`oca/web/${long(at)}`, { name: HOSTILE, summary: HOSTILE }),
    ],
  ])('%s', async (_, tool, list, set) => {
    const world = createWorld();
    for (let at = 0; at < 120; at++) set(world, at);
    expect(await walk(world, tool, list)).toEqual(many(120, long).toSorted());
  });
});
