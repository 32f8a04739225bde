import { expect, it, vi } from 'vitest';
import { ok } from '../../../src/base/refusal.ts';
import type { OdooClient } from '../../../src/odoo/odoo-client.ts';
import type { OperationStep } from '../../../src/odoo/operation-plan.ts';
import { whileWatched } from '../../../src/services/odoo/while-watched.ts';

const step = (module: string, action: OperationStep['action'] = 'install'): OperationStep => {
  return { module, action, why: 'named', from: null, to: null };
};
const PLAN = {
  database: 'prod',
  restarts: false,
  operation: [step('old', 'cancel'), step('a'), step('b')],
  code: [],
};

it('tells every five seconds how long it takes and what is done, with one question at a time', async () => {
  vi.useFakeTimers();
  try {
    const told: unknown[] = [];
    const asked: unknown[] = [];
    let answer = (_states: string[]): void => {};
    const modules = (names: readonly string[]) => {
      asked.push(names);
      return new Promise((resolve) => {
        answer = (states) => resolve(ok(states.map((state, at) => ({ name: names[at], state }))));
      });
    };
    const client = { modules } as unknown as OdooClient;
    const context = { onProgress: (...parts: unknown[]) => told.push(parts) };
    let end = (_value: string): void => {};
    const task = () => new Promise<string>((resolve) => (end = resolve));
    const watched = whileWatched(PLAN, { client, context: context as never }, 900_000, task);
    await vi.advanceTimersByTimeAsync(10_000);
    // The first question is still open.
    expect(asked).toEqual([['a', 'b']]);
    answer(['installed', 'to install']);
    await vi.advanceTimersByTimeAsync(5000);
    expect(asked).toHaveLength(2);
    expect(told.map((one) => (one as unknown[]).slice(1))).toEqual([
      [900, 'Odoo is at work'],
      [900, 'Odoo is at work'],
      [900, '1 of 2 modules done'],
    ]);
    end('done');
    answer([]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(await watched).toBe('done');
    await vi.advanceTimersByTimeAsync(60_000);
    expect([told.length, asked.length]).toEqual([3, 2]);
  } finally {
    vi.useRealTimers();
  }
});

it('goes on where the question fails', async () => {
  vi.useFakeTimers();
  try {
    const modules = async () => {
      throw new Error('no answer');
    };
    const client = { modules } as unknown as OdooClient;
    const context = { onProgress: () => {} };
    const task = async () => {
      await vi.advanceTimersByTimeAsync(5000);
      return 'done';
    };
    expect(await whileWatched(PLAN, { client, context: context as never }, 900_000, task)).toBe('done');
  } finally {
    vi.useRealTimers();
  }
});

it('asks nothing where nobody is told', async () => {
  const client = {} as OdooClient;
  expect(await whileWatched(PLAN, { client, context: {} as never }, 1, async () => 'done')).toBe('done');
});
