import { expect, it } from 'vitest';
import * as z from 'zod';
import { ok } from '../../src/base/refusal.ts';
import { defineTool } from '../../src/server/tool.ts';

/** A tool whose report has one field, and how often its schema was looked at. */
function define() {
  let looks = 0;
  const output = new Proxy(z.strictObject({ status: z.literal('ok'), rows: z.array(z.string()) }), {
    get(target, key, receiver) {
      looks++;
      return Reflect.get(target, key, receiver);
    },
  });
  const run = async () => ok({ status: 'ok' as const });
  const tool = defineTool('addon_search', { description: '', output, run, describe: () => '', more: '' });
  return { tool, looks: () => looks };
}

it('makes the schemas of a tool when they are asked for, and each once: the start does not wait for them', () => {
  const { tool, looks } = define();
  expect(looks()).toBe(0);
  const { report, output, input } = tool;
  expect(looks()).toBeGreaterThan(0);
  const after = looks();
  expect([tool.report, tool.output, tool.input]).toEqual([report, output, input]);
  expect(tool.report).toBe(report);
  expect(tool.output).toBe(output);
  expect(tool.input).toBe(input);
  expect(looks()).toBe(after);
});

it('has the report with what may be left out, the answer that may be a refusal, and the arguments', () => {
  const { tool } = define();
  expect(tool.report.safeParse({ status: 'ok' }).success).toBe(true);
  expect(tool.report.safeParse({ status: 'refused' }).success).toBe(false);
  expect(tool.output.safeParse({ status: 'refused', code: 'busy', message: 'x' }).success).toBe(true);
  expect(tool.input.safeParse({ limit: 5 }).success).toBe(true);
  expect(tool).toMatchObject({ name: 'addon_search', annotations: { readOnlyHint: true } });
});
