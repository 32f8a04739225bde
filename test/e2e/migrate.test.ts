import { expect, it } from 'vitest';
import { runCli } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

/** Two instances, of 17.0 and 18.0, with one linked module that both have. */
function twoInstances(): { world: World; config: string } {
  const world = createWorld();
  world.link(world.module('src/17/web/a'), 'linked/a');
  world.module('src/18/web/a', { version: '18.0.1.0.0' });
  world.folder('next');
  const instance = (series: string, dir: string, root: string) => {
    return { series, addonsDirs: [dir], roots: { oca: [root] } };
  };
  const instances = { prod: instance('17.0', 'linked', 'src/17'), next: instance('18.0', 'next', 'src/18') };
  const text = JSON.stringify({ instances, stateDir: 'state' });
  return { world, config: world.file('two.json', text) };
}

it('migrate reports, and ends with 1 when a module is left behind', async () => {
  const { world, config } = twoInstances();
  const run = (...args: string[]) =>
    runCli(['migrate', '--to', '18.0', '--instance', 'prod', '--config', config, ...args]);
  const first = await run();
  expect([first.code, first.stdout.split('\n')]).toEqual([
    0,
    [
      '1 linked module of prod, from Odoo 17.0 to 18.0; looked at the roots of next.',
      'there, 1: a root of the new series has it, with all that it needs',
      '  a 18.0.1.0.0 in web',
      '',
    ],
  ]);
  world.link(world.module('src/17/web/left_behind'), 'linked/left_behind');
  const second = await run('--json');
  expect(second.code).toBe(1);
  expect(JSON.parse(second.stdout)).toMatchObject({
    instance: 'prod',
    from: '17.0',
    to: '18.0',
    looked_at: ['next'],
    counts: { there: 1, unknown: 1 },
    modules: [
      { module: 'a', fate: 'there' },
      { module: 'left_behind', fate: 'unknown' },
    ],
  });
  const csv = await run('--format', 'csv');
  expect(csv.stdout.split('\n')[1]).toBe('a,oca,web,there,,web,18.0.1.0.0,,repoint');
});

it.each([
  [[], 'migrate needs --to SERIES.'],
  [['--to', '16'], '--to must be one of 14.0'],
  [['--to', '18.0', 'a'], 'migrate takes no arguments'],
  [['--to', '18.0', '--json', '--format', 'csv'], '--json and --format exclude each other.'],
])('migrate %j is a mistake', async (args, told) => {
  const { config } = twoInstances();
  const { code, stderr } = await runCli(['migrate', ...args, '--config', config]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(told)]);
});
