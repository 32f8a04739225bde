import { describe, expect, it } from 'vitest';
import type { DecisionEntry } from '../../src/audit/record.ts';
import { ok, type Result } from '../../src/base/refusal.ts';
import { validate } from '../../src/base/validate.ts';
import { runTool } from '../../src/server/call-tool.ts';
import { readArguments } from '../../src/server/read-arguments.ts';
import { inputOf } from '../../src/server/schemas.ts';
import { TOOLS } from '../../src/server/tools.ts';
import type { Argument } from '../../src/tool-arguments.ts';
import { TOOL_NAMES, type ToolName, toolEntry } from '../../src/tool-table.ts';
import { makeInstance } from '../support/instance.ts';
import fc from '../support/property.ts';
import { createWorld } from '../support/world.ts';
import { partsFor } from './connected.ts';

function read(tool: ToolName, sent: unknown): unknown {
  const result = readArguments(tool, sent);
  if (!result.ok) throw new Error(result.refusal.message);
  return result.value;
}

/** What the schema says of arguments once they are read. */
function wrong(tool: ToolName, sent: unknown): string[] {
  const checked = validate(inputOf(tool), read(tool, sent));
  return checked.ok ? [] : checked.refusal.map(({ path, message }) => `${path.join('/')} ${message}`);
}

describe('what is read as something else', () => {
  it.each<[ToolName, what: string, sent: unknown, meant: unknown]>([
    ['addon_search', 'null for all arguments', null, {}],
    ['addon_search', 'null and "" for optional arguments', { query: '', repo: null, limit: '' }, {}],
    ['oca_link', 'null beside what is required', { module: 'a', dry_run: null }, { module: 'a' }],
    ['ee_link', 'one text for a list', { modules: 'a' }, { modules: ['a'] }],
    ['link_status', 'one text for a list', { instances: 'prod' }, { instances: ['prod'] }],
    ['ee_link', 'a list as JSON', { modules: '["a","b"]' }, { modules: ['a', 'b'] }],
    ['oca_link', 'a list as JSON', { module: ' ["a", "b"]\n' }, { module: ['a', 'b'] }],
    ['oca_link', 'an escaped list', { module: '["\\u0061"]' }, { module: ['a'] }],
    ['ee_link', 'an empty list as JSON', { modules: '[]' }, { modules: [] }],
    ['oca_link', 'true', { module: 'a', dry_run: 'true' }, { module: 'a', dry_run: true }],
    ['addon_search', 'false', { installable: 'false' }, { installable: false }],
    ['addon_search', 'a number', { limit: '25' }, { limit: 25 }],
    ['addon_search', 'zero', { limit: '0' }, { limit: 0 }],
    ['oca_link', 'another spelling', { modules: ['a'] }, { module: ['a'] }],
    ['ee_link', 'another spelling', { module: 'a' }, { modules: ['a'] }],
    ['oca_unlink', 'another spelling', { module: '["a"]' }, { modules: ['a'] }],
    ['addon_info', 'another spelling', { modules: 'a' }, { module: 'a' }],
    ['oca_link', 'the spelling that is not null', { module: null, modules: 'a' }, { module: 'a' }],
    ['ee_link', 'the spelling that is not empty', { modules: ['a'], module: '' }, { modules: ['a'] }],
  ])('%s: %s: %j', (tool, _, sent, meant) => {
    expect(read(tool, sent)).toEqual(meant);
  });
});

