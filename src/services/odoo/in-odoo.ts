/** What the running Odoo says of modules, in the answer of a call that tells something else besides. */
import type { Refusal } from '../../base/refusal.ts';
import { forOperator } from '../../base/surface.ts';
import type { Scope, ServiceContext } from '../context.ts';
import { message, type ReportOf } from '../own-words.ts';
import { askOdoo } from './ask-odoo.ts';
import { refuseOdoo } from './odoo-refusals.ts';
import { describeStates, OdooStatesSchema } from './odoo-states.ts';
import { type Asked, readStates } from './read-states.ts';

export const InOdooSchema = OdooStatesSchema.partial().extend({
  problem: message.optional().describe('Why Odoo was not asked, or did not answer. The rest is as told.'),
});
export type InOdoo = ReportOf<typeof InOdooSchema>;

/** Asks the running Odoo of an instance; that it does not answer is part of what is told. */
export async function askForStates(
  asked: Omit<Asked, 'isFresh'>,
  scope: Scope,
  context: ServiceContext,
): Promise<InOdoo> {
  const { instance } = scope;
  const client = await askOdoo(instance, context.signal);
  if (!client.ok) return problemOf(client.refusal, context);
  const states = await readStates(client.value, { ...asked, isFresh: false }, scope, context);
  return states.ok ? states.value : problemOf(refuseOdoo(instance, states.refusal), context);
}

/** Why Odoo did not answer, with what can be done about it. */
export function problemOf(
  { message: said, hint }: Pick<Refusal, 'message' | 'hint'>,
  { isOperator = false }: Pick<ServiceContext, 'isOperator'>,
): InOdoo {
  if (hint === undefined) return { problem: said };
  return { problem: `${said} ${isOperator ? forOperator(hint) : hint}` };
}

/** The same as lines of text. */
export function describeInOdoo({ problem, ...states }: InOdoo): string[] {
  return problem === undefined ? describeStates(states) : [`What Odoo says is not known: ${problem}`];
}

/** Whether something is to be done about what Odoo says, or it does not say it. */
export function isOff({ modules = [], problem }: InOdoo): boolean {
  return problem !== undefined || modules.some(({ note }) => note !== undefined);
}
