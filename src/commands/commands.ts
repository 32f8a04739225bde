import { SETTINGS } from '../config/settings.ts';
import { SERIES } from '../manifest/series.ts';
import type { Command, Option } from './command.ts';

/** The settings of the configuration, as options. */
const setup: Readonly<Record<string, Option>> = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { many, help, variable }]) => {
    const value = name === 'series' ? 'S' : name.endsWith('dir') || many ? 'DIR' : 'FILE';
    return [
      name,
      { type: 'string', multiple: many, value, help: `${help}${many ? '; repeatable' : ''} [${variable}]` },
    ];
  }),
);

const link: Readonly<Record<string, Option>> = {
  instance: { type: 'string', value: 'NAME', help: 'the instance, when several are configured' },
  branch: { type: 'string', value: 'SERIES', help: 'the instance by its series' },
  'target-dir': { type: 'string', value: 'DIR', help: 'one of its addons directories; default: the first' },
  repo: { type: 'string', value: 'REPO', help: 'take OCA modules from this repository' },
  replace: { type: 'boolean', help: 're-point links that lead elsewhere' },
  'dry-run': { type: 'boolean', help: 'check everything, change nothing' },
  json: { type: 'boolean', help: 'print the result as JSON' },
};

/** Every command of the program. `--help`, the README and the parser are made from this list. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    usage: ['', 'serve'],
    summary: 'speak MCP on stdin and stdout; what no command at all does too',
    options: setup,
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'link',
    usage: ['link oca MODULE...', 'link ee MODULE...'],
    summary: 'link modules from the shell, with the same checks as the tools',
    options: { ...link, ...setup },
    load: async () => (await import('./link.ts')).link,
  },
  {
    name: 'check',
    usage: ['check PATH... --series S'],
    summary: 'judge every module under the paths as Odoo would; needs no configuration',
    options: {
      series: { type: 'string', value: 'S', help: `Odoo series, ${SERIES[0]} to ${SERIES.at(-1)}` },
      format: { type: 'string', value: 'F', help: 'text (default), jsonl, or github for annotations' },
      'allow-uninstallable': { type: 'boolean', help: 'do not count `installable: False` as a problem' },
    },
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'doctor',
    usage: ['doctor'],
    summary: 'prove the configuration: roots, addons directories, odoo.conf, policy, git',
    options: setup,
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'demo',
    usage: ['demo'],
    summary: 'link modules of the bundled fixtures in a scratch folder, through a real client and server',
    options: {},
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'policy',
    usage: ['policy check FILE', 'policy show'],
    summary: 'say whether a policy file is understood, and what it means; show the policy in force',
    options: { json: { type: 'boolean', help: 'print what the policy means as JSON' }, ...setup },
    load: async () => (await import('./policy.ts')).policy,
  },
];