describe('what stays as it is, for the schema to refuse', () => {
  it.each<[ToolName, sent: unknown, message: string]>([
    ['oca_link', { module: null }, 'module must be a string or an array.'],
    ['oca_link', { modules: null }, 'module must be a string or an array.'],
    ['ee_link', { modules: null }, 'modules must be an array.'],
    ['ee_link', { modules: '["a", ["b"]]' }, 'modules must be an array.'],
    ['ee_link', { modules: '["a", 5]' }, 'modules must be an array.'],
    ['ee_link', { modules: '["a", "b"' }, 'modules must be an array.'],
    ['ee_link', { modules: '[a, b]' }, 'modules must be an array.'],
    ['ee_link', { modules: '[]' }, 'modules must not be empty.'],
    ['ee_link', { modules: { 0: 'a', length: 1 } }, 'modules must be an array.'],
    ['addon_search', { limit: '1e3' }, 'limit must be a number.'],
    ['addon_search', { limit: '0x10' }, 'limit must be a number.'],
    ['addon_search', { limit: 'NaN' }, 'limit must be a number.'],
    ['addon_search', { limit: '25.0' }, 'limit must be a number.'],
    ['addon_search', { limit: '025' }, 'limit must be a number.'],
    ['addon_search', { limit: '-1' }, 'limit must be a number.'],
    ['addon_search', { limit: ' 25 ' }, 'limit must be a number.'],
    ['addon_search', { limit: '٢٥' }, 'limit must be a number.'],
    ['addon_search', { limit: '9'.repeat(16) }, 'limit must be a number.'],
    ['addon_search', { limit: '101' }, 'limit must be at most 100.'],
    ['addon_search', { installable: ' true ' }, 'installable must be a boolean.'],
    ['addon_search', { installable: 'True' }, 'installable must be a boolean.'],
    ['addon_search', { installable: '1' }, 'installable must be a boolean.'],
    ['addon_search', { installable: 1 }, 'installable must be a boolean.'],
    ['addon_search', { constructor: 'true' }, 'constructor is not known here.'],
    ['addon_search', { serach: null }, 'serach is not known here.'],
    ['addon_search', { modules: 'a' }, 'modules is not known here.'],
    ['addon_search', { querry: 'a' }, 'Did you mean "query"?'],
    ['addon_search', JSON.parse('{"__proto__": {"query": "a"}}'), '__proto__ is not known here.'],
    ['addon_search', JSON.parse('{"__proto__": null, "limit": "5"}'), '__proto__ is not known here.'],
    ['addon_search', '{"query": "a"}', 'must be an object.'],
    ['addon_search', ['a'], 'must be an object.'],
  ])('%s: %j: %s', (tool, sent, message) => {
    expect(wrong(tool, sent).join(' ')).toContain(message);
  });

  it('a text of any length and depth', () => {
    const names = JSON.stringify(Array(100_000).fill('a'));
    expect(wrong('ee_link', { modules: names })).toEqual(['modules must have at most 500 elements.']);
    for (const deep of ['['.repeat(300_000), '['.repeat(300_000) + ']'.repeat(300_000)])
      expect(wrong('ee_link', { modules: deep })).toEqual(['modules must be an array.']);
  });

  it('a text in a list, even if it is a list itself', () => {
    expect(read('ee_link', { modules: '["[\\"a\\"]"]' })).toEqual({ modules: ['["a"]'] });
    expect(read('ee_link', { modules: ['["a"]', '', 'true'] })).toEqual({ modules: ['["a"]', '', 'true'] });
  });

  it('texts that look like a flag, a number or a list where a text is asked for', () => {
    const args = { query: '["a"]', repo: 'true', cursor: '25' };
    expect(read('addon_search', args)).toBe(args);
  });

  it('what inherits, rather than has, an argument', () => {
    const sent = Object.create({ query: 'a' });
    expect(read('addon_search', sent)).toBe(sent);
  });
});

describe('an argument in both spellings', () => {
  it.each<[ToolName, sent: object, message: string]>([
    ['oca_link', { module: 'a', modules: ['a'] }, 'module and modules are two spellings of one argument'],
    ['ee_link', { module: 'a', modules: 'b' }, 'modules and module are two spellings of one argument'],
  ])('is refused: %s %j', (tool, sent, message) => {
    const result = readArguments(tool, sent);
    expect(result).toMatchObject({ ok: false, refusal: { code: 'invalid_argument' } });
    expect(JSON.stringify(result)).toContain(message);
  });
});

const KINDS = Object.fromEntries(TOOL_NAMES.map((tool) => [tool, Object.entries(toolEntry(tool).args)]));
const anyTool = fc.constantFrom(...TOOL_NAMES);
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);

