/**
 * Which rooms of src/ a room may use, from the top floor to the ground: a call travels down this list, nothing looks up.
 * test/architecture.test.ts holds the code to it, and the table in docs/architecture.md is made from it.
 */
export const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['commands', 'package.ts'],
  commands: [
    ...['server', 'services', 'gate', 'approvals', 'audit', 'policy', 'config'],
    ...['sources', 'links', 'state', 'catalog', 'addons', 'manifest', 'tool-table.ts', 'package.ts', 'base'],
  ],
  server: [
    ...['services', 'gate', 'audit', 'policy', 'config', 'odoo', 'links', 'catalog', 'addons', 'manifest'],
    ...['tool-table.ts', 'tool-arguments.ts', 'base'],
  ],
  services: [
    'tool-table.ts',
    'tool-arguments.ts',
    'config',
    'odoo',
    'sources',
    'links',
    'state',
    'catalog',
    'addons',
    'manifest',
    'base',
  ],
  gate: ['approvals', 'policy', 'limiter', 'config', 'odoo', 'sources', 'links', 'tool-table.ts', 'base'],
  approvals: ['odoo', 'sources', 'links', 'state', 'addons', 'tool-table.ts', 'base'],
  policy: ['limiter', 'config', 'addons', 'manifest', 'tool-table.ts', 'tool-arguments.ts', 'base'],
  'tool-table.ts': ['tool-arguments.ts', 'addons', 'manifest'],
  'tool-arguments.ts': ['links', 'addons', 'manifest'],
  config: ['odoo', 'sources', 'links', 'state', 'addons', 'manifest', 'base'],
  audit: ['state', 'addons', 'base'],
  links: ['state', 'addons', 'base'],
  catalog: ['addons', 'manifest', 'data', 'base'],
  odoo: ['addons', 'manifest', 'base'],
  addons: ['sources', 'manifest', 'facts.ts', 'base'],
  sources: ['state', 'manifest', 'facts.ts', 'base'],
  limiter: ['state', 'base'],
  state: ['base'],
  manifest: ['data'],
  'facts.ts': ['base'],
  base: [],
  // `..` is package.json, for the version.
  'package.ts': ['..'],
  data: [],
};

/** What each of them is for: the other column of that table. */
export const WHAT_FOR: Readonly<Record<string, string>> = {
  'cli.ts': 'the binary: tells an old Node that it is one, and loads `commands/main.ts`',
  commands:
    'the commands: those that run a service in `service-commands.ts`, a file for each other; only `terminal.ts` prints',
  server:
    'MCP: the only room that imports the SDK. Tools, resources, prompts, results, and the path of a call',
  services:
    'what a call does, shared by tools and commands: link, unlink, apply, status, search, info, conflicts',
  gate: 'where policy, limiter and approvals meet: which calls run, and what they take from the budgets',
  approvals: "requests for approval and the operator's decisions",
  policy: 'the policy file: its schema, loading, conditions and evaluation',
  'tool-table.ts':
    'the tools and their arguments: schemas, conditions, completions and pages are made from it',
  'tool-arguments.ts': 'what an argument of a tool is, and those that several tools have',
  config: 'the configuration file, flags, environment and odoo.conf',
  audit: 'the audit trail: writing it, checking its chain, showing its end',
  links: 'symlinks: plans them, makes them, undoes them, and keeps the journal of a transaction',
  catalog: 'which modules there are: folders, watching them, search',
  odoo: 'a running Odoo: asks it over HTTP what it knows of modules, and to install them',
  addons: 'modules and their names, roots, dependencies, licences, and what Odoo finds on its search path',
  sources: "git and Odoo's Python environment: what is checked out, what is installed",
  limiter: 'rate limits: the sliding window and the stores that keep the counts',
  state: 'the state directory: proof, locks, records, clocks',
  manifest: 'a Python literal, the manifest in it, and the verdict for a series; pure',
  'facts.ts': 'reads the files of `data`, when they are needed',
  base: 'what every room uses: refusals, texts, paths, bounded files, turns',
  'package.ts': 'the version, and where the fixtures are',
  data: "facts: names of Odoo's own modules, OCA's modules and their repositories, synonyms, names of Unicode characters",
};
