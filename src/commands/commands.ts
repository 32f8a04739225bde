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

const instance: Readonly<Record<string, Option>> = {
  instance: { type: 'string', value: 'NAME', help: 'the instance, if several are configured' },
  branch: { type: 'string', value: 'SERIES', help: 'the instance, chosen by its series' },
};

const target: Readonly<Record<string, Option>> = {
  ...instance,
  'target-dir': { type: 'string', value: 'DIR', help: 'one of its addons directories; default: the first' },
};

const everyTarget: Readonly<Record<string, Option>> = {
  ...instance,
  'target-dir': { type: 'string', value: 'DIR', help: 'one of its addons directories; default: all' },
};

const dryRun: Readonly<Record<string, Option>> = {
  'dry-run': { type: 'boolean', help: 'check everything, change nothing' },
};

const refresh: Readonly<Record<string, Option>> = {
  refresh: { type: 'boolean', help: 'then have the running Odoo read its list of modules again' },
};

const odoo: Readonly<Record<string, Option>> = {
  odoo: { type: 'boolean', help: 'also show their states in the running Odoo' },
};

const json: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', help: 'print the result as JSON' },
};

const requirements: Readonly<Record<string, Option>> = {
  requirements: {
    type: 'boolean',
    help: 'only print what the modules need besides Odoo, a line for pip each; changes nothing',
  },
  check: {
    type: 'boolean',
    help: 'with --requirements: only what the configured python lacks; exit code 1 if anything',
  },
};

const repo: Readonly<Record<string, Option>> = {
  repo: { type: 'string', value: 'REPO', help: 'the repository to take OCA modules from' },
};

const audit: Readonly<Record<string, Option>> = {
  expect: { type: 'string', value: 'HEAD', help: 'verify: a head noted earlier, which must be in the trail' },
  lines: { type: 'string', short: 'n', value: 'N', help: 'tail: number of lines; default: 20' },
  tool: { type: 'string', value: 'TOOL', help: 'tail: only calls of this tool' },
  module: { type: 'string', value: 'MODULE', help: 'tail: only calls that name or change this module' },
  decision: {
    type: 'string',
    value: 'D',
    help: 'tail: only calls with this decision: allow, deny, approval or refuse',
  },
  principal: { type: 'string', value: 'WHO', help: 'tail: only calls of this principal' },
  since: {
    type: 'string',
    value: 'TIME',
    help: 'tail: only lines since this time, such as 2026-01-31T08:00Z',
  },
  follow: { type: 'boolean', short: 'f', help: 'tail: keep showing new lines as they are written' },
  json: { type: 'boolean', help: 'print JSON: one object, or for tail one per line' },
};

