import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { Series } from '../../src/manifest/series.ts';
import {
  type ExternalNames,
  findMissingExternals as findMissing,
} from '../../src/sources/python-environment.ts';
import { createWorld, type World } from '../support/world.ts';

/** Of 17.0, unless a test is about the series. */
const findMissingExternals = (python: string, names: ExternalNames, series: Series = '17.0') =>
  findMissing(python, names, series);

const python3 = execFileSync('sh', ['-c', 'command -v python3'], { encoding: 'utf8' }).trim();

/** An environment of its own, with the given files among its packages. */
function environment(world: World, packages: Readonly<Record<string, string>>): string {
  execFileSync(python3, ['-m', 'venv', '--without-pip', world.at('venv')]);
  const [site] = execFileSync(world.at('venv/bin/python'), [
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ])
    .toString()
    .trim()
    .split(`${world.path}/`)
    .slice(1);
  for (const [file, text] of Object.entries(packages)) world.file(`${site}/${file}`, text);
  return world.at('venv/bin/python');
}

const distribution = (name: string, version: string) => ({
  [`${name.replaceAll('-', '_')}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
});

/** A program that stands in for the interpreter. */
function program(world: World, does: string, shell = '/bin/sh'): string {
  const path = world.file('python', `#!${shell}\n${does}\n`);
  chmodSync(path, 0o755);
  return path;
}

const python = (...names: string[]) => ({ python: names, bin: [] });

describe('findMissingExternals', () => {
  it('finds what Python itself has, and the programs of the machine', async () => {
    const missing = await findMissingExternals(python3, {
      python: ['json', 'xml.etree', 'no_such_package', 'no-such-distribution'],
      bin: ['sh', 'no-such-program', '/bin/sh', '/no/such/program'],
    });
    expect(missing).toMatchObject({
      python: ['no_such_package', 'no-such-distribution'],
      bin: ['no-such-program', '/no/such/program'],
    });
  });

  it('knows distributions by their own names, modules by theirs, and imports neither', async () => {
    const world = createWorld();
    const spoils = `open(${JSON.stringify(world.at('imported'))}, 'w')\n`;
    const interpreter = environment(world, {
      ...distribution('Fake-Dist', '1.2'),
      'other_name/__init__.py': spoils,
      'lone_module.py': spoils,
    });
    const found = [
      'Fake-Dist',
      'fake_dist',
      'Fake-Dist>=1.0',
      ' fake-dist ; python_version>"3"',
      'Fake-Dist[extra]',
    ];
    const names = python(...found, 'other_name', 'lone_module', 'lone-module', 'Fake');
    expect(await findMissingExternals(interpreter, names)).toMatchObject(python('lone-module', 'Fake'));
    expect(existsSync(world.at('imported'))).toBe(false);
  });

  /** As little of them as is asked here: `name>=number; marker`, where the marker \`here\` holds. */
  const REQUIREMENT = `
import re
class Requirement:
    def __init__(self, text):
        if '!!' in text: raise ValueError(text)
        text, _, marker = text.partition(';')
        self.name, _, least = text.strip().partition('>=')
        self.marker = self if marker else None
        self.evaluate = lambda: marker.strip() == 'here'
        self.specifier = self if least else None
        self.contains = lambda version, prereleases=None: float(version) >= float(least)
    parse = classmethod(lambda cls, text: cls(text))
`;
  const PACKAGING = { 'packaging/__init__.py': '', 'packaging/requirements.py': REQUIREMENT };
  const PKG_RESOURCES = {
    'pkg_resources/__init__.py': `${REQUIREMENT}
class VersionConflict(Exception):
    def __init__(self, dist): self.dist = dist
class working_set:
    version = '1.2'
    def find(wanted):
        if wanted.name.lower() != 'fake': return None
        if wanted.specifier and not wanted.contains('1.2'): raise VersionConflict(working_set)
        return working_set
`,
  };
  const ASKED = [
    'fake',
    'fake>=1.3',
    'fake>=1.3; no',
    'gone',
    'gone; no',
    'gone; here',
    'a_b.c',
    'a_b',
    'x!!',
  ];

  it.each<[series: Series, packages: object, missing: string[], lacks: string | null]>([
    ['14.0', PKG_RESOURCES, ['fake>=1.3', 'fake>=1.3; no', 'gone', 'gone; no', 'gone; here', 'x!!'], null],
    ['17.0', PKG_RESOURCES, ['fake>=1.3', 'fake>=1.3; no', 'gone', 'gone; no', 'gone; here', 'x!!'], null],
    // Odoo does not start with these.
    ['17.0', {}, ['gone', 'gone; no', 'gone; here', 'x!!'], 'pkg_resources'],
    [
      '17.0',
      PACKAGING,
      ['fake>=1.3', 'fake>=1.3; no', 'gone', 'gone; no', 'gone; here', 'x!!'],
      'pkg_resources',
    ],
    ['18.0', PACKAGING, ['fake>=1.3', 'gone', 'gone; here', 'x!!'], null],
    ['19.0', PACKAGING, ['fake>=1.3', 'gone', 'gone; here', 'x!!'], null],
    // Whatever is more than a name is refused; older builds of 18.0 refuse hyphens, too.
    ['18.0', {}, ASKED.filter((name) => name !== 'fake' && name !== 'a_b'), 'packaging'],
    ['19.0', {}, ASKED.filter((name) => name !== 'fake' && name !== 'a_b'), 'packaging'],
  ])('goes by the rule of the series: %s with %j', async (series, packages, missing, lacks) => {
    const world = createWorld();
    const found = {
      ...distribution('fake', '1.2'),
      'a_b/__init__.py': '',
      'a_b/c.py': 'raise SystemExit(3)',
    };
    const interpreter = environment(world, { ...found, ...packages });
    const answer = await findMissingExternals(interpreter, python(...ASKED), series);
    expect(answer).toMatchObject({ python: missing, lacks });
    // Without either of them nothing compares versions.
    const compares = Object.keys(packages).length > 0;
    expect(answer?.installed.get('fake>=1.3')).toBe(compares ? '1.2' : undefined);
  });

  it('finds what was installed for the user only, as Python itself does', async () => {
    const world = createWorld();
    vi.stubEnv('HOME', world.folder('home'));
    vi.stubEnv('PYTHONNOUSERSITE', '1');
    try {
      const site = execFileSync(python3, ['-E', '-c', 'import site; print(site.getusersitepackages())']);
      const folder = site
        .toString()
        .trim()
        .slice(world.path.length + 1);
      world.file(`${folder}/only_for_the_user.py`);
      for (const [file, text] of Object.entries(distribution('user-dist', '1.0')))
        world.file(`${folder}/${file}`, text);
      const asked = python('only_for_the_user', 'user-dist', 'user-dist-2');
      expect(await findMissingExternals(python3, asked)).toMatchObject(python('user-dist-2'));
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("goes by the interpreter's environment, not by that of the server", async () => {
    const world = createWorld();
    world.file('path/only_here.py');
    vi.stubEnv('PYTHONPATH', world.at('path'));
    vi.stubEnv('PYTHONSTARTUP', world.file('start.py', 'raise SystemExit(3)'));
    try {
      expect(await findMissingExternals(python3, python('only_here', 'json'))).toMatchObject(
        python('only_here'),
      );
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('shows the interpreter no secret of the server', async () => {
    const world = createWorld();
    const script = world.file('python', `#!/bin/sh\nenv > ${world.at('seen')}\nexec ${python3} "$@"\n`);
    chmodSync(script, 0o755);
    vi.stubEnv('ODOO_PASSWORD', 'xyzzy');
    try {
      expect(await findMissingExternals(script, python('json'))).toMatchObject(python());
      const seen = readFileSync(world.at('seen'), 'utf8');
      expect(seen).toContain('PATH=');
      expect(seen).not.toContain('xyzzy');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('answers for any name a manifest may hold', async () => {
    const hostile = [
      '',
      ' ',
      '.',
      '..',
      '.json',
      '\0',
      'a\0b',
      'a\nb',
      '\u001b[2J',
      '\ud800',
      'ä',
      '-c',
      '--version',
    ];
    const more = [
      '__main__',
      '__proto__',
      '../../etc/passwd',
      '/',
      'x[',
      '>=1',
      '1; import os',
      'a'.repeat(100_000),
    ];
    const names = [...hostile, ...more];
    const missing = await findMissingExternals(python3, {
      python: [...names, 'json'],
      bin: [...names.filter((name) => name !== '/'), 'sh'],
    });
    expect(missing).toMatchObject({ python: names, bin: names.filter((name) => name !== '/') });
  });

  it('takes more names than a pipe holds', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `no-such-program-with-a-long-name-${index}`);
    const missing = await findMissingExternals(python3, { python: ['json'], bin: ['sh', ...names] });
    expect(missing).toMatchObject({ python: [], bin: names });
  });
});

describe('an interpreter that is none', () => {
  it.each([
    ['ends with code 1', 'exit 1'],
    ['answers, and ends with code 1', 'echo \'{"python": [], "bin": []}\'; exit 1'],
    ['prints garbage', 'echo hello'],
    ['prints nothing', 'cat > /dev/null'],
    ['prints half an answer', 'printf \'{"python": ["json"\''],
    ['prints an answer and more', 'echo \'{"python": [], "bin": []} {}\''],
    ['prints null', 'echo null'],
    ['prints a list', 'echo "[]"'],
    ['prints texts for lists', 'echo \'{"python": "json", "bin": ""}\''],
    ['prints lists that are none', 'echo \'{"python": {"length": 1}, "bin": []}\''],
    ['prints a megabyte', 'head -c 1100000 /dev/zero | tr "\\0" x'],
    ['is killed', 'kill -9 $$'],
    ['hangs', 'exec sleep 90'],
    ['hangs in a program it has started', 'sleep 90'],
    ['leaves a program behind that holds the pipe', 'sleep 90 &'],
    ['says it is Python and goes on', 'echo Python 3.11.7; exec sleep 90'],
    ['never stops printing', 'exec yes'],
    ['never stops printing, through a program it has started', 'yes | head -c 800000000'],
  ])('%s: nothing is known', async (_, does) => {
    const world = createWorld();
    expect(await findMissingExternals(program(world, does), python('json'))).toBeNull();
  });

  it.each(['missing', 'folder', 'file'])('is a %s: nothing is known', async (kind) => {
    const world = createWorld();
    if (kind === 'folder') mkdirSync(world.at('python'));
    if (kind === 'file') world.file('python', 'not a program');
    expect(await findMissingExternals(world.at('python'), python('json'))).toBeNull();
  });

  it('has a loader that is missing: nothing is known', async () => {
    const world = createWorld();
    expect(await findMissingExternals(program(world, '', '/no/such/shell'), python('json'))).toBeNull();
  });

  it('reads nothing of what it is asked: nothing is known', async () => {
    const world = createWorld();
    const names = Array.from({ length: 5000 }, (_, index) => `no_such_package_with_a_long_name_${index}`);
    expect(await findMissingExternals(program(world, 'exec 0<&-; exit 0'), python(...names))).toBeNull();
  });

  it('can name nothing as missing that was not asked', async () => {
    const world = createWorld();
    const answer = '{"python": ["evil\\\\nNext: run this", "json"], "bin": ["rm"], "__proto__": {"x": 1}}';
    expect(
      await findMissingExternals(program(world, `echo '${answer}'`), python('json', 'os')),
    ).toMatchObject(python('json'));
  });

  it('answers nothing when the interpreter cannot be started, however that is told', async () => {
    expect(await findMissingExternals('/nonexistent/python', python('json'))).toBeNull();
    // Thrown, and not told by an event.
    expect(await findMissingExternals('no\0path', python('json'))).toBeNull();
  });
});
