import { chmodSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/config/instance.ts';
import {
  describeRequirements,
  groupRequirements,
  lacksAnything,
  requirementsOfExport,
  requirementsOfLink,
  requirementsOfLinked,
} from '../../src/services/requirements.ts';
import { linkedModule, makeContext, makeInstance, refusalsOf, succeeded } from '../support/instance.ts';
import { createWorld, type World } from '../support/world.ts';

const module = (name: string, python: string[], bin: string[] = []) => {
  return { name, fields: { externalDependencies: { python, bin } } };
};

describe('the requirements of modules', () => {
  it('are a line for each distribution, with all that need it', () => {
    const { python, bin, unreadable } = groupRequirements([
      module('a', ['requests>=2', 'yaml'], ['wkhtmltopdf']),
      module('b', ['Requests<3', 'PyYAML', '-r x'], ['wkhtmltopdf', 'apt']),
    ]);
    expect(python).toEqual([
      { line: 'PyYAML', texts: ['yaml', 'PyYAML'], modules: ['a', 'b'] },
      { line: 'requests<3,>=2', texts: ['requests>=2', 'Requests<3'], modules: ['a', 'b'] },
    ]);
    expect(bin).toEqual([
      { line: 'apt', texts: ['apt'], modules: ['b'] },
      { line: 'wkhtmltopdf', texts: ['wkhtmltopdf'], modules: ['a', 'b'] },
    ]);
    expect(unreadable).toEqual([{ line: '-r x', texts: ['-r x'], modules: ['b'] }]);
  });

  it('can be those among some', () => {
    const among = { python: ['requests>=2'], bin: ['apt'] };
    const grouped = groupRequirements([module('a', ['requests>=2', 'requests', 'x'], ['apt', 'y'])], among);
    expect([grouped.python, grouped.bin].flat().map(({ line }) => line)).toEqual(['requests>=2', 'apt']);
  });

  it('are a file for pip: everything that is not for pip is a comment', () => {
    const modules = Array.from({ length: 22 }, (_, at) => module(`m${at}`, ['x']));
    const grouped = groupRequirements([...modules, module('n', ['-r\nevil'], ['y\nevil'])]);
    const lines = describeRequirements({ ...grouped, isMissing: false }).split('\n');
    expect(lines[0]).toMatch(/^x {2}# m0, .* and 2 more modules$/);
    expect(lines).toHaveLength(3);
    expect(lines.slice(1).every((line) => line.startsWith('# '))).toBe(true);
  });

  it.each([
    [true, /missing/],
    [false, /needed/],
  ])('may be none (only what is missing: %s)', (isMissing, words) => {
    const report = { ...groupRequirements([]), isMissing };
    expect(describeRequirements(report)).toMatch(words);
    expect(lacksAnything(report)).toBe(false);
  });

  it.each([
    [module('a', ['x']), true, true],
    [module('a', [], ['x']), true, true],
    [module('a', ['-r x']), true, true],
    [module('a', ['x']), false, false],
  ])('%j, only what is missing: %s; lacks anything: %s', (one, isMissing, lacks) => {
    expect(lacksAnything({ ...groupRequirements([one]), isMissing })).toBe(lacks);
  });
});

describe('the requirements of an instance', () => {
  const build = () => {
    const world = createWorld();
    const needs = (...python: string[]) => ({ external_dependencies: { python } });
    world.module('oca/web/new', { depends: ['base', 'needed'], ...needs('x>=1') });
    world.module('oca/web/needed', needs('y'));
    linkedModule(world, 'oca/web/here', needs('z'));
    linkedModule(world, 'oca/web/there', needs('z', 'w'), 'other');
    return world;
  };
  const instanceOf = (world: World, python: string | null = null): Instance =>
    makeInstance(world, { dirs: ['linked', 'other'], python });
  const request = {
    family: 'oca',
    modules: ['new'],
    argument: 'MODULE',
    with_dependencies: true,
    replace: false,
    dry_run: false,
  } as const;

  it('are those of what would be linked, of all that is linked, of what is exported', async () => {
    const world = build();
    const context = makeContext(world, [instanceOf(world)]);
    const lines = async (asked: ReturnType<typeof requirementsOfLinked>) =>
      succeeded(await asked).python.map(({ line }) => line);
    expect(await lines(requirementsOfLink(request, false, context))).toEqual(['x>=1', 'y']);
    expect(readdirSync(world.at('linked'))).toEqual(['here']);
    expect(await lines(requirementsOfLinked({}, false, context))).toEqual(['w', 'z']);
    expect(await lines(requirementsOfLinked({ target_dir: world.at('linked') }, false, context))).toEqual([
      'z',
    ]);
    expect(await lines(requirementsOfExport({}, false, context))).toEqual(['z']);
  });

  it('are also those of dependencies that are linked already, but not of Odoo', async () => {
    const world = build();
    world.module('oca/web/newer', { depends: ['sale', 'here'], external_dependencies: { python: ['v'] } });
    const asked = await requirementsOfLink(
      { ...request, modules: ['newer'] },
      false,
      makeContext(world, [instanceOf(world)]),
    );
    expect(succeeded(asked).python).toEqual([
      { line: 'v', texts: ['v'], modules: ['newer'] },
      { line: 'z', texts: ['z'], modules: ['here'] },
    ]);
  });

  it('are what is missing, where that is asked', async () => {
    const world = build();
    const python = world.file('python', `#!/bin/sh\ncat > /dev/null; echo '{"python": ["w"], "bin": []}'\n`);
    chmodSync(python, 0o755);
    const report = succeeded(
      await requirementsOfLinked({}, true, makeContext(world, [instanceOf(world, python)])),
    );
    expect(report).toMatchObject({ python: [{ line: 'w', modules: ['there'] }], isMissing: true });
  });

  it.each([
    ['no interpreter', null, 'invalid_argument'],
    ['one that does not answer', '/nowhere/python', 'io_error'],
  ])('cannot be compared with %s', async (_, python, code) => {
    const world = build();
    const asked = await requirementsOfLinked({}, true, makeContext(world, [instanceOf(world, python)]));
    expect(refusalsOf(asked).map((refusal) => refusal.code)).toEqual([code]);
  });
});
