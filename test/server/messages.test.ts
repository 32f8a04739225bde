import { ProtocolErrorCode as ErrorCode, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { isId, readMessage, tamed, tooLarge } from '../../src/server/messages.ts';

const { ParseError, InvalidRequest, InvalidParams, InternalError, MethodNotFound } = ErrorCode;
const base = { jsonrpc: '2.0' };

/** The code and the id of the answer; `message` for a message, null where none is answered. */
function read(value: unknown): 'message' | null | [code: number, id: unknown] {
  const reading = readMessage(typeof value === 'string' ? value : JSON.stringify(value));
  if ('message' in reading) return 'message';
  expect(reading.problem).toBeTruthy();
  if (reading.answer === null) return null;
  expect(reading.answer.jsonrpc).toBe('2.0');
  return [reading.answer.error.code, reading.answer.id];
}

describe('a line from a client', () => {
  it.each<[what: string, value: unknown, expected: ReturnType<typeof read>]>([
    ['a request', { ...base, id: 1, method: 'ping' }, 'message'],
    ['a request with a text as id', { ...base, id: 'x', method: 'ping', params: {} }, 'message'],
    ['a notification', { ...base, method: 'notifications/x' }, 'message'],
    ['an answer', { ...base, id: 1, result: {} }, 'message'],
    ['an error', { ...base, id: 1, error: { code: 1, message: 'x' } }, 'message'],
    ['no JSON', '{', [ParseError, null]],
    ['an empty line', '', [ParseError, null]],
    ['a list', [{ ...base, id: 1, method: 'ping' }], [InvalidRequest, null]],
    ['a text', '"x"', [InvalidRequest, null]],
    ['null', 'null', [InvalidRequest, null]],
    // An answer to an answer would be taken for one to another request.
    ['a malformed answer', { ...base, id: 1, result: 5 }, null],
    ['a malformed error', { ...base, id: 1, error: 'x' }, null],
    ['another version', { jsonrpc: '1.0', id: 1, method: 'ping' }, [InvalidRequest, 1]],
    ['no version', { id: 1, method: 'ping' }, [InvalidRequest, 1]],
    ['no method', { ...base, id: 1 }, [InvalidRequest, 1]],
    ['a method that is no text', { ...base, id: 1, method: 5 }, [InvalidRequest, 1]],
    ['a method and a result', { ...base, id: 1, method: 5, result: {} }, [InvalidRequest, 1]],
    ['null as id', { ...base, id: null, method: 'ping' }, [InvalidRequest, null]],
    ['a fraction as id', { ...base, id: 1.5, method: 'ping' }, [InvalidRequest, 1.5]],
    [
      'a number as id that is not exact',
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}',
      [InvalidRequest, null],
    ],
    ['the longest id', { ...base, id: 'x'.repeat(256), method: 'ping' }, 'message'],
    ['too long an id', { ...base, id: 'x'.repeat(257), method: 'ping' }, [InvalidRequest, null]],
    [
      'too long an id of an answer, which is dropped later',
      { ...base, id: 'x'.repeat(257), result: {} },
      'message',
    ],
    ['a list as params', { ...base, id: 1, method: 'ping', params: [] }, [InvalidParams, 1]],
    ['a list as params of a notification', { ...base, method: 'x', params: [] }, null],
    ['bad metadata', { ...base, id: 1, method: 'x', params: { _meta: 5 } }, [InvalidParams, 1]],
    ['an unknown member', { ...base, id: 1, method: 'x', more: 1 }, [InvalidRequest, 1]],
    [
      'the longest token',
      { ...base, id: 1, method: 'x', params: { _meta: { progressToken: 'x'.repeat(256) } } },
      'message',
    ],
    [
      'too long a token',
      { ...base, id: 1, method: 'x', params: { _meta: { progressToken: 'x'.repeat(257) } } },
      [InvalidParams, 1],
    ],
    [
      'too long a token of a notification',
      { ...base, method: 'x', params: { _meta: { progressToken: 'x'.repeat(257) } } },
      null,
    ],
  ])('%s', (_, value, expected) => {
    expect(read(value)).toEqual(expected);
  });
});

it.each<[unknown, boolean]>([
  [0, true],
  [-1, true],
  [1.5, true],
  [2 ** 53 - 1, true],
  [-(2 ** 53 - 1), true],
  [2 ** 53, false],
  [Number.NaN, false],
  ['', true],
  ['x'.repeat(256), true],
  ['x'.repeat(257), false],
  [null, false],
  [undefined, false],
  [true, false],
  [{}, false],
])('isId(%.20j): %s', (value, expected) => {
  expect(isId(value)).toBe(expected);
});

it('what is too large is answered with its id', () => {
  expect(tooLarge('is large', 7)).toMatchObject({ jsonrpc: '2.0', id: 7, error: { code: InvalidRequest } });
  expect(tooLarge('is large', null).id).toBeNull();
});

describe('what goes out', () => {
  function tame(error: { code: number; message: string; data?: unknown }) {
    const log: string[] = [];
    const message = tamed({ jsonrpc: '2.0', id: 1, error } as JSONRPCMessage, (line) => log.push(line));
    return { error: (message as { error?: unknown }).error, log };
  }

  it('is as it was, unless it is an error', () => {
    const message = { jsonrpc: '2.0', id: 1, result: { error: 'x' } } as JSONRPCMessage;
    expect(tamed(message, () => expect.fail('logged'))).toBe(message);
  });

  it('is an error cut short, without data', () => {
    const { error, log } = tame({ code: MethodNotFound, message: 'x'.repeat(1001), data: 'secret' });
    expect(error).toEqual({ code: MethodNotFound, message: 'x'.repeat(1000) });
    expect(log).toEqual([]);
  });

  it('is an error with the data that clients go by, cut short', () => {
    const data = { supported: ['2026-07-28'], requested: 'x'.repeat(5000) };
    const { error } = tame({ code: -32022, message: 'no', data });
    expect(error).toEqual({
      code: -32022,
      message: 'no',
      data: { supported: ['2026-07-28'], requested: 'x'.repeat(1000) },
    });
  });

  it('is the first problem with params, as the place and what zod says', () => {
    const issues = [
      { path: ['params', 0, 'name'], message: 'Required' },
      { path: [], message: 'other' },
    ];
    const { error, log } = tame({ code: InternalError, message: JSON.stringify(issues) });
    expect(error).toEqual({ code: InvalidParams, message: 'params.0.name: Required' });
    expect(log).toEqual([]);
    const named = tame({ code: InternalError, message: `ZodError: ${JSON.stringify(issues)}` });
    expect(named).toEqual({ error, log });
    const long = tame({
      code: InternalError,
      message: JSON.stringify([{ path: ['a'.repeat(2000)], message: '' }]),
    });
    expect((long.error as { message: string }).message).toHaveLength(1000);
  });

  it.each(['secret at /srv\n  at line 1', '[secret', '[]', '["secret"]', '{"path": ["secret"]}'])(
    'is nothing of another fault, which only the log has: %j',
    (message) => {
      const { error, log } = tame({ code: InternalError, message });
      expect(error).toMatchObject({ code: InternalError });
      expect((error as { message: string }).message).not.toContain('secret');
      expect(log).toHaveLength(1);
      expect(log[0]).not.toContain('\n');
      expect(log[0]).toContain(message.split('\n')[0]);
    },
  );
});
