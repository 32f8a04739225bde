/**
 * Which rooms of src/ a room may use, from the top floor to the ground: a call travels down this list, nothing looks up.
 * test/architecture.test.ts holds the code to it, and the table in docs/architecture.md is made from it.
 */
export const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  'cli.ts': ['commands', 'base'],
  commands: [
    ...['server', 'services', 'gate', 'approvals', 'audit', 'policy', 'config'],
    ...['sources', 'links', 'state', 'catalog', 'addons', 'manifest', 'tool-table.ts', 'base'],
  ],
  server: [
    ...['services', 'gate', 'audit', 'policy', 'config', 'links', 'catalog', 'addons', 'manifest'],
    ...['tool-table.ts', 'base'],
  ],
  services: ['config', 'sources', 'links', 'state', 'catalog', 'addons', 'manifest', 'base'],
  gate: ['approvals', 'policy', 'limiter', 'config', 'links', 'tool-table.ts', 'base'],
  approvals: ['links', 'state', 'addons', 'tool-table.ts', 'base'],
  policy: ['limiter', 'config', 'manifest', 'tool-table.ts', 'base'],
  config: ['links', 'addons', 'manifest', 'base'],
  audit: ['state', 'addons', 'base'],
  links: ['state', 'addons', 'base'],
  catalog: ['addons', 'manifest', 'base'],
  addons: ['manifest', 'data', 'base'],
  sources: ['state', 'manifest', 'base'],
  limiter: ['state', 'base'],
  state: ['base'],
  'tool-table.ts': ['manifest'],
  manifest: ['data'],
  // `..` is package.json, for the version.
  base: ['..'],
  data: [],
};
