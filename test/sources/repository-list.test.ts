import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseRepositoryList } from '../../src/sources/repository-list.ts';

const LIST = `account-analytic:
  branches:
    - "6.1"
    - "16.0"
    - "17.0"
  category: Account
  default_branch: "18.0"
  name: Odoo account analytic related addons
  psc: accounting-maintainers
openupgradelib:
  branches: []
  category: Openupgradelib
  default_branch: master
# A comment
oca.recipe.odoo:
  default_branch: "17.0"
  rulesets:
    - "17.0"
  branches:
  - '17.0'
  - 18.0 # without quotes
  - saas-17.1
`;

it('reads repositories and the series of their branches, as a reader of YAML does', () => {
  const read = Object.fromEntries(parseRepositoryList(LIST));
  expect(read).toEqual({
    'account-analytic': ['16.0', '17.0'],
    openupgradelib: [],
    'oca.recipe.odoo': ['17.0', '18.0'],
  });
  expect(Object.keys(read)).toEqual(Object.keys(parse(LIST)));
});

it('reads lines that end as on Windows', () => {
  expect(parseRepositoryList(LIST.replaceAll('\n', '\r\n'))).toEqual(parseRepositoryList(LIST));
});

it.each([
  ['a flow of brackets', '['.repeat(300_000)],
  ['a flow of braces', '{a: '.repeat(100_000)],
  ['a hundred thousand keys', Array.from({ length: 100_000 }, (_, at) => `k${at}: 1`).join('\n')],
  ['one long line', `web:${' '.repeat(1_000_000)}`],
  ['anchors and aliases', 'a: &a [x]\nb: *a\nweb: &w\n  branches: *a\n'],
  ['a tag', 'web: !!js/function\n  branches:\n    - "17.0"\n'],
  ['names that are none', '../x:\n  branches:\n    - "17.0"\n.git:\n  branches:\n    - "17.0"\n'],
  ['a list that belongs to nothing', '  branches:\n    - "17.0"\n'],
])('takes nothing of %s', (_, text) => {
  expect([...parseRepositoryList(text)]).toEqual([]);
});

it('takes from a list no more than twenty thousand lines', () => {
  const many = Array.from({ length: 30_000 }, (_, at) => `r${at}:\n`).join('');
  expect(parseRepositoryList(many).size).toBeLessThanOrEqual(20_000);
});
