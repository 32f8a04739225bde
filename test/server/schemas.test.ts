import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { lean } from '../../src/base/lean.ts';
import { pointer, validate } from '../../src/base/validate.ts';
import { inputOf, leanSchema, outputOf, toJsonSchema } from '../../src/server/schemas.ts';
import { TOOL_NAMES, type ToolName, toolEntry } from '../../src/tool-table.ts';

/** The pointers of what is wrong with arguments. */
function wrong(tool: ToolName, args: unknown): string[] {
  const checked = validate(inputOf(tool), args);
  return checked.ok ? [] : checked.refusal.map(({ path }) => pointer(path));
}

describe('the arguments of a tool', () => {
  it.each(TOOL_NAMES)('%s: as its table has them, with what is required', (tool) => {
    const { properties, required, additionalProperties } = toJsonSchema(inputOf(tool), 'input') as never;
    const args = Object.entries(toolEntry(tool).args);
    expect(Object.keys(properties)).toEqual(args.map(([name]) => name));
    expect(required ?? []).toEqual(args.filter(([, each]) => each.required).map(([name]) => name));
    expect(additionalProperties).toBe(false);
    for (const [name, { description }] of args) expect(properties[name]).toMatchObject({ description });
    expect(wrong(tool, { surprise: 1 })).toContain('/surprise');
  });

  it('have their defaults', () => {
    expect(inputOf('oca_link').parse({ module: 'a' })).toEqual({
      module: 'a',
      with_dependencies: true,
      replace: false,
      allow_uninstallable: false,
      dry_run: false,
      fetch: false,
      refresh: false,
    });
    expect(inputOf('addon_search').parse({})).toEqual({ limit: 25 });
  });

  it.each<[ToolName, what: string, args: object, pointers: string[]]>([
    ['oca_link', 'one or several', { module: 'a' }, []],
    ['oca_link', 'one or several', { module: ['a', 'b'] }, []],
    ['oca_link', 'at least one', { module: [] }, ['/module']],
    ['oca_link', 'at most 500', { module: Array(501).fill('a') }, ['/module']],
    ['oca_link', 'at most 500', { module: Array(500).fill('a') }, []],
    ['oca_link', 'texts', { module: [1] }, ['/module/0']],
    ['oca_link', 'required', {}, ['/module']],
    ['ee_link', 'several alone', { modules: 'a' }, ['/modules']],
    ['ee_link', 'several alone', { modules: ['a'] }, []],
    ['addon_search', 'a word of a list', { family: 'oca' }, []],
    ['addon_search', 'a word of a list', { family: 'other' }, ['/family']],
    ['addon_search', 'a flag', { installable: 'yes' }, ['/installable']],
    ['addon_search', 'a text of at most 256 characters', { query: 'x'.repeat(256) }, []],
    ['addon_search', 'a text of at most 256 characters', { query: 'x'.repeat(257) }, ['/query']],
    ['addon_search', 'a number from 1', { limit: 0 }, ['/limit']],
    ['addon_search', 'a number up to 100', { limit: 100 }, []],
    ['addon_search', 'a number up to 100', { limit: 101 }, ['/limit']],
    ['addon_search', 'a whole number', { limit: 1.5 }, ['/limit']],
    ['addon_info', 'a text of any length', { module: 'x'.repeat(10_000) }, []],
  ])('%s: %s', (tool, _, args, pointers) => {
    expect(wrong(tool, args)).toEqual(pointers);
  });
});

describe('a report without what is empty', () => {
  const schema = z.strictObject({
    name: z.string(),
    repo: z.string().nullable(),
    names: z.array(z.string()),
    either: z.union([z.boolean(), z.array(z.string())]),
    needs: z.strictObject({ python: z.array(z.string()), bin: z.array(z.string()) }),
    rows: z.array(z.strictObject({ path: z.string().nullable(), line: z.int() })),
    place: z.strictObject({ path: z.string() }).nullable(),
    own: z.string().exactOptional(),
  });
  const filled = {
    name: 'a',
    repo: 'r',
    names: ['b'],
    either: false,
    needs: { python: ['p'], bin: [] },
    rows: [{ path: null, line: 0 }],
    place: { path: '/x' },
  };
  const empty = {
    name: '',
    repo: null,
    names: [],
    either: [],
    needs: { python: [], bin: [] },
    rows: [],
    place: null,
  };

  it.each([filled, empty])('is valid by its own schema: row %#', (report) => {
    expect(schema.safeParse(report).success).toBe(true);
    expect(leanSchema(schema).safeParse(lean(report)).success).toBe(true);
  });

  it('has nothing that is null, and all that cannot be empty', () => {
    const is = (value: object) => leanSchema(schema).safeParse({ name: '', ...value }).success;
    expect([is({}), is({ repo: null }), is({ place: { path: null } }), is({ more: 1 })]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(leanSchema(schema).safeParse({}).success).toBe(false);
    expect([is({ rows: [{}] }), is({ rows: [{ line: 1 }] })]).toEqual([false, true]);
  });
});

describe('a field that may be missing and holds what may be empty', () => {
  it('may hold that without it', () => {
    const place = z.strictObject({ path: z.string().nullable(), names: z.array(z.string()) });
    for (const other of [place.exactOptional(), place.optional(), place.nullable()]) {
      const schema = leanSchema(z.strictObject({ other }));
      for (const told of [{}, { other: {} }, { other: { path: '/a' } }]) {
        expect(schema.safeParse(told).success).toBe(true);
      }
      expect(schema.safeParse({ other: { path: null } }).success).toBe(false);
    }
  });
});

describe('an answer', () => {
  const limit = { counter: 'c', limit: 10, remaining: 9, reset_ms: 60_000 };
  const left_out = [{ what: '/links', items: 3 }];
  const refused = { status: 'refused', code: 'busy', message: 'Wait.' };
  const output = outputOf(z.strictObject({ status: z.literal('ok'), value: z.int() }));

  it.each<[what: string, answer: object, isValid: boolean]>([
    ['a report', { status: 'ok', value: 1 }, true],
    [
      'a report with its limit and what is left out',
      { status: 'ok', value: 1, limit, left_out, more: 'm' },
      true,
    ],
    ['a report that says that it has no limit', { status: 'ok', value: 1, limit: null }, false],
    ['a report with more', { status: 'ok', value: 1, others: 1 }, false],
    ['a refusal', refused, true],
    [
      'a refusal with what goes with it',
      { ...refused, module: 'a', hint: 'h', retry_after_ms: 5, details: {}, left_out, more: 'm' },
      true,
    ],
    [
      'a denial',
      { ...refused, code: 'rate_limited', rule: '/x', reason: 'r', policy: 'p', limit: 10, remaining: 0 },
      true,
    ],
    ['a refusal of an unknown code', { ...refused, code: 'other' }, false],
    ['a refusal without a message', { status: 'refused', code: 'busy' }, false],
  ])('%s', (_, answer, isValid) => {
    expect(output.safeParse(answer).success).toBe(isValid);
  });

  it('is an object to its clients, whichever of two it is', () => {
    const json = toJsonSchema(output, 'output');
    expect(json).toMatchObject({ type: 'object', anyOf: [{ type: 'object' }, { type: 'object' }] });
    expect(json).not.toHaveProperty('$schema');
  });
});
