/** The plan of a call, whatever it changes: links, or checkouts. */
import { changesAnything, changesOf, type LinkPlan, type PlannedChange } from '../links/plan-links.ts';
import type { CheckoutChange, CheckoutPlan } from '../sources/checkout-plan.ts';

/** What a call is about to change; null for a call that changes nothing. */
export type Planned = LinkPlan | CheckoutPlan | null;

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

/** Whether there is a plan and it changes nothing. */
export function changesNothing(plan: Planned): boolean {
  if (plan === null) return false;
  return 'links' in plan ? !changesAnything(plan) : plan.checkouts.length === 0;
}
