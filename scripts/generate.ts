/**
 * npm run generate: writes what is made from the code, so that it cannot say anything else: the JSON Schemas of the
 * configuration and the policy, server.json, and the parts of the pages between `<!-- generated: NAME -->` and `<!-- end -->`.
 * The test test/docs.test.ts fails when one of them is not fresh.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as z from 'zod';
import { CONFLICT_KINDS } from '../src/addons/conflicts.ts';
import { LISTED_CODES } from '../src/addons/listed-files.ts';
import { REFUSAL_CODES } from '../src/base/refusal.ts';
import { COMMANDS } from '../src/commands/commands.ts';
import { wrap } from '../src/commands/demo.ts';
import { commandHelpText, helpText } from '../src/commands/help.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { LINK_STATES } from '../src/links/link-states.ts';
import { PROBLEM_CODES } from '../src/manifest/problems.ts';
import { policySchema } from '../src/policy/schema.ts';
import { toJsonSchema } from '../src/server/schemas.ts';
import { TOOLS } from '../src/server/tools.ts';
import { MAY_USE, WHAT_FOR } from '../test/support/rooms.ts';
import { serverJson } from './server-json.ts';

const ROOT = join(import.meta.dirname, '..');

/** The pages a person reads. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

/** Every generated file by its name, as it should be. */
export async function generate(): Promise<Record<string, string>> {
  const sections: Record<string, string> = {
    help: fenced('text', helpText()),
    ...Object.fromEntries(
      COMMANDS.map((command) => [`help ${command.name}`, fenced('text', commandHelpText(command))]),
    ),
    settings: table(
      ['flag', 'environment', 'meaning'],
      Object.entries(SETTINGS).map(([flag, { variable, many, help }]) => {
        return [
          `\`--${flag}\``,
          `\`${variable}\``,
          many ? `${help}; repeatable, the variable takes a \`:\` list (\`;\` on Windows)` : help,
        ];
      }),
    ),
    tools: TOOLS.map(describeTool).join('\n\n'),
    refusals: table(
      ['code', 'meaning'],
      Object.entries(REFUSAL_CODES).map(([code, text]) => [`\`${code}\``, text]),
    ),
    problems: table(
      ['code', 'meaning'],
      Object.entries(PROBLEM_CODES).map(([code, text]) => [`\`${code}\``, text]),
    ),
    'listed files': table(
      ['code', 'meaning'],
      Object.entries(LISTED_CODES).map(([code, text]) => [`\`${code}\``, text]),
    ),
    states: table(
      ['state', 'meaning'],
      Object.entries(LINK_STATES).map(([state, text]) => [`\`${state}\``, text]),
    ),
    conflicts: table(
      ['kind', 'meaning'],
      Object.entries(CONFLICT_KINDS).map(([kind, text]) => [`\`${kind}\``, text]),
    ),
    'tool list': table(
      ['tool', 'what it does'],
      TOOLS.map(({ name, description }) => [
        `\`${name}\``,
        description.slice(0, description.indexOf('. ') + 1),
      ]),
    ),
    rooms: table(
      ['room', 'what for', 'may use'],
      Object.entries(MAY_USE).map(([room, used]) => [
        `\`${room}\``,
        WHAT_FOR[room] as string,
        used.map((name) => (name === '..' ? '`package.json`' : `\`${name}\``)).join(', '),
      ]),
    ),
    example: await runExample(),
    demo: runDemo(),
    'check example': runCheck(),
    'policy check': runPolicyCheck(),
  };
  const written = pages().map((page) => [page, fill(page, sections)]);
  return {
    ...Object.fromEntries(written),
    'odoo-link.schema.json': jsonSchema(ConfigSchema, 'Configuration of odoo-link-mcp'),
    'policy.schema.json': jsonSchema(policySchema(), 'Policy of odoo-link-mcp'),
    'server.json': `${JSON.stringify(serverJson(), null, 2)}\n`,
  };
}

function jsonSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

