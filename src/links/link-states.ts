/** The states of an entry in an addons directory, worst first: an entry is in the first state that fits. */
export const LINK_STATES = {
  real_directory: 'a real folder, not a link, such as a copied module; never touched',
  foreign: 'a link that leads outside the configured roots; never changed',
  other_instance: 'a link into a root of another instance; like a foreign one, never changed',
  broken: 'a managed link that leads nowhere, or to a module of another name',
  shadowed: 'Odoo finds another module of this name earlier on its search path',
  wrong_series: 'made for another Odoo series',
  verdict: 'its manifest is bad: Odoo would not show it, not install it, or fail on it',
  missing_dependency: 'it depends on a module that Odoo does not find, or could not install',
  ok: 'Odoo finds it and could install it',
} as const;

export type LinkState = keyof typeof LINK_STATES;
