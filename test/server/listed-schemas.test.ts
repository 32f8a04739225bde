import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { listedInput, listedOutput } from '../../src/server/listed-schemas.ts';
import { listTools } from '../../src/server/server.ts';
import { TOOLS } from '../../src/server/tools.ts';
import { gateOf } from '../policy/policies.ts';

const dirs = (count: number) => Array.from({ length: count }, () => ({})) as never;
const ONE = [{ addonsDirs: dirs(1) }];
const SEVERAL = [{ addonsDirs: dirs(2) }, { addonsDirs: dirs(1) }];

describe('tools/list', () => {
  const tokens = (value: unknown) => encode(JSON.stringify(value)).length;
  it.each([
    ['one instance with one addons directory', ONE],
    ['several instances', SEVERAL],
  ])('stays in its budget of tokens for %s', (_, instances) => {
    const tools = listTools(gateOf(null, { configured: null }), instances);
    expect(tokens(tools)).toBeLessThanOrEqual(5000);
    const inputs = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
    expect(tokens(inputs)).toBeLessThanOrEqual(2700);
    // Those who let agents clone and update pay for those tools besides.
    const sourced = listTools(gateOf(null, { configured: { oca: {}, ee: {}, odoo: null } }), instances);
    expect(tokens(sourced)).toBeLessThanOrEqual(7600);
    const all = listTools(gateOf(null), instances);
    expect(tokens(all)).toBeLessThanOrEqual(9200);
  });
});

describe('the arguments that are listed', () => {
  it.each([
    [ONE, ['instance', 'branch', 'instances', 'target_dir']],
    [[{ addonsDirs: dirs(2) }], ['instance', 'branch', 'instances']],
    [SEVERAL, []],
    [[], []],
  ])('leave out what the configuration leaves no choice about: row %#', (instances, fixed) => {
    for (const tool of TOOLS) {
      const all = Object.keys(listedInput(tool, SEVERAL).properties as object);
      const { properties, additionalProperties } = listedInput(tool, instances);
      const missing = fixed.filter((name) => all.includes(name));
      expect(Object.keys(properties as object)).toEqual(all.filter((name) => !missing.includes(name)));
      // What is not listed is accepted all the same, so a client must not refuse it.
      expect(additionalProperties).toBe(missing.length === 0 ? false : undefined);
    }
  });

  it('have no bounds, but all that is required', () => {
    for (const tool of TOOLS) {
      expect(JSON.stringify(listedInput(tool, SEVERAL))).not.toMatch(
        /"(?:minimum|maximum|maxLength|minItems|maxItems)"/,
      );
    }
    const required = TOOLS.map((tool) => listedInput(tool, ONE).required);
    expect(required).toEqual([
      ['module'],
      ['modules'],
      ['modules'],
      ['modules'],
      undefined,
      ['module'],
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      ['modules'],
      ['modules'],
    ]);
  });
});

describe('the answers that are listed', () => {
  it.each(TOOLS)('$name: have every field of a report, by its name', (tool) => {
    const rows = (schema: unknown): string[] => {
      const { items, propertyNames } = schema as { items?: unknown; propertyNames?: { enum: string[] } };
      return items === undefined ? (propertyNames?.enum ?? []) : rows(items);
    };
    const [report] = listedOutput(tool).anyOf as [unknown];
    const { properties } = report as { properties: Record<string, object> };
    expect(Object.keys(properties)).toEqual(Object.keys(tool.report.shape));
    expect(Object.values(properties).flatMap(rows).length).toBeGreaterThan(0);
  });

  it.each(TOOLS)('$name: have no schema that says nothing', (tool) => {
    expect(JSON.stringify(listedOutput(tool))).not.toContain('{}');
  });
});
