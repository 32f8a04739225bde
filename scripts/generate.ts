/**
 * npm run generate: writes what is made from the code, so that it cannot say anything else: the JSON Schemas of the
 * configuration and the policy, and the parts of README.md between `<!-- generated: NAME -->` and `<!-- end -->`.
 * The test test/docs.test.ts fails when one of them is not fresh.
 */
import { LINK_STATES } from '../src/links/link-states.ts';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import * as z from 'zod';
import { CONFLICT_KINDS } from '../src/addons/conflicts.ts';
import { REFUSAL_CODES } from '../src/base/refusal.ts';
import { COMMANDS } from '../src/commands/commands.ts';
import { commandHelpText, helpText } from '../src/commands/help.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { SETTINGS } from '../src/config/settings.ts';
import { PROBLEM_CODES } from '../src/manifest/problems.ts';
import { policySchema } from '../src/policy/schema.ts';
import { toJsonSchema } from '../src/server/schemas.ts';
import { TOOLS } from '../src/server/tools/tools.ts';

const ROOT = join(import.meta.dirname, '..');

/** Every generated file by its name, as it should be. */
export async function generate(): Promise<Record<string, string>> {
  const sections: Record<string, string> = {
    help: fenced('text', helpText()),
    'help link': fenced('text', helpOf('link')),
    'help check': fenced('text', helpOf('check')),
    settings: table(
      ['flag', 'environment', 'meaning'],
      Object.entries(SETTINGS).map(([flag, { variable, many, help }]) => {
        return [
          `\`--${flag}\``,
          `\`${variable}\``,
          many ? `${help}; repeatable, the variable takes a \`:\` list` : help,
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
    states: table(
      ['state', 'meaning'],
      Object.entries(LINK_STATES).map(([state, text]) => [`\`${state}\``, text]),
    ),
    conflicts: table(
      ['kind', 'meaning'],
      Object.entries(CONFLICT_KINDS).map(([kind, text]) => [`\`${kind}\``, text]),
    ),
    example: await runExample(),
  };
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const written = readme.replace(
    /(<!-- generated: (.+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start, name, end) => {
      const section = sections[name];
      if (section === undefined) throw new Error(`README.md asks for ${name}, which nothing generates`);
      return `${start}\n${section}\n\n${end}`;
    },
  );
  return {
    'README.md': written,
    'odoo-link.schema.json': jsonSchema(ConfigSchema, 'Configuration of odoo-link-mcp'),
    'policy.schema.json': jsonSchema(policySchema(), 'Policy of odoo-link-mcp'),
  };
}

function jsonSchema(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

function helpOf(name: string): string {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw new Error(`there is no command ${name}`);
  return commandHelpText(command);
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await generate())) writeFileSync(join(ROOT, name), text);
}
