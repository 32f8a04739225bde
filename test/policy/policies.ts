import { Approvals } from '../../src/approvals/approvals.ts';
import { createGate, type Gate, type GateParts } from '../../src/gate/gate.ts';
import { createMemoryStore } from '../../src/limiter/stores/memory.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/policy.ts';
import type { PolicySource } from '../../src/policy/watch.ts';

/** A policy that has to be understood. */
export function policyOf(source: Parameters<typeof loadPolicy>[0]): Policy {
  const loaded = loadPolicy(source);
  if (!loaded.ok) throw new Error(loaded.refusal.join('\n'));
  return loaded.value.policy;
}

/** A policy that denies what it does not list, and these rules for `oca_link`. */
export function policyFor(rule: Record<string, unknown>, rest: Record<string, unknown> = {}): Policy {
  return policyOf({ version: '1', default: 'deny', tools: { oca_link: rule }, ...rest });
}

/** The problems of a policy that has none to be understood by; without the place they are in. */
export function problemsOf(source: Record<string, unknown>): string[] {
  const loaded = loadPolicy(source);
  return loaded.ok ? [] : loaded.refusal.map((problem) => problem.replace(/^policy: /, ''));
}

/** A policy that is in no file. */
export function sourceOf(current: () => Policy): PolicySource {
  return { current, isFixed: true, onChange: () => {} };
}

/** A gate that keeps every count in memory. */
export function gateOf(source: Parameters<typeof loadPolicy>[0], parts: Partial<GateParts> = {}): Gate {
  const policy = policyOf(source);
  return createGate({
    source: sourceOf(() => policy),
    store: createMemoryStore(),
    approvals: new Approvals('/nonexistent'),
    caller: { principal: 'uid:1', session: 's' },
    log: () => {},
    // With them, there are all tools.
    configured: { oca: {}, ee: {}, odoo: {} },
    ...parts,
  });
}
