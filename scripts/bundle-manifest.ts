import manifest from '../package.json' with { type: 'json' };
import { SETTINGS } from '../src/config/settings.ts';
import { SERIES } from '../src/manifest/series.ts';
import { TOOLS } from '../src/server/tools.ts';
import { isOffered } from '../src/tool-table.ts';
import { REPOSITORY } from './server-json.ts';

/** A field that a client shows, as the format of bundles has them. It has no choices, so the series is a text. */
interface Field {
  readonly type: 'string' | 'directory' | 'file';
  readonly title: string;
  readonly description: string;
  readonly required?: boolean;
}

/** What a person fills in, by setting: what one instance needs. Several instances are a matter of a configuration file. */
const FIELDS: Readonly<Partial<Record<keyof typeof SETTINGS, Field>>> = {
  series: {
    type: 'string',
    title: 'Odoo series',
    description: `The series of your Odoo: ${SERIES.join(', ')}.`,
    required: true,
  },
  'addons-dir': {
    type: 'directory',
    title: 'Addons directory',
    description: 'The folder in which links are created. It must be in addons_path of your Odoo.',
    required: true,
  },
  oca: {
    type: 'directory',
    title: 'OCA modules',
    description: 'A folder with checkouts of the OCA, or a single checkout.',
  },
  ee: {
    type: 'directory',
    title: 'Odoo Enterprise',
    description: 'The checkout of Odoo Enterprise.',
  },
  own: {
    type: 'directory',
    title: "The company's own modules",
    description: 'A folder with repositories of your own, or a single one.',
  },
  auto: {
    type: 'directory',
    title: 'Repositories of all families',
    description:
      'A folder with repositories of the OCA, Odoo and your own side by side, which are told apart.',
  },
  core: {
    type: 'directory',
    title: 'Odoo Community',
    description: "The source of Odoo. Without it, built-in lists of Odoo's own modules are used.",
  },
  'odoo-conf': {
    type: 'file',
    title: 'odoo.conf',
    description: 'The configuration of your Odoo, to check that it finds what is linked.',
  },
  policy: {
    type: 'file',
    title: 'Policy',
    description:
      'What an agent may do. Without it every tool is allowed, ten calls a minute for those that write.',
  },
};

/**
 * The manifest of the bundle (MCPB 0.3), which a client such as Claude Desktop installs.
 *
 * Every setting is passed as an environment variable, and each field is empty by default: what is not filled in is then an
 * empty variable, which counts as absent, and never a `${user_config.NAME}` that nobody replaced.
 */
export function bundleManifest(): Record<string, unknown> {
  const { name, version, description, author, license, keywords, engines, bugs, homepage } = manifest;
  const fields = Object.entries(FIELDS) as [keyof typeof SETTINGS, Field][];
  const key = (flag: string) => flag.replaceAll('-', '_');
  return {
    manifest_version: '0.3',
    name,
    display_name: 'Odoo module links',
    version,
    description,
    author: { name: author },
    repository: { type: 'git', url: REPOSITORY },
    homepage,
    support: bugs,
    license,
    keywords,
    server: {
      type: 'node',
      entry_point: 'dist/cli.js',
      mcp_config: {
        command: 'node',
        args: [`\${__dirname}/dist/cli.js`, 'serve'],
        env: Object.fromEntries(
          fields.map(([flag]) => [SETTINGS[flag].variable, `\${user_config.${key(flag)}}`]),
        ),
      },
    },
    tools: TOOLS.filter(({ name }) => isOffered(name, null)).map((tool) => ({
      name: tool.name,
      description: tool.title,
    })),
    compatibility: { platforms: ['darwin', 'linux'], runtimes: { node: engines.node } },
    user_config: Object.fromEntries(fields.map(([flag, field]) => [key(flag), { ...field, default: '' }])),
  };
}
