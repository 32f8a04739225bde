import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/commands.ts';
import { commandHelpText, helpText } from '../../src/commands/help.ts';
import { finished, runCli, spawnCli } from '../support/server.ts';
import { ENV_OF_UNPRIVILEGED } from '../support/users.ts';
import { createWorld } from '../support/world.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');

describe('the command line', () => {
  it('helps, and says its version', async () => {
    expect(await runCli(['--help'])).toMatchObject({ code: 0, stdout: helpText(), stderr: '' });
    const { version } = JSON.parse(readFileSync(join(fixtures, '../package.json'), 'utf8'));
    expect(await runCli(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it.each(COMMANDS)('helps with $name', async (command) => {
    expect(await runCli([command.name, '--help'])).toMatchObject({
      code: 0,
      stdout: commandHelpText(command),
    });
  });

  it.each([
    [['chekc'], 'There is no command "chekc". Did you mean "check"?'],
    [['check', '.', '--serie', '17.0'], 'Unknown option \'--serie\'. Did you mean "--series"?'],
    [['check', '.'], 'check needs --series, one of 14.0'],
    [['check', '--series', '17.0'], 'check needs a path.'],
    [['check', '.', '--series', '17.0', '--changed', ''], '--changed is empty'],
    [
      ['check', '.', '--series', '17'],
      '--series must be one of 14.0, 15.0, 16.0, 17.0, 18.0, 19.0. Did you mean "17.0"?',
    ],
    [
      ['check', '.', '--series', '17.0', '--format', 'xml'],
      '--format must be one of text, jsonl, github, sarif, gitlab.',
    ],
    [['check', 'no/such/folder', '--series', '17.0'], '"no/such/folder" is not a directory.'],
    [['link', 'web'], 'link needs a family'],
    [['link', 'oca'], 'link needs at least one module.'],
    [['status', '--check'], '--check belongs to --requirements.'],
    [['link', 'ee', 'x', '--repo', 'y'], '--repo can be used only with OCA modules.'],
    [['policy', 'shwo'], 'policy needs check FILE, or show.'],
    [['policy', 'check'], 'policy needs check FILE, or show.'],
    [['policy', 'show', 'extra'], 'policy needs check FILE, or show.'],
    [['doctor', 'extra'], 'doctor takes no arguments.'],
    [['demo', 'extra'], 'demo takes no arguments.'],
    [['policy', 'check', 'no/such/file'], '"no/such/file" is not a file.'],
    [['serve', 'extra'], 'serve takes no arguments.'],
    [
      ['--config', 'x.json', 'status'],
      '"status" comes after an option; a command comes first: odoo-link-mcp ',
    ],
    [
      ['odoo', 'instal', 'web'],
      'odoo needs an action: odoo refresh, status, install or upgrade. Did you mean "install"?',
    ],
    [['source', 'updaet'], 'source needs an action: clone, update, status, index. Did you mean "update"?'],
  ])('%j is a usage error, exit code 2', async (args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`odoo-link-mcp: ${message}`);
    expect(stderr).toContain('See --help.');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('ends quietly when its reader goes away', async () => {
    const child = spawnCli(['check', fixtures, '--series', '17.0', '--format', 'jsonl']);
    child.stdout.once('data', () => child.stdout.destroy());
    expect((await finished(child)).stderr).toBe('');
  });
});

describe('check', () => {
  it('prints one object a module as jsonl, and fails when one would be refused', async () => {
    const { code, stdout } = await runCli(
      ['check', 'fixtures/broken', 'fixtures/oca', '--series', '17.0', '--format', 'jsonl'],
      {
        cwd: join(fixtures, '..'),
      },
    );
    const modules = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(
      modules.map(({ module, verdict, problems }) => [
        module,
        verdict,
        ...problems.map(({ code }: { code: string }) => code),
      ]),
    ).toEqual([
      ['license_unknown', 'breaks_update', 'license_invalid'],
      ['no_init', 'installable', 'not_importable'],
      ['not_ready', 'uninstallable', 'not_installable'],
      ['short_version', 'invisible', 'version_invalid'],
      ['syntax_error', 'invisible', 'syntax_error'],
      ['contact_greeting', 'installable'],
      ['contact_nickname', 'installable'],
      ['contact_old_field', 'invisible', 'wrong_series'],
      ['report_stamp', 'installable'],
      ['report_stamp_greeting', 'installable'],
    ]);
    expect(modules[0]).toEqual({
      path: 'fixtures/broken/bad-modules/license_unknown',
      module: 'license_unknown',
      series: '17.0',
      verdict: 'breaks_update',
      problems: [{ code: 'license_invalid', level: 'error', message: expect.any(String), line: 4 }],
      manifest: {
        name: 'Unknown Licence',
        version: '17.0.1.0.0',
        license: 'MIT',
        category: 'Tools',
        author: 'odoo-link-mcp',
        depends: ['base'],
      },
    });
    expect(modules[4].manifest).toBe(null);
  });

  it('succeeds where every module may be linked', async () => {
    const { code, stdout } = await runCli(['check', join(fixtures, 'ee'), '--series', '17.0']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      '3 modules for Odoo 17.0: 3 installable, 0 uninstallable, 0 invisible, 0 breaking the update; none would be refused.\n',
    );
  });

  it('annotates for GitHub, escaping what its commands would read', async () => {
    const world = createWorld();
    world.file('repo/a,b/__manifest__.py', '{"name": "A",\n "license": "100%\\n:x"}');
    const { code, stdout } = await runCli(['check', 'repo', '--series', '17.0', '--format', 'github'], {
      cwd: world.path,
    });
    expect(code).toBe(1);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(
      /^::error file=repo\/a%2Cb\/__manifest__\.py,line=2,title=Odoo 17\.0%3A license_invalid::.*100%25/,
    );
    expect(lines.every((line) => /^::(error|warning) |^1 module /.test(line))).toBe(true);
  });

  it('annotates from the top of the workspace, wherever it runs', async () => {
    const world = createWorld();
    world.module('repo/addons/a', { license: 'MIT' });
    const annotate = (env: Record<string, string>, format = 'github') =>
      runCli(['check', '.', '--series', '17.0', '--format', format], { cwd: world.at('repo/addons'), env });
    const workspace = { GITHUB_WORKSPACE: world.at('repo') };
    expect((await annotate(workspace)).stdout).toContain('file=addons/a/__manifest__.py,');
    const gitlab = await annotate({ CI_PROJECT_DIR: world.at('repo') }, 'gitlab');
    expect(JSON.parse(gitlab.stdout)).toMatchObject([{ location: { path: 'addons/a/__manifest__.py' } }]);
    expect(gitlab).toMatchObject({ code: 1, stderr: expect.stringMatching(/^1 module for Odoo 17\.0/) });
    const { runs } = JSON.parse((await annotate(workspace, 'sarif')).stdout);
    expect(runs[0].results).toHaveLength(1);
  });

  it('fails for data that is not there, and warns of demo data and assets', async () => {
    const world = createWorld();
    world.module('repo/a', { data: ['x.xml'], demo: ['y.xml'], assets: { b: ['a/z.js'] } });
    world.module('repo/b', { demo: ['y.xml'] });
    world.module('repo/c', { data: ['x.xml'], installable: false });
    const run = async (path: string, ...more: string[]) => {
      const args = ['check', path, '--series', '17.0', '--format', 'jsonl', ...more];
      const { code, stdout } = await runCli(args, { cwd: world.path });
      const { problems } = JSON.parse(stdout) as { problems: { code: string; line?: number }[] };
      return [code, ...problems.map((problem) => problem.code)];
    };
    expect(await run('repo/a')).toEqual([1, 'data_missing', 'demo_missing', 'asset_missing']);
    expect(await run('repo/b')).toEqual([0, 'demo_missing']);
    expect(await run('repo/c', '--allow-uninstallable')).toEqual([0, 'not_installable', 'data_missing']);
    const { stdout } = await runCli(['check', 'repo/a', '--series', '17.0'], { cwd: world.path });
    expect(stdout).toMatch(/none would be refused; 1 lacks files that Odoo would load\.$/m);
  });

  it('judges what a branch touches, and says when that is nothing or cannot be told', async () => {
    const world = createWorld();
    for (const name of ['a', 'b']) world.module(`repo/${name}`);
    const git = (...args: string[]) =>
      execFileSync('git', [
        '-C',
        world.at('repo'),
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.com',
        ...args,
      ]);
    const run = (base: string, ...more: string[]) =>
      runCli(['check', 'repo', '--series', '17.0', '--changed', base, ...more], { cwd: world.path });
    git('init', '-q', '-b', '17.0');
    git('add', '-A');
    git('commit', '-qm', 'x');
    expect(await run('17.0')).toMatchObject({ code: 0, stdout: 'None of 2 modules differs from "17.0".\n' });
    expect(JSON.parse((await run('17.0', '--format', 'gitlab')).stdout)).toEqual([]);
    world.module('repo/b', { license: 'MIT' });
    const { code, stdout } = await run('17.0', '--format', 'jsonl');
    expect([code, JSON.parse(stdout).module]).toEqual([1, 'b']);
    expect(await run('nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nowhere names no commit'),
    });
  });

  it('tolerates uninstallable modules when asked to', async () => {
    const world = createWorld();
    world.module('repo/a', { installable: false, version: '16.0.1.0.0' });
    expect(await runCli(['check', 'repo', '--series', '17.0'], { cwd: world.path })).toMatchObject({
      code: 1,
    });
    const tolerant = ['check', 'repo', '--series', '17.0', '--allow-uninstallable'];
    expect(await runCli(tolerant, { cwd: world.path })).toMatchObject({ code: 0 });
  });

  it('takes a module, a repository or a folder of repositories, and says so when there is none', async () => {
    const world = createWorld();
    world.module('repos/web/a');
    world.module('repos/web/setup/b');
    for (const path of ['repos', 'repos/web', 'repos/web/a']) {
      const { stdout } = await runCli(['check', path, '--series', '17.0', '--format', 'jsonl'], {
        cwd: world.path,
      });
      expect(JSON.parse(stdout)).toMatchObject({ path: 'repos/web/a', module: 'a' });
    }
    world.folder('empty');
    expect(await runCli(['check', 'empty', '--series', '17.0'], { cwd: world.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no module under'),
    });
  });

  it('follows a link to a module, counts a module once, and cannot be made to speak for itself', async () => {
    const world = createWorld();
    world.module('elsewhere/a', { license: 'MIT' });
    world.folder('repo');
    world.link(world.at('elsewhere/a'), 'repo/a');
    world.file('repo/b\n::error::c/__manifest__.py', '{');
    const { code, stdout } = await runCli(['check', 'repo', 'repo', '--series', '17.0'], { cwd: world.path });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^breaks_update repo\/a$/m);
    expect(stdout).not.toMatch(/^::error/m);
    expect(stdout).toMatch(/^2 modules for Odoo 17\.0/m);
  });

  it('encodes what JSON has no word for', async () => {
    const world = createWorld();
    world.file('a/__init__.py');
    world.file(
      'a/__manifest__.py',
      "{'t': (1,), 's': {1}, 'b': b'x', 'i': 9007199254740993, 'f': 1e999, 'd': {1: 2}, 'e': ...}",
    );
    const { stdout } = await runCli(['check', 'a', '--series', '16.0', '--format', 'jsonl'], {
      cwd: world.path,
    });
    expect(JSON.parse(stdout).manifest).toEqual({
      t: [1],
      s: { $set: [1] },
      b: { $bytes: 'eA==' },
      i: { $int: '9007199254740993' },
      f: { $repr: 'inf' },
      d: { $dict: [[1, 2]] },
      e: { $repr: 'Ellipsis' },
    });
  });
});

describe('link', () => {
  it('links like the tool and prints text or JSON; a refusal goes to stderr with exit code 1', async () => {
    const world = createWorld();
    world.fixtures();
    const config = ['--config', world.config()];
    const linked = await runCli(['link', 'oca', 'contact_nickname', ...config]);
    expect(linked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Linked: 1 module in/) });
    expect(readlinkSync(world.at('linked/contact_nickname'))).toBe(
      world.at('src/oca/contact-tools/contact_nickname'),
    );
    const json = await runCli([
      'link',
      'ee',
      'ledger_lite',
      'planner_lite',
      '--dry-run',
      '--json',
      ...config,
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({ status: 'planned', links: { length: 2 } });
    const refused = await runCli(['link', 'oca', 'nobody_has_it', ...config]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^Refused \(module_not_found\)/),
    });
    const asJson = await runCli(['link', 'oca', '../x', '--json', ...config]);
    expect([asJson.code, JSON.parse(asJson.stdout).code]).toEqual([1, 'invalid_module_name']);
  });

  it('takes its configuration from flags and environment too', async () => {
    const world = createWorld();
    world.fixtures();
    world.folder('linked');
    const { code } = await runCli(
      ['link', 'oca', 'report_stamp', '--addons-dir', 'linked', '--oca', 'src/oca'],
      {
        cwd: world.path,
        env: { ODOO_LINK_SERIES: '17.0', ODOO_LINK_STATE_DIR: world.at('state') },
      },
    );
    expect(code).toBe(0);
    expect(readlinkSync(world.at('linked/report_stamp'))).toBe(world.at('src/oca/report-tools/report_stamp'));
  });
});

describe('several instances', () => {
  it('are listed, and have their states in one answer', async () => {
    const world = createWorld();
    world.fixtures();
    const config = world.config({ roots: { oca: ['src/oca'] } });
    const listed = await runCli(['instances', '--config', config]);
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^prod, Odoo 17\.0\n/) });
    const all = await runCli(['status', '--all', '--json', '--config', config]);
    expect(JSON.parse(all.stdout)).toMatchObject({ status: 'ok', instances: [{ instance: 'prod' }] });
    expect((await runCli(['status', '--all', '--instance', 'prod', '--config', config])).code).toBe(2);
  });
});

