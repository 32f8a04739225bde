import type { ElicitResult } from '@modelcontextprotocol/client';
import { Server } from '@modelcontextprotocol/server';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { askInAnswer, askThroughClient, questionResult } from '../../src/server/ask.ts';
import { connect } from './connected.ts';

const QUESTION = { id: '1', message: 'May it?', word: 'web', timeoutMs: 60_000 };

/** A client that answers forms, and what it was asked. */
async function askable(answer: () => Promise<ElicitResult>) {
  const server = new Server({ name: 'test', version: '0' }, { capabilities: {} });
  const client = await connect(() => server, { elicitation: { form: {} } });
  const asked: unknown[] = [];
  client.setRequestHandler('elicitation/create', async ({ params }) => {
    asked.push(params);
    return answer();
  });
  return { server, client, asked };
}

describe('the person at the client', () => {
  it.each<[what: string, ElicitResult, expected: string]>([
    ['types the word', { action: 'accept', content: { name: 'web' } }, 'yes'],
    ['types another word', { action: 'accept', content: { name: 'Web' } }, 'mistyped'],
    ['types nothing', { action: 'accept', content: { name: '' } }, 'mistyped'],
    ['declines', { action: 'decline' }, 'no'],
    ['declines, whatever was typed', { action: 'decline', content: { name: 'web' } }, 'no'],
    ['closes the form', { action: 'cancel' }, 'no'],
    ['has a client that sends no answer to the form', { action: 'accept' }, 'mistyped'],
  ])('%s', async (_, answer, expected) => {
    const { server, asked } = await askable(async () => answer);
    expect(await askThroughClient(server)(QUESTION)).toBe(expected);
    expect(asked).toMatchObject([
      {
        message: expect.stringMatching(/May it\?.*\bweb\b/),
        requestedSchema: { properties: { name: { type: 'string' } }, required: ['name'] },
      },
    ]);
  });

  it('says no where the client fails', async () => {
    const { server } = await askable(async () => {
      throw new Error('broken');
    });
    expect(await askThroughClient(server)(QUESTION)).toBe('no');
  });

  it('cannot be asked through a client without forms', async () => {
    const server = new Server({ name: 'test', version: '0' }, { capabilities: {} });
    expect(await askThroughClient(server)(QUESTION)).toBe('unable');
    await connect(() => server, {});
    expect(await askThroughClient(server)(QUESTION)).toBe('unable');
  });

  it('is asked as long as a timer can run', async () => {
    const { server } = await askable(async () => ({ action: 'accept', content: { name: 'web' } }));
    const timers = vi.spyOn(globalThis, 'setTimeout');
    onTestFinished(() => timers.mockRestore());
    expect(await askThroughClient(server)({ ...QUESTION, timeoutMs: 2 ** 40 })).toBe('yes');
    expect(Math.max(...timers.mock.calls.map(([, ms]) => ms ?? 0))).toBe(2 ** 31 - 1);
  });

  it.each([0, 1])('is gone when signal %i ends the wait', async (at) => {
    const ends = [new AbortController(), new AbortController()];
    const { server, asked } = await askable(() => {
      ends[at]?.abort();
      return new Promise(() => {});
    });
    const ask = askThroughClient(server, ...ends.map(({ signal }) => signal));
    expect(await ask(QUESTION)).toBe('gone');
    // Nobody is asked any more.
    expect(await ask(QUESTION)).toBe('gone');
    expect(asked).toHaveLength(1);
  });
});

describe('the person at a client that takes no requests', () => {
  const SHOWN = { id: QUESTION.id, word: QUESTION.word };
  const FORMS = { elicitation: { form: {} } };
  const said = (action: string, name?: string) => {
    return { approval: { action, ...(name !== undefined && { content: { name } }) } } as never;
  };

  it('is asked in the answer to the call', async () => {
    const { ask, asked } = askInAnswer(FORMS, undefined, null);
    expect(asked()).toBe(null);
    expect(await ask(QUESTION)).toBe('asked');
    expect(asked()).toBe(QUESTION);
    expect(questionResult(QUESTION, 'state')).toEqual({
      resultType: 'input_required',
      requestState: 'state',
      inputRequests: {
        approval: {
          method: 'elicitation/create',
          params: expect.objectContaining({ mode: 'form', message: 'May it? Type web to allow it.' }),
        },
      },
    });
  });

  it.each([
    ['types the word', said('accept', 'web'), 'yes'],
    ['types another word', said('accept', 'Web'), 'mistyped'],
    ['types nothing', said('accept'), 'mistyped'],
    ['declines, whatever was typed', said('decline', 'web'), 'no'],
    ['closes the form', said('cancel'), 'no'],
  ])('%s', async (_, responses, expected) => {
    const { ask, asked } = askInAnswer(FORMS, responses, SHOWN);
    expect(await ask(QUESTION)).toBe(expected);
    expect(asked()).toBe(null);
  });

  it('types the word that was shown, not one that is asked for now', async () => {
    const now = { ...QUESTION, id: '2', word: 'crm' };
    expect(await askInAnswer(FORMS, said('accept', 'web'), SHOWN).ask(now)).toEqual({
      about: '1',
      said: 'yes',
    });
    expect(await askInAnswer(FORMS, said('accept', 'crm'), SHOWN).ask(now)).toEqual({
      about: '1',
      said: 'mistyped',
    });
  });

  it('is believed to nothing without what was shown', async () => {
    expect(await askInAnswer(FORMS, said('accept', 'web'), null).ask(QUESTION)).toBe('asked');
  });

  it.each([
    ['nothing', undefined, 'unable'],
    ['no forms', {}, 'unable'],
    ['addresses alone', { elicitation: { url: {} } }, 'unable'],
    ['forms without a mode, as before there were modes', { elicitation: {} }, 'asked'],
  ])('has a client that says of itself %s', async (_, capabilities, expected) => {
    expect(await askInAnswer(capabilities, undefined, null).ask(QUESTION)).toBe(expected);
  });
});
