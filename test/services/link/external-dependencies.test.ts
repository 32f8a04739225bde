import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../src/config/instance.ts';
import { externalNames, warnAboutExternals } from '../../../src/services/link/external-dependencies.ts';
import type { NeedyModule } from '../../../src/services/link/link-call.ts';
import { createWorld } from '../../support/world.ts';

const module = (name: string, python: string[], bin: string[] = []) =>
  ({ name, externals: { python, bin } }) satisfies NeedyModule;

describe('what modules need beside Odoo', () => {
  it.each<[string, NeedyModule[], string[], string[]]>([
    ['is nothing', [module('a', [])], [], []],
    ['is told sorted', [module('a', ['z', 'y'], ['c', 'b'])], ['y', 'z'], ['b', 'c']],
    ['is told once', [module('a', ['y'], ['b']), module('b', ['y', 'x'], ['b'])], ['x', 'y'], ['b']],
  ])('%s', (_, modules, python, bin) => {
    expect(externalNames(modules)).toEqual({ python, bin });
  });
});

describe('the warnings of what is missing', () => {
  /** An instance with an interpreter that gives this answer. */
  function interpreter(answer: string) {
    const world = createWorld();
    const script = world.file('python', `#!/bin/sh\ncat > /dev/null\ncat <<'END'\n${answer}\nEND\n`);
    chmodSync(script, 0o755);
    return { python: script } as Instance;
  }
  const missing = (python: string[], bin: string[]) => JSON.stringify({ python, bin });
  const MODULES = [module('a', ['requests'], ['wkhtmltopdf']), module('b', ['requests', 'lxml'])];

  it.each<[string, () => Pick<Instance, 'python'>, NeedyModule[], string[]]>([
    ['none without an interpreter', () => ({ python: null }), MODULES, []],
    // Asked, this one would not answer.
    ['none where nothing is needed', () => ({ python: '/nowhere/python' }), [module('a', [])], []],
    ['none where nothing is missing', () => interpreter(missing([], [])), MODULES, []],
    [
      'one for a package, of the first that needs it',
      () => interpreter(missing(['requests'], [])),
      MODULES,
      ['external_dependency_missing a'],
    ],
    [
      'one for a package of the second',
      () => interpreter(missing(['lxml'], [])),
      MODULES,
      ['external_dependency_missing b'],
    ],
    [
      'one for a program',
      () => interpreter(missing([], ['wkhtmltopdf'])),
      MODULES,
      ['external_dependency_missing a'],
    ],
    [
      'one for each',
      () => interpreter(missing(['lxml', 'requests'], ['wkhtmltopdf'])),
      MODULES,
      ['external_dependency_missing b', 'external_dependency_missing a', 'external_dependency_missing a'],
    ],
    [
      'one where the interpreter gives no answer',
      () => interpreter('?'),
      MODULES,
      ['external_dependency_unknown a'],
    ],
    [
      'one where there is no interpreter',
      () => ({ python: '/nowhere/python' }),
      MODULES,
      ['external_dependency_unknown a'],
    ],
  ])('are %s', async (_, instance, modules, warnings) => {
    const told = await warnAboutExternals(modules, instance() as Instance);
    expect(told.map(({ code, module }) => `${code} ${module}`)).toEqual(warnings);
  });

  it.each<[string, object, string, RegExp]>([
    [
      'a version',
      { python: ['a>=2'], installed: { 'a>=2': '1.0' } },
      '17.0',
      /"?a>=2"?, of which .* has 1\.0/,
    ],
    ['a package', { python: ['a>=2'] }, '17.0', /a>=2, which the instance does not have/],
    [
      'what reads a version',
      { python: ['a>=2'], lacks: 'packaging' },
      '18.0',
      /Odoo 18\.0 reads .* without the package packaging/,
    ],
    ['what Odoo needs to start', { python: [], lacks: 'pkg_resources' }, '17.0', /Odoo 17\.0 does not start/],
  ])('say that the environment has not %s', async (_, told, series, message) => {
    const instance = { ...interpreter(JSON.stringify({ bin: [], ...told })), series } as Instance;
    const warnings = await warnAboutExternals([module('x', ['a>=2'])], instance);
    expect(warnings.map((warning) => warning.message)).toEqual([expect.stringMatching(message)]);
  });

  it('are of the first hundred of each kind, and count the others', async () => {
    const names = Array.from({ length: 105 }, (_, index) => `n${index}`);
    const told = await warnAboutExternals([module('a', names, names)], interpreter(missing([], [])));
    expect(told).toEqual([
      expect.objectContaining({
        code: 'external_dependency_unknown',
        message: expect.stringMatching(/^10 /),
      }),
    ]);
    const few = names.slice(0, 100);
    expect(await warnAboutExternals([module('a', few, few)], interpreter(missing([], [])))).toEqual([]);
  });

  it('name what is missing', async () => {
    const [warning] = await warnAboutExternals(MODULES, interpreter(missing(['lxml'], [])));
    expect(warning?.message).toContain('lxml');
  });
});
