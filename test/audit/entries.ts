import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleName } from '../../src/addons/module-name.ts';
import type { AuditLine, DecisionEntry, OutcomeEntry } from '../../src/audit/record.ts';
import type { AuditTrail } from '../../src/audit/trail.ts';

/** A call that links one module. */
export function allowed(module = 'contact_greeting', more: Partial<DecisionEntry> = {}): DecisionEntry {
  const name = module as ModuleName;
  return {
    principal: 'uid:1000',
    client: { name: 'test', version: '1' },
    tool: 'oca_link',
    instance: 'prod',
    decision: 'allow',
    code: null,
    rule: '/tools/oca_link',
    policy: 'abcdef012345',
    reservations: [{ counter: 'oca_link_rate', amount: 1, at: 1_000_000, reservation: 'r1' }],
    approval: null,
    args: { module },
    modules: [name],
    plan: [{ module: name, action: 'create', before: null, after: `/src/${module}` }],
    ...more,
  };
}

export const denied = (more: Partial<DecisionEntry> = {}): DecisionEntry =>
  allowed('contact_greeting', { decision: 'deny', code: 'rate_limited', plan: [], ...more });

export const done = (module = 'contact_greeting'): OutcomeEntry => ({
  outcome: 'done',
  code: null,
  links: [{ module: module as ModuleName, action: 'create', before: null, after: `/src/${module}` }],
  durationMs: 12,
});

/** Writes calls that are allowed and done, one after the other: two lines each. */
export async function writeCalls(trail: AuditTrail, count: number): Promise<void> {
  for (let call = 0; call < count; call++) {
    const decided = await trail.decide(allowed(`module_${call}`));
    if (!decided.ok) throw new Error(decided.refusal.message);
    await decided.value.conclude(done(`module_${call}`));
  }
}

/** The files of a trail, the oldest first. */
export function trailFiles(stateDir: string): string[] {
  // "-" sorts before ".": audit.jsonl comes last.
  return readdirSync(stateDir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
}

/** The text of every line, as it stands in the files. */
export function rawLines(stateDir: string): string[] {
  return trailFiles(stateDir).flatMap((name) => {
    return readFileSync(join(stateDir, name), 'utf8').split('\n').filter(Boolean);
  });
}

export function readLines(stateDir: string): AuditLine[] {
  return rawLines(stateDir).map((line) => JSON.parse(line.slice(line.lastIndexOf('\t') + 1)));
}
