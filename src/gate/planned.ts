/** The plan of a call, whatever it changes: links, checkouts, or modules of a running Odoo. */
import { changesAnything, changesOf, type LinkPlan, type PlannedChange } from '../links/plan-links.ts';
import type { OperationPlan } from '../odoo/operation-plan.ts';
import type { CheckoutChange, CheckoutPlan } from '../sources/checkout-plan.ts';

/** What a call is about to change; null for a call that changes nothing. */
export type Planned = LinkPlan | CheckoutPlan | OperationPlan | null;

/** The plan of links; null for any other. */
export function linksOf(plan: Planned): LinkPlan | null {
  return plan !== null && 'links' in plan ? plan : null;
}

/** The links that would change. */
export function linkChangesOf(plan: Planned): PlannedChange[] {
  return changesOf(linksOf(plan));
}

/** The checkouts that would be made or moved. */
export function checkoutChangesOf(plan: Planned): readonly CheckoutChange[] {
  return plan !== null && 'checkouts' in plan ? plan.checkouts : [];
}

/** What a running Odoo would do; null for any other plan. */
export function operationOf(plan: Planned): OperationPlan | null {
  return plan !== null && 'operation' in plan ? plan : null;
}

/** Whether there is a plan and it changes nothing. */
export function changesNothing(plan: Planned): boolean {
  if (plan === null) return false;
  if ('links' in plan) return !changesAnything(plan);
  return 'checkouts' in plan ? plan.checkouts.length === 0 : plan.operation.length === 0;
}
