import { describe, expect, it } from 'vitest';
import { conditionSchemas } from '../../src/policy/condition-schema.ts';
import { TOOL_NAMES, type ToolName, toolEntry } from '../../src/tool-table.ts';

const schemaOf = conditionSchemas();
const isValid = (tool: ToolName, ...conditions: object[]) => schemaOf(tool).safeParse(conditions).success;
const text = (operators: object) => isValid('oca_link', { 'args.module': operators });
const path = (operators: object) => isValid('oca_link', { 'args.target_dir': operators });
const repo = (operators: object) => isValid('oca_link', { 'args.repo': operators });
const number = (operators: object) => isValid('addon_search', { 'args.limit': operators });
const flag = (operators: object) => isValid('oca_link', { 'args.replace': operators });
const words = (operators: object) => isValid('addon_search', { 'args.family': operators });

describe('a condition', () => {
  it.each(TOOL_NAMES)(
    'of %s may name each of its arguments, the instance and the series, and nothing else',
    (tool) => {
      for (const name of Object.keys(toolEntry(tool).args))
        expect([name, isValid(tool, { [`args.${name}`]: { exists: true } })]).toEqual([name, true]);
      expect(isValid(tool, { instance: { eq: 'x' }, series: { eq: '17.0' } })).toBe(true);
      for (const name of ['args.other', 'args.', 'args', 'module', 'principal'])
        expect([name, isValid(tool, { [name]: { exists: true } })]).toEqual([name, false]);
    },
  );

  it('names something, and is one of a list that is not empty', () => {
    expect([
      isValid('oca_link'),
      isValid('oca_link', {}),
      schemaOf('oca_link').safeParse({}).success,
    ]).toEqual([false, false, false]);
    const both = [{ 'args.module': { eq: 'x' } }, { instance: { eq: 'x' } }];
    expect([isValid('oca_link', ...both), isValid('oca_link', ...both, {})]).toEqual([true, false]);
  });

  it('is told once what is wrong: an unknown key is not also an empty condition', () => {
    const issues = (condition: object) => schemaOf('oca_link').safeParse([condition]).error?.issues.length;
    expect([
      issues({}),
      issues({ other: 1 }),
      issues({ 'args.module': {} }),
      issues({ 'args.module': { no: 1 } }),
    ]).toEqual([1, 1, 1, 1]);
  });
});

describe('the operators', () => {
  it.each<[string, (operators: object) => boolean, object, boolean]>([
    ['a text', text, {}, false],
    ['a text', text, { eq: 'x' }, true],
    ['a text', text, { eq: '' }, true],
    ['a text', text, { eq: 1 }, false],
    ['a text', text, { neq: 'x' }, true],
    ['a text', text, { in: ['x', 'y'] }, true],
    ['a text', text, { in: [] }, false],
    ['a text', text, { in: 'x' }, false],
    ['a text', text, { in: [1] }, false],
    ['a text', text, { not_in: ['x'] }, true],
    ['a text', text, { not_in: [] }, false],
    ['a text', text, { contains: 'x' }, true],
    ['a text', text, { contains: '' }, false],
    ['a text', text, { regex: '^x$' }, true],
    ['a text', text, { regex: '' }, false],
    ['a text', text, { regex: '(' }, false],
    ['a text', text, { regex: '(?=x)' }, false],
    ['a text', text, { regex: 'x'.repeat(900) }, true],
    ['a text', text, { regex: `[${'a'.repeat(998)}]` }, true],
    ['a text', text, { regex: `[${'a'.repeat(999)}]` }, false],
    ['a text', text, { regex: '(x{1000}){9}' }, false],
    ['a text', text, { lt: 1 }, false],
    ['a text', text, { other: 'x' }, false],
    ['a text', text, { eq: 'x', regex: 'y', contains: 'z' }, true],
    ['whether there is a text', text, { exists: true }, true],
    ['whether there is a text', text, { exists: false }, true],
    ['whether there is a text', text, { exists: 'no' }, false],
    ['whether there is a text', text, { exists: true, eq: 'x' }, true],
    ['whether there is a text', text, { exists: false, eq: 'x' }, false],
    ['a path', path, { eq: '/srv/x' }, true],
    ['a path', path, { eq: '/' }, true],
    ['a path', path, { eq: '/srv/x/' }, false],
    ['a path', path, { eq: '/srv//x' }, false],
    ['a path', path, { eq: '/srv/../x' }, false],
    ['a path', path, { eq: 'srv/x' }, false],
    ['a path', path, { in: ['/srv/x', 'x'] }, false],
    ['a path', path, { regex: '^/srv' }, true],
    ['a path', path, { contains: 'srv' }, true],
    ['a repository', repo, { eq: 'web' }, true],
    ['a repository', repo, { eq: 'OCA/web' }, false],
    ['a repository', repo, { eq: '/web' }, false],
    ['a repository', repo, { eq: '' }, false],
    ['a repository', repo, { contains: 'OCA/' }, true],
    ['a number', number, { eq: 1 }, true],
    ['a number', number, { eq: '1' }, false],
    ['a number', number, { lt: 1, lte: 1, gt: 1, gte: 1 }, true],
    ['a number', number, { lt: '1' }, false],
    ['a number', number, { regex: '1' }, false],
    ['a number', number, { contains: '1' }, false],
    ['yes or no', flag, { eq: true }, true],
    ['yes or no', flag, { in: [true, false] }, true],
    ['yes or no', flag, { eq: 'true' }, false],
    ['yes or no', flag, { lt: 1 }, false],
    ['yes or no', flag, { regex: 'true' }, false],
    ['a word of a list', words, { eq: 'oca' }, true],
    ['a word of a list', words, { eq: 'other' }, false],
    ['a word of a list', words, { not_in: ['oca', 'other'] }, false],
    ['a word of a list', words, { regex: '^o' }, true],
    ['a word of a list', words, { contains: 'o' }, true],
  ])('for %s', (_, judge, operators, expected) => {
    expect([operators, judge(operators)]).toEqual([operators, expected]);
  });

  it('are those of a series, and of the name of an instance', () => {
    const of = (condition: object) => isValid('link_status', condition);
    expect([
      of({ series: { eq: '17.0' } }),
      of({ series: { eq: '17' } }),
      of({ series: { contains: '17' } }),
    ]).toEqual([true, false, true]);
    expect([of({ instance: { eq: '17' } }), of({ instance: { lt: 1 } })]).toEqual([true, false]);
  });
});
