/** Settings from the command line; each also has an environment variable, see {@link SETTINGS}. */
export interface Overrides {
  config?: string | undefined;
  series?: string | undefined;
  oca?: string[] | undefined;
  ee?: string[] | undefined;
  own?: string[] | undefined;
  core?: string[] | undefined;
  auto?: string[] | undefined;
  'addons-dir'?: string[] | undefined;
  'odoo-conf'?: string | undefined;
  policy?: string | undefined;
  'state-dir'?: string | undefined;
}

/** The flags that configure an instance or the server, with their environment variables and help texts. */
export const SETTINGS = {
  config: { variable: 'ODOO_LINK_CONFIG', many: false, help: 'the configuration file' },
  series: { variable: 'ODOO_LINK_SERIES', many: false, help: 'series of the instance, 14.0 to 19.0' },
  oca: { variable: 'ODOO_LINK_OCA', many: true, help: 'folder with OCA checkouts' },
  ee: { variable: 'ODOO_LINK_EE', many: true, help: 'folder with Odoo Enterprise' },
  own: { variable: 'ODOO_LINK_OWN', many: true, help: "folder with the company's own repositories" },
  core: { variable: 'ODOO_LINK_CORE', many: true, help: 'folder with Odoo Community' },
  auto: { variable: 'ODOO_LINK_AUTO', many: true, help: 'folder with repositories of all families' },
  'addons-dir': { variable: 'ODOO_LINK_ADDONS_DIR', many: true, help: 'folder in which links are created' },
  'odoo-conf': { variable: 'ODOO_LINK_ODOO_CONF', many: false, help: 'odoo.conf of the instance' },
  policy: { variable: 'ODOO_LINK_POLICY', many: false, help: 'the policy file' },
  'state-dir': { variable: 'ODOO_LINK_STATE_DIR', many: false, help: "folder for the server's own state" },
} as const satisfies Record<keyof Overrides, { variable: string; many: boolean; help: string }>;

/** The settings that name roots; each is a key of `roots` in the configuration file. */
export const ROOT_SETTINGS = [
  'oca',
  'ee',
  'own',
  'core',
  'auto',
] as const satisfies readonly (keyof Overrides)[];