/** Every command of the program. `--help`, the README and the parser are generated from this list. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    usage: ['', 'serve'],
    summary: 'start the MCP server on stdin and stdout; the default command',
    options: setup,
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'link',
    usage: ['link oca MODULE...', 'link ee MODULE...'],
    summary: 'link modules and their dependencies, with the same checks as the tools',
    options: {
      ...target,
      ...repo,
      'no-dependencies': { type: 'boolean', help: 'link only the named modules' },
      replace: { type: 'boolean', help: 'replace managed links that lead to another folder' },
      'allow-uninstallable': {
        type: 'boolean',
        help: 'also link named modules that are not installable, for server_wide_modules',
      },
      fetch: { type: 'boolean', help: 'clone the repositories that it takes, if they are not there' },
      ...refresh,
      ...dryRun,
      ...requirements,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).link,
  },
  {
    name: 'unlink',
    usage: ['unlink oca MODULE...', 'unlink ee MODULE...'],
    summary: 'remove managed links',
    options: {
      ...target,
      cascade: { type: 'boolean', help: 'also unlink the modules that need them' },
      force: { type: 'boolean', help: 'unlink them although the running Odoo has them installed' },
      ...refresh,
      ...dryRun,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).unlink,
  },
  {
    name: 'status',
    usage: ['status'],
    summary: 'list the links and their problems',
    options: {
      all: { type: 'boolean', help: 'every instance, with all its addons directories' },
      module: { type: 'string', multiple: true, value: 'MODULE', help: 'only this module; repeatable' },
      repo: { type: 'string', value: 'REPO', help: 'only links into this repository' },
      state: { type: 'string', value: 'STATE', help: 'only entries in this state' },
      ...odoo,
      orphans: { type: 'boolean', help: 'only the links that nobody asked for and nothing linked needs' },
      instances: { type: 'string', value: 'A,B', help: 'how two instances differ' },
      ...everyTarget,
      ...requirements,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).status,
  },
  {
    name: 'instances',
    usage: ['instances'],
    summary: 'list the configured instances: series, addons directories, roots',
    options: { ...json, ...setup },
    load: async () => (await import('./shell.ts')).instances,
  },
  {
    name: 'search',
    usage: ['search [WORD...]'],
    summary: 'find modules by name, dependency, or words for what is needed',
    options: {
      family: { type: 'string', value: 'F', help: 'only modules of oca, ee, own or core' },
      repo: { type: 'string', value: 'REPO', help: 'only modules of this repository' },
      limit: { type: 'string', value: 'N', help: 'number of results; default: 25, at most 100' },
      cursor: { type: 'string', value: 'C', help: 'the next page, from the cursor that --json prints' },
      ...instance,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).search,
  },
  {
    name: 'info',
    usage: ['info MODULE...'],
    summary: 'show a module: manifest, verdict, needs, conflicts; or several in short',
    options: {
      tree: { type: 'boolean', help: 'print only its dependencies, as a tree' },
      graph: { type: 'string', value: 'F', help: 'print only its dependencies, as a graph: mermaid or dot' },
      family: {
        type: 'string',
        value: 'F',
        help: 'oca, ee, own or core, if several have a module of this name',
      },
      ...odoo,
      ...repo,
      ...instance,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).info,
  },
  {
    name: 'conflicts',
    usage: ['conflicts'],
    summary: 'list names offered by several sources, and conflicts among linked modules',
    options: {
      kind: { type: 'string', value: 'KIND', help: 'only conflicts of this kind' },
      ...instance,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).conflicts,
  },
  {
    name: 'export',
    usage: ['export'],
    summary: 'print the links of an addons directory as JSON, for apply',
    options: { ...target, ...requirements, ...setup },
    load: async () => (await import('./shell.ts')).exportState,
  },
  {
    name: 'apply',
    usage: ['apply FILE'],
    summary: 'make an addons directory match a file from export, in one transaction',
    options: {
      prune: { type: 'boolean', help: 'remove managed links that are not in the file' },
      'skip-missing': { type: 'boolean', help: 'skip modules that are not found, and name them' },
      ...target,
      ...dryRun,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).apply,
  },
  {
    name: 'repair',
    usage: ['repair'],
    summary: 'replace broken managed links with links to where their modules are now',
    options: { ...everyTarget, ...dryRun, ...json, ...setup },
    load: async () => (await import('./shell.ts')).repair,
  },
  {
    name: 'migrate',
    usage: ['migrate --to SERIES', 'migrate --to SERIES --apply'],
    summary: 'report what becomes of the linked modules in a later series; move the links there',
    options: {
      to: { type: 'string', value: 'SERIES', help: 'the later series' },
      'roots-of': {
        type: 'string',
        value: 'NAME',
        help: 'the instance whose roots hold it, if several with different roots do',
      },
      apply: {
        type: 'boolean',
        help: 're-point the links whose modules are there, in one transaction for each addons directory',
      },
      'unlink-missing': {
        type: 'boolean',
        help: 'with --apply: remove links of modules that became part of others or are not known there',
      },
      ...dryRun,
      format: { type: 'string', value: 'F', help: 'text (default), csv or markdown' },
      ...everyTarget,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).migrate,
  },
  {
    name: 'source',
    usage: [
      'source clone oca [REPO...]',
      'source clone ee',
      'source update oca [REPO...]',
      'source update ee [REPO...]',
      'source status [REPO]',
      'source index',
    ],
    summary: 'clone and update repositories, or fetch which modules they have, from where `sources` says',
    options: {
      module: {
        type: 'string',
        multiple: true,
        value: 'MODULE',
        help: 'clone: the repository that has this module; repeatable',
      },
      full: { type: 'boolean', help: 'clone: with the whole history of the branch' },
      repo: {
        type: 'string',
        multiple: true,
        value: 'REPO',
        help: 'index: only this repository; repeatable; default: all of the OCA',
      },
      ...instance,
      branch: {
        type: 'string',
        value: 'SERIES',
        help: 'clone, update, status: the instance, chosen by its series',
      },
      'dry-run': { type: 'boolean', help: 'clone, update: check everything, change nothing' },
      ...json,
      ...setup,
      series: {
        type: 'string',
        value: 'S',
        help: 'index: only this series; default: those of the instances',
      },
    },
    load: async () => (await import('./shell.ts')).source,
  },
  {
    name: 'odoo',
    usage: [
      'odoo refresh [MODULE...]',
      'odoo status [MODULE...]',
      'odoo install MODULE...',
      'odoo upgrade MODULE...',
    ],
    summary:
      'have the running Odoo read its list of modules again, install or upgrade modules; show their states',
    options: {
      restarted: {
        type: 'boolean',
        help: 'install, upgrade: Odoo was restarted after the last change of links or code',
      },
      recover: {
        type: 'boolean',
        help: 'install, upgrade: restart Odoo first, and cancel what was left unfinished',
      },
      'dry-run': { type: 'boolean', help: 'install, upgrade: show what Odoo would do, change nothing' },
      ...instance,
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).odoo,
  },
  {
    name: 'check',
    usage: ['check PATH... --series S'],
    summary: 'judge every module under the paths as Odoo would; needs no configuration',
    options: {
      series: { type: 'string', value: 'S', help: `Odoo series, ${SERIES[0]} to ${SERIES.at(-1)}` },
      format: {
        type: 'string',
        value: 'F',
        help: 'text (default), jsonl, github (annotations), sarif (code scanning) or gitlab (Code Quality)',
      },
      changed: {
        type: 'string',
        value: 'BASE',
        help: 'only modules that differ from where the branch left BASE',
      },
      'allow-uninstallable': {
        type: 'boolean',
        help: 'do not fail because of modules that are not installable',
      },
    },
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'doctor',
    usage: ['doctor'],
    summary: 'check the configuration: roots, addons directories, odoo.conf, policy, git, the running Odoo',
    options: { ...instance, ...json, ...setup },
    load: async () => (await import('./shell.ts')).doctor,
  },
  {
    name: 'demo',
    usage: ['demo'],
    summary: 'link bundled example modules in a temporary folder, with a real client and server',
    options: {},
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'policy',
    usage: ['policy check FILE', 'policy show'],
    summary: 'check a policy file and explain it; show the policy in force',
    options: { json: { type: 'boolean', help: 'print the policy as JSON' }, ...setup },
    load: async () => (await import('./shell.ts')).policy,
  },
  {
    name: 'approvals',
    usage: ['approvals list', 'approvals show ID', 'approvals approve ID', 'approvals deny ID'],
    summary: 'list the calls that wait for approval, and decide them',
    options: {
      yes: { type: 'boolean', help: 'decide without asking; required if there is no terminal' },
      ...json,
      ...setup,
    },
    load: async () => (await import('./shell.ts')).approvals,
  },
  {
    name: 'audit',
    usage: ['audit verify', 'audit tail'],
    summary: 'verify the chain of the audit trail, or show its last lines',
    options: { ...audit, ...setup },
    load: async () => (await import('./shell.ts')).audit,
  },
];