describe('doctor', () => {
  it('proves a sound configuration', async () => {
    const world = createWorld();
    world.fixtures();
    world.file(
      'odoo.conf',
      `[options]\naddons_path = ${world.at('linked')},${world.at('src/core/addons')}\ndata_dir = ${world.folder('data')}\n`,
    );
    const config = world.config({
      odooConf: 'odoo.conf',
      roots: { oca: ['src/oca'], ee: ['src/ee'], core: ['src/core'] },
    });
    const { code, stdout, stderr } = await runCli(['doctor', '--config', config]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`oca ${world.at('src/oca')}: 5 modules, 2 repositories, 1 would be refused`);
    expect(stdout).toContain(`${world.at('linked')}: writable`);
    expect(stdout).toContain(`1. ${world.at('src/core/odoo/addons')} (core)`);
    expect(stdout).toContain('oca_link: allowed without a limit');
    expect(stdout).toMatch(/0 problems, 0 warnings\.\n$/);
  });

  it('looks at the instance that is chosen, and prints JSON', async () => {
    const world = createWorld();
    world.fixtures();
    const config = world.config({ roots: { oca: ['src/oca'] } });
    const doctor = (...more: string[]) => runCli(['doctor', '--config', config, ...more]);
    const { stdout } = await doctor('--instance', 'prod', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { instance?: string; section: string }[] };
    expect(findings.some(({ instance, section }) => instance === 'prod' && section === 'roots')).toBe(true);
    expect(await doctor('--instance', 'none')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('The configured instances are prod (17.0).'),
    });
  });

  it('names what keeps links from working, with remedies, and fails', async () => {
    const world = createWorld();
    world.folder('src/oca');
    world.folder('data/addons/17.0');
    chmodSync(world.at('data/addons/17.0'), 0o500);
    world.file('odoo.conf', `[options]\naddons_path = /nowhere/addons\ndata_dir = ${world.at('data')}\n`);
    const config = world.config({ odooConf: 'odoo.conf', roots: { oca: ['src/oca'] } });
    world.link(world.at('src/oca/gone'), 'linked/broken');
    world.link('/elsewhere', 'linked/foreign');
    world.module('linked/real');
    const { code, stdout } = await runCli(['doctor', '--config', config]);
    expect(code).toBe(1);
    for (const line of [
      /warn {2}oca \S+ is empty -> fill it/,
      /FAIL {2}\S+linked: Odoo does not look there -> add \S+linked to addons_path/,
      /ok {4}\S+linked: 0 managed links, 1 foreign link, 1 real folder/,
      /warn {2}\S+linked: 1 broken link/,
      /warn {2}addons_path: \/nowhere\/addons does not exist: Odoo 17\.0 starts with it/,
      /warn {2}\S+data\/addons\/17\.0 cannot be written by its owner -> .*chmod u\+w/,
    ]) {
      expect(stdout).toMatch(line);
    }
  });

  it('finds what another user left in the state directory', async () => {
    const world = createWorld();
    const config = world.config();
    chmodSync(world.path, 0o755);
    chmodSync(world.folder('state'), 0o777);
    for (const name of ['audit.jsonl', 'limits/1.journal']) chmodSync(world.file(`state/${name}`), 0o400);
    chmodSync(world.at('state/limits'), 0o500);
    const { code, stdout } = await runCli(['doctor', '--config', config], { env: ENV_OF_UNPRIVILEGED });
    // Or an ordinary user could not remove the world.
    chmodSync(world.at('state/limits'), 0o700);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /FAIL {2}\S+state\/audit\.jsonl: cannot be used \(EACCES\) -> give it to the server's user/,
    );
    expect(stdout).toMatch(/FAIL {2}\S+state\/limits: cannot be used \(EACCES\)/);
  });

  it('shows a configuration that cannot be used, exit code 2', async () => {
    expect(await runCli(['doctor', '--config', '/nowhere.json'])).toMatchObject({
      code: 2,
      stderr: 'odoo-link-mcp: /nowhere.json: does not exist.\n',
    });
  });
});

describe('policy check', () => {
  it('says what a policy means', async () => {
    const { code, stdout } = await runCli([
      'policy',
      'check',
      join(import.meta.dirname, '../policy/policy-seed.json'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok .*policy-seed\.json \(policy [0-9a-f]{12}\)\n/);
    expect(stdout).toMatch(/^oca_link allowed\n {2}limit 10 calls a minute for each grant/m);
  });

  it('fails on one that is not understood, with position and pointer', async () => {
    const world = createWorld();
    const file = world.file('policy.json', '{"version": "1", "default": "deny", "hidden": []}');
    expect(await runCli(['policy', 'check', file])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`${file}:1:37: /hidden is not known here. Did you mean "hide"?`),
    });
  });
});