/** A sound value of an argument, in the form that its schema lists first. */
function soundValue({ kind, list, most = 1000 }: Argument): fc.Arbitrary<unknown> {
  const several = fc.array(name, { minLength: 1, maxLength: Math.min(most, 4) });
  if (list !== undefined) return list === 'always' ? several : fc.oneof(name, several);
  if (typeof kind !== 'string') return fc.constantFrom(...kind);
  if (kind === 'flag') return fc.boolean();
  return kind === 'number' ? fc.integer({ min: 1, max: most }) : name;
}

/** A tool and sound arguments of it, but none of some names. */
function soundCall(tools: readonly ToolName[] = TOOL_NAMES, never: readonly string[] = []) {
  return fc.constantFrom(...tools).chain((tool) => {
    const args = (KINDS[tool] as [string, Argument][]).map(([key, argument]) => {
      const value = soundValue(argument);
      const optional = never.includes(key) ? fc.constant(undefined) : fc.option(value, { nil: undefined });
      return [key, argument.required ? value : optional] as const;
    });
    return fc.record(Object.fromEntries(args)).map((values) => {
      const given = Object.entries(values).filter(([, value]) => value !== undefined);
      return { tool, args: Object.fromEntries(given) };
    });
  });
}

/** Other ways to send the arguments of a call, as clients do. */
function spelled({ tool, args }: { tool: ToolName; args: Record<string, unknown> }) {
  const ways = (KINDS[tool] as [string, Argument][]).map(([key, { also, list, required }]) => {
    const value = args[key];
    const keys = fc.constantFrom(key, ...(also === undefined ? [] : [also]));
    const others: unknown[] = [value];
    if (value === undefined) others.push(...(required ? [] : [null, '']));
    else if (Array.isArray(value)) {
      others.push(JSON.stringify(value), JSON.stringify(value, null, 2));
      if (list === 'always' && value.length === 1) others.push(value[0]);
    } else if (typeof value !== 'string') others.push(String(value));
    return fc.tuple(keys, fc.constantFrom(...others));
  });
  return fc.tuple(...ways).map((entries) => {
    return { tool, args, sent: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
  });
}

/** Whatever a client could send, near to what the tool takes. */
const anySent = anyTool.chain((tool) => {
  const keys = ['module', 'modules', '__proto__', 'other', ...(KINDS[tool] ?? []).map(([key]) => key)];
  const texts = ['', 'true', '25', '[]', '["a"]', '["[\\"a\\"]"]', '[1]', '["', ' [', '1e3', 'a'];
  const value = fc.oneof(fc.constantFrom(...texts), fc.jsonValue({ maxDepth: 2 }));
  const entries = fc.uniqueArray(fc.tuple(fc.constantFrom(...keys), value), { selector: ([key]) => key });
  return fc.record({ tool: fc.constant(tool), sent: fc.oneof(entries.map(Object.fromEntries), value) });
});

describe('for any arguments', () => {
  it('what is right already is the very same', () => {
    const property = fc.property(soundCall(), ({ tool, args }) => {
      expect(validate(inputOf(tool), args).ok).toBe(true);
      expect(read(tool, args)).toBe(args);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('every way to send them is read as the same arguments', () => {
    const property = fc.property(soundCall().chain(spelled), ({ tool, args, sent }) => {
      expect(read(tool, sent)).toEqual(args);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('reading twice changes nothing', () => {
    const property = fc.property(anySent, ({ tool, sent }) => {
      const once = readArguments(tool, sent);
      if (once.ok) expect(read(tool, once.value)).toBe(once.value);
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('nothing is added, and what is sent is not touched', () => {
    const property = fc.property(anySent, ({ tool, sent }) => {
      const before = JSON.stringify(sent);
      const result = readArguments(tool, sent);
      expect(JSON.stringify(sent)).toBe(before);
      if (!result.ok || result.value === sent || sent === null) return;
      const keys = Object.keys(sent as object);
      const other = (key: string) => (key === 'module' ? 'modules' : 'module');
      for (const key of Object.keys(result.value as object))
        expect(keys.includes(key) || keys.includes(other(key))).toBe(true);
    });
    fc.assert(property, { numRuns: 1000 });
  });
});

/** Runs calls under one policy; what each ended with, and what the trail was told. */
function underPolicyOf(ruled: ToolName, rule: Record<string, unknown>) {
  const world = createWorld();
  const parts = partsFor(world, [makeInstance(world)], { [ruled]: rule });
  return async (tool: ToolName, sent: unknown) => {
    const told: DecisionEntry[] = [];
    const decide = async (entry: DecisionEntry): Promise<Result<unknown>> => {
      told.push(entry);
      return ok({ conclude: async () => ok(undefined) });
    };
    const trail = { decide } as never;
    const outcome = await runTool(TOOLS.find((one) => one.name === tool) as never, sent, { ...parts, trail });
    return { outcome, told };
  };
}

describe('policy and trail', () => {
  // Another place would be refused before the policy is asked.
  const linkCall = soundCall(['oca_link', 'ee_link'], ['instance', 'branch', 'target_dir']).chain(spelled);

  it('the verdict on what was sent is the verdict on what it means', async () => {
    const verdicts = new Set<string>();
    const rule = (modules: string) => ({
      deny_if: [{ [modules]: { regex: '^[a-h]' } }, { 'args.replace': { eq: true } }],
    });
    const calls = {
      oca_link: underPolicyOf('oca_link', rule('args.module')),
      ee_link: underPolicyOf('ee_link', rule('args.modules')),
    };
    const property = fc.asyncProperty(linkCall, async ({ tool, args, sent }) => {
      const call = calls[tool as keyof typeof calls];
      const [lenient, strict] = [await call(tool, sent), await call(tool, args)];
      expect(lenient.outcome).toEqual(strict.outcome);
      if (!lenient.outcome.ok) verdicts.add(lenient.outcome.refusal.code);
      expect(lenient.told.map(({ args }) => args)).toEqual(strict.told.map(({ args }) => args));
    });
    await fc.assert(property, { numRuns: 200 });
    expect(verdicts.has('policy_denied') && verdicts.size > 1).toBe(true);
  });

  it('a condition that a text would not meet is met by the list it means', async () => {
    const call = underPolicyOf('ee_link', { deny_if: [{ 'args.modules': { eq: 'secret' } }] });
    for (const sent of [
      { modules: 'secret' },
      { modules: '["sale", "secret"]' },
      { module: 'secret' },
      { module: '["\\u0073ecret"]', dry_run: 'true' },
    ]) {
      expect((await call('ee_link', sent)).outcome).toMatchObject({ refusal: { code: 'policy_denied' } });
    }
    const other = await call('ee_link', { modules: '["other"]' });
    expect(other.outcome).toMatchObject({ refusal: { code: 'source_unavailable' } });
  });

  it('the trail is told both, and what was sent only if it differs', async () => {
    const call = underPolicyOf('ee_link', {});
    const args = { modules: ['a'], with_dependencies: true, replace: false };
    const [read, plain] = [
      await call('ee_link', { modules: 'a' }),
      await call('ee_link', { modules: ['a'] }),
    ];
    expect(read.told).toMatchObject([{ args, sent: { modules: 'a' }, modules: ['a'] }]);
    expect(plain.told).toMatchObject([{ args, modules: ['a'] }]);
    expect(plain.told[0]).not.toHaveProperty('sent');
    const none = await call('ee_link', null);
    expect(none.told).toMatchObject([{ args: {}, sent: null, code: 'invalid_argument' }]);
    const both = await call('ee_link', { modules: 'a', module: 'b' });
    expect(both.told).toMatchObject([{ args: { modules: 'a', module: 'b' }, code: 'invalid_argument' }]);
  });

  it('a dry run is one however it is written: its refusal leaves no line', async () => {
    const call = underPolicyOf('oca_link', {});
    expect((await call('oca_link', { modules: 'a', dry_run: 'true' })).told).toEqual([]);
    expect((await call('oca_link', { modules: 'a', dry_run: 'false' })).told).toHaveLength(1);
  });
});
