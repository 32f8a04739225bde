import { describe, expect, it } from 'vitest';
import { type CallParts, runTool } from '../../src/server/call-tool.ts';
import { ocaLink } from '../../src/server/tools.ts';

const bug = () => {
  throw new Error('a bug at /srv/secret');
};

/** A call where one part has a bug. */
async function callWith(parts: object) {
  const log: string[] = [];
  const sound = {
    context: { instances: [] },
    gate: { policyHash: () => 'abcdef012345', deniedOutright: () => null },
    trail: { decide: async () => ({ ok: true, value: {} }) },
    principal: 'uid:1',
    client: () => null,
    log: (line: string) => log.push(line),
  };
  const outcome = await runTool(ocaLink, { module: 'a' }, { ...sound, ...parts } as unknown as CallParts);
  return { outcome: JSON.stringify(outcome), log: log.join('\n') };
}

describe('a tool that is denied outright', () => {
  it('says so before anything is told of the instances, and never enters', async () => {
    const denial = { code: 'policy_denied', message: 'no', rule: '/default', reason: 'no', policy: 'abc' };
    const gate = { policyHash: () => 'abc', deniedOutright: () => denial, enter: bug };
    const { outcome, log } = await callWith({ gate });
    expect(JSON.parse(outcome)).toEqual({ ok: false, refusal: denial });
    expect(log).toBe('');
    const open = { ...gate, deniedOutright: () => null };
    expect((await callWith({ gate: open })).outcome).toContain('"unknown_instance"');
  });
});

describe('a bug', () => {
  it('before a call is admitted is told by an id alone, which the log has, too', async () => {
    const { outcome, log } = await callWith({ gate: { policyHash: () => '', deniedOutright: bug } });
    const [id] = /[0-9a-f-]{36}/.exec(outcome) ?? [];
    expect(outcome).toContain('"internal_error"');
    expect(outcome).not.toContain('secret');
    expect(log).toContain(`internal error ${id}: Error: a bug at /srv/secret`);
  });

  it('in the audit trail does not change an answer that is there', async () => {
    const { outcome, log } = await callWith({ trail: { decide: async () => bug() } });
    expect(outcome).toContain('"unknown_instance"');
    expect(log).toContain('a bug at /srv/secret');
  });
});
