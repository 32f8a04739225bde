import type { InputRequiredResult, Server, ServerContext } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { Approvals } from '../../src/approvals/approvals.ts';
import { ok } from '../../src/base/refusal.ts';
import type { Gate } from '../../src/gate/gate.ts';
import { callsOf, type RunCall } from '../../src/server/request.ts';
import { createRequestStates } from '../../src/server/request-state.ts';
import type { Tool } from '../../src/server/tool.ts';
import { linkStatusTool } from '../../src/server/tools.ts';
import { gateOf } from '../policy/policies.ts';
import { makeInstance } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';
import { ERAS, partsFor } from './connected.ts';

const STATES = createRequestStates();
const YES = { approval: { action: 'accept', content: { name: 'link_status' } } };

/** What runs calls for a client, and the request of one. */
function callable(era: (typeof ERAS)[number], principal = 'uid:1') {
  const world = createWorld();
  const parts = partsFor(world, [makeInstance(world)]);
  const gate = gateOf(
    {
      version: '1',
      default: 'allow',
      approval_channel: 'elicit',
      tools: { link_status: { action: 'require_approval' } },
    },
    { approvals: new Approvals(world.at('state')), caller: { principal, session: 's' } },
  );
  const { signal: gone } = new AbortController();
  const connection = { server: { getClientVersion: () => undefined } as Server, era, gone, states: STATES };
  const run = (asking: boolean, rest: Partial<Gate> = {}): RunCall =>
    callsOf(connection, { ...parts, principal, ...(asking && { gate: { ...gate, ...rest } }) });
  const request = (more: object): ServerContext => {
    const envelope = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
    const { signal } = new AbortController();
    return {
      mcpReq: { signal, envelope, requestState: () => undefined, ...more },
    } as unknown as ServerContext;
  };
  return { run, request };
}

describe.each(ERAS)('progress (%s)', (era) => {
  /** A call that reports twice; in between the client may cancel it. */
  async function report(_meta: object | undefined, between: (cancel: AbortController) => void) {
    const { run, request } = callable(era);
    const cancel = new AbortController();
    const sent: unknown[] = [];
    const notify = async (notification: unknown) => {
      sent.push(notification);
      throw new Error('the client has gone');
    };
    const tool: Tool = Object.create(linkStatusTool, {
      run: {
        value: async (_: unknown, { onProgress }: { onProgress?: (done: number, total: number) => void }) => {
          onProgress?.(1, 3);
          between(cancel);
          onProgress?.(2, 3);
          return ok({ status: 'ok' });
        },
      },
    });
    const ended = await run(false)(tool, {}, request({ signal: cancel.signal, _meta, notify }));
    expect(ended).toMatchObject({ ok: true });
    return sent;
  }
  const message = (progress: number) => ({
    method: 'notifications/progress',
    params: { progressToken: 't', progress, total: 3, message: `${progress} of 3 links` },
  });

  it('is told to a client that sent a token, gone or not', async () => {
    expect(await report({ progressToken: 't' }, () => {})).toEqual([message(1), message(2)]);
  });

  it('is told to no other client', async () => {
    expect(await report({}, () => {})).toEqual([]);
    expect(await report(undefined, () => {})).toEqual([]);
  });

  it('is not told once the call is cancelled', async () => {
    expect(await report({ progressToken: 't' }, (cancel) => cancel.abort())).toEqual([message(1)]);
  });
});

describe('a question in the answer to a call', () => {
  /** Asks as one caller and answers as another; returns how the second call ends. */
  async function answeredBy(principal: string) {
    const [one, other] = [callable('modern'), callable('modern', principal)];
    const asked = (await one.run(true)(linkStatusTool, {}, one.request({}))) as InputRequiredResult;
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
    const answer = other.request({ requestState: () => asked.requestState, inputResponses: YES });
    return other.run(true)(linkStatusTool, {}, answer);
  }

  it('is for the caller who was asked', async () => {
    expect(await answeredBy('uid:2')).toMatchObject({
      ok: false,
      refusal: {
        code: 'invalid_request_state',
        message: expect.stringContaining('another call or another caller'),
      },
    });
    // The same caller comes as far as the records, which in another place have no such question.
    expect(await answeredBy('uid:1')).toMatchObject({
      refusal: { reason: expect.stringContaining('already decided') },
    });
  });

  it('is not sent where the client says that it has no forms', async () => {
    const { run, request } = callable('modern');
    for (const envelope of [{}, { 'io.modelcontextprotocol/clientCapabilities': {} }, undefined])
      expect(await run(true)(linkStatusTool, {}, request({ envelope }))).toMatchObject({
        refusal: { code: 'policy_denied', reason: expect.stringContaining('this client cannot ask') },
      });
  });

  it('is not sent if the call ends in another way after all', async () => {
    const { run, request } = callable('modern');
    const question = { id: '1', message: 'May it?', word: 'a', timeoutMs: 60_000 };
    const enter = async (...[, , , ask]: Parameters<Gate['enter']>) => {
      expect(await ask(question)).toBe('asked');
      throw new Error('over');
    };
    const ended = await run(true, { enter })(linkStatusTool, {}, request({}));
    expect(ended).toMatchObject({ ok: false, refusal: { code: 'internal_error' } });
  });
});
