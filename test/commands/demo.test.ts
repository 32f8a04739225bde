import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../src/commands/demo.ts';
import { isOffered, TOOL_NAMES } from '../../src/tool-table.ts';
import { onTerminal, runCli } from '../support/server.ts';
import { createWorld } from '../support/world.ts';

describe('demo', () => {
  it('links, refuses and is rate-limited, through a real client and server, and leaves nothing behind', async () => {
    const world = createWorld();
    const { code, stdout, stderr } = await runCli(['demo'], { env: { TMPDIR: world.path } });
    expect([code, stderr]).toEqual([0, '']);
    for (const word of [
      'Linked: 4 modules',
      'Already linked: 1 module',
      '[still_required]',
      '4 ok',
      '[wrong_series]',
      '[breaks_update]',
      '[rate_limited]',
    ]) {
      expect(stdout).toContain(word);
    }
    expect(stdout).toMatch(/contact_nickname -> \S+contact-tools\/contact_nickname/);
    expect(stdout).toMatch(/\n$/);
    expect(readdirSync(world.path)).toEqual([]);
  });

  it('says why a client sees four tools, and where the counter stands', async () => {
    const { stdout } = await runCli(['demo']);
    expect(stdout).toContain(
      `sees 4 of the server's ${TOOL_NAMES.filter((name) => isOffered(name, null)).length} tools: `,
    );
    const [before, runaway] = stdout.split('# A runaway agent') as [string, string];
    expect(runaway).toContain('The counter stands at two');
    expect(before.match(/^(Linked|Already linked):/gm)).toHaveLength(2);
    expect(runaway.match(/^Already linked:/gm)).toHaveLength(8);
  });

  it('ends with a command for the reader, one that the program understands', async () => {
    const world = createWorld();
    world.module('src/oca/tools/a');
    world.folder('linked');
    const { stdout } = await runCli(['demo']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toContain('# Now with your own Odoo');
    const command = lines.slice(-2).join('\n');
    const [program, cli, ...args] = command.replace('\\\n', ' ').split(/ +/);
    expect(program).toBe('node');
    const filled = { MODULE: 'a', SERIES: '17.0', CHECKOUTS: world.at('src/oca'), LINKS: world.at('linked') };
    const own = args.map((arg) => filled[arg as keyof typeof filled] ?? arg);
    const env = { XDG_STATE_HOME: world.at('state') };
    expect(await runCli(own, { cli: cli as string, env })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Would link (dry run): 1 module'),
    });
  });

  it('wraps its lines at the width of the terminal, and not in a file', async () => {
    // Nothing asks a question: the second argument is never typed.
    const { stdout } = await runCli(['demo'], {
      through: onTerminal('\r\n\r\n\r\n', 'x'),
      env: { TERM: 'xterm', NO_COLOR: '1' },
    });
    const lines = stdout.trimEnd().split('\r\n');
    const long = lines.filter((line) => line.length > 80);
    // A word that is longer than a line, such as a path, is left whole, and so is what is to be copied.
    const broken = long.filter((line) => line.trim().includes(' ') && !/^(node |\S+ -> )/.test(line));
    expect(broken).toEqual([]);
    expect(lines.filter((line) => line.startsWith('  ')).length).toBeGreaterThan(10);
    const { stdout: plain } = await runCli(['demo']);
    expect(plain.split('\n').some((line) => line.length > 200)).toBe(true);
  });
});

describe('wrap', () => {
  it.each([
    ['a line that fits', 16, 'a line that fits'],
    ['a line that does not fit', 16, 'a line that does\n  not fit'],
    ['two lines\nof which one is long', 12, 'two lines\nof which one\n  is long'],
    ['/a/path/longer/than/a/line stays whole', 10, '/a/path/longer/than/a/line\n  stays\n  whole'],
    ['  indented  twice', 80, '  indented  twice'],
    ['', 80, ''],
  ])('%j in %d columns', (text, width, wrapped) => {
    expect(wrap(text, width)).toBe(wrapped);
  });
});