function fill(page: string, sections: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return text.replace(/(<!-- generated: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g, (_, start, name, end) => {
    const section = sections[name];
    if (section === undefined) throw new Error(`${page} asks for ${name}, which nothing generates`);
    return `${start}\n${section}\n\n${end}`;
  });
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function describeTool({ name, title, description, input }: (typeof TOOLS)[number]): string {
  const { properties, required = [] } = toJsonSchema(input, 'input') as unknown as {
    properties: Record<string, { description: string; default?: unknown }>;
    required?: string[];
  };
  const rows = Object.entries(properties).map(([argument, schema]) => {
    const fallback = schema.default === undefined ? '' : JSON.stringify(schema.default);
    return [`\`${argument}\``, required.includes(argument) ? 'required' : fallback, schema.description];
  });
  return `### \`${name}\`: ${title}\n\n${description}\n\n${table(['argument', 'default', 'meaning'], rows)}`;
}

/** Real answers of the built server on the bundled fixtures; only the scratch folder's name is replaced. */
async function runExample(): Promise<string> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-readme-')));
  try {
    cpSync(join(ROOT, 'fixtures'), join(scratch, 'src'), { recursive: true });
    mkdirSync(join(scratch, 'linked'));
    const roots = { oca: ['src/oca'], ee: ['src/ee'] };
    const instances = { prod: { series: '17.0', addonsDirs: ['linked'], roots } };
    writeFileSync(join(scratch, 'odoo-link.json'), JSON.stringify({ instances, stateDir: 'state' }));
    const args = [join(ROOT, 'dist/cli.js'), 'serve', '--config', join(scratch, 'odoo-link.json')];
    const client = new Client({ name: 'readme', version: '0' });
    await client.connect(new StdioClientTransport({ command: process.execPath, args }));
    const show = async (name: string, call: Record<string, unknown>) => {
      const { structuredContent } = await client.callTool({ name, arguments: call });
      const answer = JSON.stringify(structuredContent, null, 2).replaceAll(scratch, '/srv/odoo');
      return `\`${name}\` with \`${JSON.stringify(call)}\` answers:\n\n${fenced('json', answer)}`;
    };
    const parts = [
      await show('oca_link', { module: 'contact_greeting' }),
      await show('oca_link', { module: 'contact_old_field' }),
    ];
    await client.close();
    return parts.join('\n\n');
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The parts of the demo that the README shows. */
const SHOWN = [
  'Link an OCA module with everything it needs',
  'A manifest that would break the whole instance is refused',
  'A name that is a path is refused',
];

/** What the built program prints, whatever its exit code. */
function run(args: readonly string[]): string {
  return spawnSync(process.execPath, [join(ROOT, 'dist/cli.js'), ...args], { cwd: ROOT, encoding: 'utf8' })
    .stdout;
}

function runCheck(): string {
  const args = ['check', 'fixtures/broken', '--series', '17.0'];
  return fenced('console', wrap(`$ odoo-link-mcp ${args.join(' ')}\n${run(args)}`, 120));
}

/** Checks the policy of the page for operators: its second block. */
function runPolicyCheck(): string {
  const page = readFileSync(join(ROOT, 'docs/operators.md'), 'utf8');
  const [, policy] = [...page.matchAll(/^```jsonc\n([\s\S]*?)^```/gm)].map(([, block]) => block as string);
  const scratch = mkdtempSync(join(tmpdir(), 'odoo-link-docs-'));
  try {
    const file = join(scratch, 'policy.json');
    writeFileSync(file, policy as string);
    return fenced('text', run(['policy', 'check', file]).replaceAll(file, '/etc/odoo/policy.json'));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** What the built `demo` prints; only the scratch folder's name is replaced. */
function runDemo(): string {
  const parts = run(['demo']).split('\n\n');
  const shown = SHOWN.map((title) => {
    const part = parts.find((candidate) => candidate.startsWith(`# ${title}\n`));
    if (part === undefined) throw new Error(`the demo has no part "${title}"`);
    return part.replace(/\/\S+\/odoo-link-demo-\w+/g, '/tmp/odoo-link-demo');
  });
  return fenced('text', wrap(shown.join('\n\n'), 100));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await generate())) writeFileSync(join(ROOT, name), text);
}
