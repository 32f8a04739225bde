import { describe, expect, it } from 'vitest';
import { factsOf } from '../../src/server/facts.ts';
import { TOOL_NAMES, toolEntry } from '../../src/tool-table.ts';
import { makeInstance } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';

function build() {
  const world = createWorld();
  const instances = [
    makeInstance(world, { name: 'prod', dirs: ['one', 'two'] }),
    makeInstance(world, { name: 'test', series: '18.0', dirs: ['three'] }),
  ];
  return { world, instances };
}

const CLONING = TOOL_NAMES.filter((tool) => ['checkouts', 'odoo'].includes(String(toolEntry(tool).writes)));

describe.each(TOOL_NAMES.filter((tool) => !CLONING.includes(tool)))('%s', (tool) => {
  it('goes to the first directory, or looks at all of them', () => {
    const { world, instances } = build();
    const dirs = toolEntry(tool).writes ? ['one'] : ['one', 'two'];
    expect(factsOf(tool, { instance: 'prod' }, { instances })).toEqual({
      ok: true,
      value: { instance: 'prod', series: '17.0', targetDirs: dirs.map((dir) => world.at(dir)) },
    });
  });

  it('goes to the directory it names', () => {
    const { world, instances } = build();
    const facts = factsOf(tool, { instance: 'prod', target_dir: world.at('two') }, { instances });
    expect(facts).toMatchObject({ value: { targetDirs: [world.at('two')] } });
  });
});

it.each(CLONING)('%s goes to no addons directory', (tool) => {
  const { instances } = build();
  expect(factsOf(tool, { instance: 'prod' }, { instances })).toEqual({
    ok: true,
    value: { instance: 'prod', series: '17.0', targetDirs: [] },
  });
});

it('is refused as the tool would refuse it', () => {
  const { world, instances } = build();
  const facts = (args: object) => factsOf('oca_link', args, { instances });
  expect(facts({ branch: '18.0' })).toMatchObject({ value: { instance: 'test', series: '18.0' } });
  expect(facts({})).toMatchObject({ refusal: { code: 'ambiguous_instance' } });
  expect(facts({ instance: 'none' })).toMatchObject({ refusal: { code: 'unknown_instance' } });
  expect(facts({ instance: 'test', target_dir: world.at('one') })).toMatchObject({
    refusal: { code: 'target_not_allowed' },
  });
});
