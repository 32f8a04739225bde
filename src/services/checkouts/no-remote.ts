import type { ToolFamily } from '../../addons/roots.ts';
import { type Refused, refuse } from '../../base/refusal.ts';

/** The refusal where the operator has not said where a family's repositories come from. */
export function noRemote(family: ToolFamily): Refused {
  const name = family === 'ee' ? 'Odoo Enterprise' : 'the OCA';
  return refuse('no_remote', `The operator has not configured where repositories of ${name} come from.`, {
    hint: `Ask the operator to set \`sources${family === 'ee' ? '.ee' : ''}\` in the configuration, or to clone them.`,
  });
}
