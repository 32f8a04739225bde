import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate, pages } from '../scripts/generate.ts';
import { COMMANDS } from '../src/commands/commands.ts';
import { parseJsonc, validateJsonc } from '../src/config/jsonc.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { policySchema } from '../src/policy/schema.ts';
import { MAY_USE, WHAT_FOR } from './support/rooms.ts';
import { runCli } from './support/server.ts';
import { createWorld } from './support/world.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8');
const PAGES = [...pages(), 'SECURITY.md', 'CHANGELOG.md', 'BENCHMARKS.md'];

/** The blocks of a page in a language. */
function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] as string,
  );
}

const withoutBlocks = (text: string) => text.replace(/^```[\s\S]*?^```/gm, '');

/** The anchors of a page, as GitHub makes them from its headings. */
function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  return [...withoutBlocks(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
    const slug = (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

describe('what is generated', () => {
  it('is fresh: npm run generate would change nothing', async () => {
    for (const [name, text] of Object.entries(await generate())) expect(read(name), name).toBe(text);
  });

  it('says of each room what it is for', () => {
    expect(Object.keys(WHAT_FOR)).toEqual(Object.keys(MAY_USE));
  });
});

describe.each(PAGES)('%s', (page) => {
  const text = withoutBlocks(read(page));

  it('has links that lead to a page, and to a heading in it', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
    for (const link of links.filter((target) => !/^https?:/.test(target))) {
      const [path, anchor] = link.split('#') as [string, string?];
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(ROOT, file)), link).toBe(true);
      if (anchor !== undefined) expect(anchors(file), link).toContain(anchor);
    }
  });

  it('names files that exist', () => {
    // A test may be named by a pattern elsewhere, never here: who looks for it must find it.
    const named = [...text.matchAll(/`((?:src|test|scripts|docs|fixtures)\/[\w./-]*)`/g)].map(
      ([, path]) => path as string,
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names tests by their whole paths', () => {
    const named = [...text.matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, path]) => path as string);
    expect(named.filter((path) => !path.startsWith('test/'))).toEqual([]);
  });

  it('shows configurations and policies that are valid', () => {
    for (const block of blocks(page, 'jsonc')) {
      const parsed = parseJsonc(block);
      if (!parsed.ok) throw new Error(parsed.refusal.join('\n'));
      const schema = block.includes('"instances"') ? ConfigSchema : policySchema();
      expect(validateJsonc(parsed.value, schema as never), block).toHaveProperty('value');
    }
  });

  it('shows commands and options that there are', () => {
    const lines = ['sh', 'console', 'yaml'].flatMap((language) => blocks(page, language)).join('');
    // As a command, not as the name of a folder.
    for (const [, rest] of lines.matchAll(/(?<=[\s/])(?<!lib\/)odoo-link-mcp ([^#\n|>]*)/g)) {
      const words = (rest as string).trim().split(/\s+/);
      const command = words[0]?.startsWith('--') ? 'serve' : words[0];
      const known = COMMANDS.find(({ name }) => name === command);
      expect(known, rest).toBeDefined();
      const options = words.flatMap((word) => /^--([\w-]+)$/.exec(word)?.[1] ?? []);
      expect(Object.keys(known?.options ?? {}), rest).toEqual(expect.arrayContaining(options));
    }
  });
});

describe('all pages together', () => {
  it('show configurations, policies and commands at all', () => {
    expect(PAGES.flatMap((page) => blocks(page, 'jsonc')).length).toBeGreaterThan(6);
    expect(PAGES.flatMap((page) => blocks(page, 'sh')).join('')).toContain('odoo-link-mcp audit verify');
  });

  it('never let npx fetch the program by its name, which anybody may take on npm', () => {
    for (const page of [...PAGES, '.pre-commit-hooks.yaml']) {
      const fetching = read(page).match(
        /\bnpx\b(?!.*--package \.\/)[^\n`]*odoo-link-mcp.*|\bnpm (?:i|install) (?:-\S+ )*odoo-link-mcp.*/g,
      );
      expect([page, fetching]).toEqual([page, null]);
    }
  });

  it('name nothing of where they were written', () => {
    for (const page of PAGES) expect(read(page), page).not.toMatch(/\/work\/|\/tmp\/team/);
  });
});

describe('README.md', () => {
  it('has at most 250 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(250);
  });

  it('names every dependency', () => {
    const { devDependencies, dependencies = {} } = JSON.parse(read('package.json'));
    for (const name of Object.keys({ ...devDependencies, ...dependencies }))
      expect(read('README.md')).toContain(`\`${name}\``);
  });

  it('links only to what the package ships', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const links = [...withoutBlocks(read('README.md')).matchAll(/\]\(([^)\s#]+)/g)].map(
      ([, target]) => target,
    );
    for (const link of links.filter((target) => !/^https?:/.test(target as string))) {
      expect(files, link).toContain(link?.split('/')[0]);
    }
  });

  it('shows what the first link prints', async () => {
    const world = createWorld();
    const at = 'src/oca/partner-contact';
    const depends = ['partner_contact_personal_information_page'];
    world.module(`${at}/partner_contact_birthdate`, { depends });
    world.module(`${at}/partner_contact_personal_information_page`);
    for (const name of ['partner_contact_birthdate', 'partner_contact_personal_information_page'])
      world.folder(`${at}/${name}/static/description`);
    world.folder('odoo/linked');
    const [, command] = /^(odoo-link-mcp link .*)$/m.exec(read('README.md')) as unknown as [string, string];
    const args = command.replaceAll('~', world.path).split(' ').slice(1);
    const { code, stdout } = await runCli(args, { env: { XDG_STATE_HOME: world.at('state') } });
    expect(code).toBe(0);
    const shown = blocks('README.md', 'text').find((block) => block.startsWith('Linked: 2 modules'));
    // The modules of the test are not in git.
    expect(stdout).toBe(
      shown?.replaceAll('/home/you', world.path).replace(' branch 17.0, commit 92ff90d57f,', ''),
    );
  });
});

describe('package-lock.json', () => {
  it('names no host', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });
});
