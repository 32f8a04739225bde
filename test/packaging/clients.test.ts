import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/server/tools.ts';
import { isOffered } from '../../src/tool-table.ts';
import { connect, type StartCommand } from '../support/client.ts';
import { CLI } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];

/** The blocks of all pages in a language. */
function blocks(language: string): { page: string; block: string }[] {
  return PAGES.flatMap((page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'));
    return [...found].map(([, block]) => ({ page, block: block as string }));
  });
}

/** The servers of a client's configuration file; none if the block is something else. */
function serversOf(configuration: Record<string, unknown>): StartCommand[] {
  const { mcpServers, servers, mcp_servers } = configuration;
  return Object.values((mcpServers ?? servers ?? mcp_servers ?? {}) as Record<string, StartCommand>);
}

/** A world in which the paths of the pages exist, below a scratch folder, and the program is on PATH as installed. */
function paths(world: World) {
  world.fixtures();
  for (const folder of ['odoo/linked', 'srv/odoo/linked', 'srv/src/oca', 'srv/src/enterprise', 'bin'])
    world.folder(folder);
  const config = world.config({ roots: { oca: ['src/oca'] } });
  symlinkSync(CLI, world.at('bin/odoo-link-mcp'));
  const replace = (text: string) =>
    text
      .replaceAll('/home/you', world.path)
      .replaceAll('/srv/', `${world.path}/srv/`)
      .replaceAll('/etc/odoo/odoo-link.json', config)
      .replaceAll('/usr/local/bin/', `${world.at('bin')}/`);
  return { replace, path: `${world.at('bin')}:${process.env.PATH}` };
}

const names = TOOLS.map(({ name }) => name)
  .filter((name) => isOffered(name, null))
  .sort();

describe('the configurations of clients in the pages', () => {
  const files = [
    ...blocks('json').map(({ page, block }) => ({ page, block, parse: JSON.parse })),
    ...blocks('toml').map(({ page, block }) => ({ page, block, parse: parseToml })),
  ].filter(({ block, parse }) => serversOf(parse(block)).length > 0);

  it('are there for each form that clients read', () => {
    const forms = files.flatMap(({ block, parse }) => Object.keys(parse(block)));
    expect(new Set(forms)).toEqual(new Set(['mcpServers', 'servers', 'mcp_servers']));
    expect(files.length).toBeGreaterThanOrEqual(8);
  });

  it.each(files)('start the server, in $page: $block', async ({ block, parse }) => {
    const world = createWorld();
    const { replace, path } = paths(world);
    const [start, ...others] = serversOf(parse(replace(block)));
    expect(others).toEqual([]);
    const server = await connect(start as StartCommand, world.path, path);
    expect((await server.tools()).sort()).toEqual(names);
  });
});

describe('the commands that add the server to a client', () => {
  /** Prints its name and arguments as JSON, as each would get them from a shell. */
  const STUB = `#!/usr/bin/env node\nconsole.log(JSON.stringify(process.argv.slice(1)));\n`;
  const lines = blocks('sh').flatMap(({ page, block }) =>
    (block.match(/^(?:claude|codex|gemini) mcp add .*$/gm) ?? []).map((line) => ({ page, line })),
  );

  it('are there for each client that has one', () => {
    expect(new Set(lines.map(({ line }) => line.split(' ')[0]))).toEqual(
      new Set(['claude', 'codex', 'gemini']),
    );
  });

  it.each(lines)('name a command that starts the server, in $page: $line', async ({ line }) => {
    const world = createWorld();
    const { replace, path } = paths(world);
    for (const name of ['claude', 'codex', 'gemini']) chmodSync(world.file(`bin/${name}`, STUB), 0o755);
    chmodSync(world.file('bin/sudo', '#!/bin/sh\nshift 3\nexec "$@"\n'), 0o755);
    const printed = execFileSync('bash', ['-euc', replace(line)], {
      env: { HOME: world.path, PATH: path },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const given = JSON.parse(printed).slice(1) as string[];
    const at = given.lastIndexOf('odoo-link');
    expect(given.slice(0, 2)).toEqual(['mcp', 'add']);
    const env = given.flatMap((word, index) => (given[index - 1] === '-e' ? [word.split('=')] : []));
    const [command, ...args] = given.slice(given.includes('--') ? given.indexOf('--') + 1 : at + 1);
    const server = await connect(
      { command: command as string, args, env: Object.fromEntries(env) },
      world.path,
      path,
    );
    expect((await server.tools()).sort()).toEqual(names);
  });
});
