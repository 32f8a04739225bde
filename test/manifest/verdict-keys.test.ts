import { describe, it } from 'vitest';
import { checkKey, checkText, type Row, withReadme } from './verdict-rows.ts';

/**
 * What each series does with each key, form by form: 14.0, 15.0, 16.0, 17.0, 18.0, 19.0. Each table names the function of
 * Odoo that decides; MODULE is odoo/modules/module.py, IR_MODULE odoo/addons/base/models/ir_module.py.
 */
function table(title: string, key: string, rows: readonly Row[]): void {
  describe(`${key}: ${title}`, () => {
    it.each(rows)(`${key}: %s: %s`, (form, verdicts) => checkKey(`'${key}': ${form}`, verdicts));
  });
}

const HUGE = `0x1${'0'.repeat(4000)}`;
const HIDES_UNTIL_19 = 'inv inv inv inv inv brk';

/** A text that is stored in a translated field: JSON from 16.0 on, in which two halves are a character. */
const PAIR_IN_JSON = 'brk brk ok ok ok ok';

const CHAR: Row[] = [
  ["'text'", 'ok'],
  ["''", 'ok'],
  ['None', 'ok'],
  ['False', 'ok'],
  ['True', 'ok'],
  ['0', 'ok'],
  ['1', 'ok'],
  ['1.5', 'ok'],
  ['1e999', 'ok'],
  ['1+2j', 'ok'],
  ['...', 'ok'],
  ['()', 'ok'],
  ["('a', 1)", 'ok'],
  ["{'a': ['b']}", 'ok'],
  ["{'a', b'b'}", 'ok'],
  ["b'text'", 'ok'],
  ["b'\\xc3\\xa9'", 'ok'],
  ["b'\\xe9'", 'brk'],
  ["b'a\\x00'", 'brk'],
  ["'a\\0'", 'brk'],
  ["'\\ud83d'", 'brk'],
  ["'\\ude00\\ud83d'", 'brk'],
  // `str()` of a list has the `repr()` of its elements, which escapes what the database cannot store.
  ["['a\\0', '\\ud83d', b'\\xe9']", 'ok'],
  ["[['a\\0']]", 'ok'],
  ["{'\\ud83d\\ude00': 1}", 'ok'],
  [HUGE, 'brk'],
  [`[(1, {'a': ${HUGE}})]`, 'brk'],
  ['2 ** 3', 'inv'],
  ["'😀'", 'ok'],
];

for (const key of ['name', 'summary'])
  table('Char.convert_to_column, then Json (odoo/fields.py)', key, [
    ...CHAR,
    ["'\\ud83d\\ude00'", PAIR_IN_JSON],
  ]);
for (const key of ['author', 'maintainer', 'website', 'live_test_url', 'url'])
  table('Char.convert_to_column (odoo/fields.py)', key, [...CHAR, ["'\\ud83d\\ude00'", 'brk']]);

describe('url: get_values_from_terp takes live_test_url only where there is none (IR_MODULE)', () => {
  const rows: Row[] = [
    ["'url': 'x', 'live_test_url': 'a\\0'", 'ok'],
    ["'url': '', 'live_test_url': 'a\\0'", 'brk'],
    ["'url': 'a\\0', 'live_test_url': 'x'", 'brk'],
  ];
  it.each(rows)('%s: %s', (form, verdicts) => checkKey(form, verdicts));
});

table('a Char field; from 19.0 on get_module_icon calls lstrip on it (MODULE)', 'icon', [
  ["'/x/static/description/icon.png'", 'ok'],
  ["''", 'ok'],
  ['None', 'ok'],
  ['False', 'ok'],
  ['0', 'ok'],
  ['[]', 'ok'],
  ["b''", 'ok'],
  ['1', 'ok ok ok ok ok brk'],
  ['True', 'ok ok ok ok ok brk'],
  ["['a']", 'ok ok ok ok ok brk'],
  ["b'icon.png'", 'ok ok ok ok ok brk'],
  ["b'\\xe9'", 'brk'],
  ['...', 'ok ok ok ok ok brk'],
  // 19.0 looks for such a file, finds none, and takes the icon of base.
  ["'a\\0'", 'brk brk brk brk brk ok'],
  ["'\\ud83d'", 'brk brk brk brk brk ok'],
  ["'\\ud83d\\ude00'", 'brk brk brk brk brk ok'],
  ["['a\\0']", 'ok ok ok ok ok brk'],
]);

const DEDENT = 'ok ok ok brk brk brk';
table('a Text field; from 17.0 on get_values_from_terp dedents it (IR_MODULE)', 'description', [
  ["'text'", 'ok'],
  ["''", 'ok'],
  ['None', 'ok ok ok brk brk ok'],
  ['False', 'ok ok ok brk brk ok'],
  ['0', 'ok ok ok brk brk ok'],
  ['[]', 'ok ok ok brk brk ok'],
  ["b''", 'ok ok ok brk brk ok'],
  ['True', DEDENT],
  ['5', DEDENT],
  ['1.5', DEDENT],
  ["['a\\0']", DEDENT],
  ["{'a': 1}", DEDENT],
  ['...', DEDENT],
  ["b'text'", DEDENT],
  ["b'\\x00'", 'brk'],
  // 16.0 falls back to Latin-1 (`ustr`).
  ["b'\\xe9'", 'brk brk ok brk brk brk'],
  [HUGE, 'brk'],
  ["'a\\0'", 'brk'],
  ["'\\ud83d'", 'brk'],
  ["'\\ud83d\\ude00'", PAIR_IN_JSON],
]);

describe('the README stands in for a falsy description (MODULE, load_manifest; 19.0 Manifest.description)', () => {
  it.each([
    ['text', 'ok'],
    ['not_utf8', HIDES_UNTIL_19],
    ['nul', 'brk'],
    ['unreadable', HIDES_UNTIL_19],
    ['unknown', 'ok'],
  ] as const)('%s: %s', (state, verdicts) => {
    for (const description of [
      "'summary': 'S'",
      "'description': None",
      "'description': []",
      "'description': ''",
    ])
      checkKey(description, verdicts, withReadme(state));
    checkKey("'description': 'text'", 'ok', withReadme(state));
    checkKey("'description': 5", DEDENT, withReadme(state));
    // What is not installable is stored, too.
    if (state === 'nul') checkKey("'installable': False", 'brk', withReadme(state));
  });
});

table("get_values_from_terp: ', '.join() of it (IR_MODULE)", 'contributors', [
  ["['A', 'B']", 'ok'],
  ["('A',)", 'ok'],
  ["'AB'", 'ok'],
  ["{'A': 1}", 'ok'],
  ['[]', 'ok'],
  ["b''", 'ok'],
  ['None', 'brk'],
  ['False', 'brk'],
  ['0', 'brk'],
  ['1.5', 'brk'],
  ['...', 'brk'],
  ['[1]', 'brk'],
  ['[None]', 'brk'],
  ["[b'A']", 'brk'],
  ["b'A'", 'brk'],
  // Joined, not shown: nothing is escaped.
  ["['a\\0']", 'brk'],
  ["['\\ud83d\\ude00']", 'brk'],
  ["'a\\0'", 'brk'],
]);

table(
  'Selection.convert_to_cache (odoo/fields.py); what is falsy, load_manifest replaces (MODULE)',
  'license',
  [
    ["'AGPL-3'", 'ok'],
    ["''", 'ok'],
    ['None', 'ok'],
    ['[]', 'ok'],
    ['0.0', 'ok'],
    ["'MIT'", 'brk'],
    ["'AGPL-3 '", 'brk'],
    ["b'AGPL-3'", 'brk'],
    ["['AGPL-3']", 'brk'],
    ['True', 'brk'],
    ['3', 'brk'],
    ['...', 'brk'],
  ],
);

table("_update_category: split('/') (IR_MODULE), then create_categories (odoo/modules/db.py)", 'category', [
  ["'A/B'", 'ok'],
  ["''", 'ok'],
  ["'/'", 'ok'],
  ["'A & B'", 'ok'],
  ["'é\\n'", 'ok'],
  ['None', 'brk'],
  ['False', 'brk'],
  ['1', 'brk'],
  ["['A']", 'brk'],
  ["b'A'", 'brk'],
  ["'a\\0'", 'brk'],
  ["'\\ud83d'", 'brk'],
  ["'\\ud83d\\ude00'", 'brk'],
]);

table('Integer.convert_to_column: int() into int4 (odoo/fields.py)', 'sequence', [
  ['5', 'ok'],
  ['None', 'ok'],
  ["''", 'ok'],
  ['{}', 'ok'],
  ['True', 'ok'],
  ['1.9', 'ok'],
  ["' 5 '", 'ok'],
  ["'1_0'", 'ok'],
  ["'+5'", 'ok'],
  ["'٣'", 'ok'],
  ["'\\u2003५\\n'", 'ok'],
  ["b' 5'", 'ok'],
  ['2147483647', 'ok'],
  ['2147483648', 'brk'],
  ['-2147483649', 'brk'],
  [HUGE, 'brk'],
  ["'1.5'", 'brk'],
  ["'five'", 'brk'],
  ["'1__0'", 'brk'],
  ["'5\\0'", 'brk'],
  ["b'5\\x00'", 'brk'],
  ['1e999', 'brk'],
  ['1e10', 'brk'],
  ['1j', 'brk'],
  ['[1]', 'brk'],
  ["{'id': 1}", 'brk'],
  ['...', 'brk'],
]);

table('_update_dependencies: set() of it, each into a Char column (IR_MODULE)', 'depends', [
  ["['base']", 'ok'],
  ["'base'", 'ok'],
  ["{'base': 1}", 'ok'],
  ["{'base'}", 'ok'],
  ["b'ab'", 'ok'],
  ['None', 'ok'],
  ['0', 'ok'],
  ['False', 'ok'],
  ["''", 'ok'],
  ["[b'base']", 'ok'],
  ["[b'a\\x00\\xe9']", 'ok'],
  ["[('base',)]", 'ok'],
  ["[('base', 1)]", 'ok'],
  ['[1, 1.5, True, None, 1e999]', 'ok'],
  ['[()]', 'brk'],
  ["[('a', ())]", 'brk'],
  [`[${HUGE}]`, 'brk'],
  ['[1j]', 'brk'],
  ['[...]', 'brk'],
  ["[['base']]", 'brk'],
  ["[{'base'}]", 'brk'],
  ["['a\\0']", 'brk'],
  ["[('a\\0',)]", 'brk'],
  ["['\\ud83d']", 'brk'],
  ["['\\ud83d\\ude00']", 'brk'],
  ['1', 'brk'],
  ['True', 'brk'],
  ['1.5', 'brk'],
  ['...', 'brk'],
]);

table('set() of it, which must be a part of depends (MODULE, load_manifest)', 'auto_install', [
  ['True', 'ok'],
  ['False', 'ok'],
  ['None', 'ok'],
  ['0', 'ok'],
  ['1', 'ok'],
  ['1.5', 'ok'],
  ['1j', 'ok'],
  ['...', 'ok'],
  ["''", 'ok'],
  ["b''", 'ok'],
  ['[]', 'ok'],
  ['{}', 'ok'],
  ["['sale']", 'ok'],
  ["('base', 'sale')", 'ok'],
  ["{'sale': 1}", 'ok'],
  ["['stock']", HIDES_UNTIL_19],
  ["'True'", HIDES_UNTIL_19],
  ["'sale'", HIDES_UNTIL_19],
  ["b'sale'", HIDES_UNTIL_19],
  ["[['sale']]", HIDES_UNTIL_19],
  ['[{}]', HIDES_UNTIL_19],
  ["[b'sale']", HIDES_UNTIL_19],
  ['[None]', HIDES_UNTIL_19],
]);

describe('auto_install and depends together (MODULE, load_manifest; IR_MODULE, _update_dependencies)', () => {
  const rows: Row[] = [
    ["'depends': 5, 'auto_install': True", HIDES_UNTIL_19],
    ["'depends': 5, 'auto_install': []", HIDES_UNTIL_19],
    ["'depends': 5, 'auto_install': 0", 'brk'],
    ["'depends': [['a']], 'auto_install': ['a']", HIDES_UNTIL_19],
    ["'depends': None, 'auto_install': True", 'inv inv inv inv inv ok'],
    ["'depends': None, 'auto_install': ['base']", 'inv inv inv inv inv ok'],
    ["'depends': '', 'auto_install': ['base']", 'inv inv inv inv inv ok'],
    ["'depends': 'ab', 'auto_install': 'a'", 'ok'],
    // `name = any(array)`: PostgreSQL compares a name with texts only.
    ["'depends': [b'base'], 'auto_install': True", 'brk'],
    ["'depends': ['a', b'base'], 'auto_install': ['a']", 'ok'],
    ["'depends': ['a', b'base'], 'auto_install': [b'base']", 'brk'],
    ["'depends': [1], 'auto_install': True", 'brk'],
    ["'depends': b'ab', 'auto_install': 1", 'brk'],
    ["'depends': [None, 'a'], 'auto_install': True", 'ok'],
    ["'depends': [('a',)], 'auto_install': True", 'ok'],
    ["'depends': [('a', 'b')], 'auto_install': True", 'brk'],
    ["'depends': [('a', 'b')], 'auto_install': False", 'ok'],
  ];
  it.each(rows)('%s: %s', (form, verdicts) => checkKey(form, verdicts));
});

table('_update_exclusions: set() of it, each into a Char column (IR_MODULE)', 'excludes', [
  ["['a']", 'ok'],
  ["'ab'", 'ok'],
  ["[b'a']", 'ok'],
  ["[('a',), None, 1.5]", 'ok'],
  ['None', 'ok'],
  ['0', 'ok'],
  ['5', 'brk'],
  ["[['a']]", 'brk'],
  ["['a\\0']", 'brk'],
  ['[1j]', 'brk'],
]);

/** The first builds of 17.0 ignore countries; a problem says that it depends on the build. */
const FROM_18 = 'ok ok ok ok brk brk';
table('_update_countries: upper() of each, then a search (IR_MODULE)', 'countries', [
  ["['be', 'fr']", 'ok'],
  ["'be'", 'ok'],
  ["''", 'ok'],
  ["b''", 'ok'],
  ["{'be': 1}", 'ok'],
  ["[b'be']", 'ok'],
  ["['be\\0']", 'ok'],
  ['None', FROM_18],
  ['False', FROM_18],
  ['5', FROM_18],
  ['[1]', FROM_18],
  ['[None]', FROM_18],
  ["[['be']]", FROM_18],
  ["b'be'", FROM_18],
  ["[b'\\xe9']", FROM_18],
  ["['a\\0']", FROM_18],
  ["['\\0']", FROM_18],
  ["['\\ud83d']", FROM_18],
  ["['\\ud83d\\ude00']", FROM_18],
]);

/** `adapt_version` calls `startswith` up to 18.0; 19.0 takes `str()`. A number of another series is uninstallable there. */
table('adapt_version, from 19.0 on check_version, too (MODULE)', 'version', [
  ["'S.1.2.3'", 'ok'],
  ["'S.1.2'", 'ok'],
  ["'1.2'", 'ok'],
  ["'1.2.3'", 'ok'],
  ["'S'", 'ok ok ok ok ok no'],
  ["'S.1'", 'ok ok ok inv inv ok'],
  ["'13.0.1.0.0'", 'ok ok ok inv inv no'],
  ["'13.0'", 'ok'],
  ["'1'", 'ok ok ok inv inv brk'],
  ["'v1.0'", 'ok ok ok inv inv brk'],
  ["''", 'ok ok ok inv inv brk'],
  ["'S.1.2.3.4'", 'ok ok ok inv inv brk'],
  ["'1.0.0.0'", 'ok ok ok inv inv no'],
  ["'1.0-beta'", 'ok ok ok inv inv brk'],
  ["'1.0\\0'", 'ok ok ok inv inv brk'],
  // int() reads white space around a number.
  ["'1.0 '", 'ok ok ok inv inv ok'],
  ["'1.0\\n'", 'ok'],
  ["'1.0\\n\\n'", 'ok ok ok inv inv ok'],
  ["'1.0\\t'", 'ok ok ok inv inv ok'],
  ["'1.0\\xa0'", 'ok ok ok inv inv ok'],
  ["'S. 1.0.0'", 'ok ok ok inv inv ok'],
  ["' S.1.0.0'", 'ok ok ok inv inv no'],
  ["'19.0 . 1.0.0'", 'ok ok ok inv inv no'],
  ["'+1.0'", 'ok ok ok inv inv ok'],
  ["'1_0.0'", 'ok ok ok inv inv ok'],
  ["'٣.0'", 'ok ok ok inv inv ok'],
  ['1.0', 'inv inv inv inv inv ok'],
  ['1.5e300', HIDES_UNTIL_19],
  ['0.00001', HIDES_UNTIL_19],
  ['None', HIDES_UNTIL_19],
  ['False', HIDES_UNTIL_19],
  ['1', HIDES_UNTIL_19],
  [HUGE, HIDES_UNTIL_19],
  ["b'1.0'", HIDES_UNTIL_19],
  ["['1.0']", HIDES_UNTIL_19],
  ["('1.0',)", HIDES_UNTIL_19],
  ['1j', HIDES_UNTIL_19],
  ['...', HIDES_UNTIL_19],
  ["'\\ud83d\\ude00'", 'ok ok ok inv inv brk'],
]);

describe('a version where the module is not installable (MODULE, load_manifest)', () => {
  const rows: Row[] = [
    ["'13.0.1.0.0'", 'no'],
    ["'1'", 'no'],
    ["'S'", 'no'],
    ['None', 'inv inv inv inv inv no'],
    ["b'1.0'", 'inv inv inv inv inv no'],
  ];
  it.each(rows)('%s: %s', (form, verdicts) => {
    checkKey(`'installable': False, 'version': ${form}`, verdicts);
    checkKey(`'installable': '', 'version': ${form}`, verdicts);
  });
});

table('update_list: the truth of it; the values are stored either way (IR_MODULE)', 'installable', [
  ['True', 'ok'],
  ["'False'", 'ok'],
  ['1', 'ok'],
  ['[0]', 'ok'],
  ['...', 'ok'],
  ["b'0'", 'ok'],
  ['False', 'no'],
  ['None', 'no'],
  ['0', 'no'],
  ['0.0', 'no'],
  ['0j', 'no'],
  ["''", 'no'],
  ['()', 'no'],
  ["False, 'license': 'MIT'", 'brk'],
  ["False, 'auto_install': ['x']", HIDES_UNTIL_19],
]);

describe('keys that update_list does not read, or takes the truth of (IR_MODULE)', () => {
  const keys =
    'application external_dependencies data demo assets post_load active web images unknown init_xml bootstrap';
  const forms = ['None', 'True', '1.5', "'a\\0'", "b'\\xe9'", '[1j]', "{'a': [...]}", HUGE, "'\\ud83d'"];
  it.each(keys.split(' '))('%s', (key) => {
    for (const form of forms) checkKey(`'${key}': ${form}`, 'ok');
  });
});

describe('what comes first: an error of reading hides the others up to 18.0', () => {
  const rows: Row[] = [
    ["'license': 'MIT', 'auto_install': ['x']", HIDES_UNTIL_19],
    ["'license': 'MIT', 'version': 1", 'inv inv inv inv inv brk'],
    ["'license': 'MIT', 'version': 'v1'", 'brk brk brk inv inv brk'],
  ];
  it.each(rows)('%s: %s', (form, verdicts) => checkKey(form, verdicts));
  it('does so for a README that is not UTF-8', () => {
    checkKey("'license': 'MIT'", HIDES_UNTIL_19, withReadme('not_utf8'));
  });
});

describe('the value of the manifest: dict.update takes it (MODULE; 19.0 _load_manifest)', () => {
  const rows: Row[] = [
    ['{}', 'ok'],
    ['[]', 'ok'],
    ["''", 'ok'],
    ["b''", 'ok'],
    ['()', 'ok'],
    ["[('name', 'x'), ['version', '1.0']]", 'ok'],
    ["['ab']", 'ok'],
    ["{('name', 'x')}", 'ok'],
    ["({'name': 'x'})", 'ok'],
    ["({'name': 'x'},)", HIDES_UNTIL_19],
    ["'ab'", HIDES_UNTIL_19],
    ["b'ab'", HIDES_UNTIL_19],
    ['None', HIDES_UNTIL_19],
    ['False', HIDES_UNTIL_19],
    ['0', HIDES_UNTIL_19],
    ['5', HIDES_UNTIL_19],
    ['...', HIDES_UNTIL_19],
    ['[([], 1)]', HIDES_UNTIL_19],
    ['[(1, 2, 3)]', HIDES_UNTIL_19],
    // What `literal_eval` refuses is invisible everywhere.
    ['', 'inv'],
    ['{', 'inv'],
    ["name = {'name': 'x'}", 'inv'],
    ["{'name': _('x')}", 'inv'],
    ['\ufeff{}', 'inv'],
    ['{}\0', 'inv'],
    ["{'a': 'b' + 'c'}", 'inv'],
    // CPython 3.8, on which 14.0 usually runs.
    [' {}', 'inv ok ok ok ok ok'],
    [' \\\n{}', 'inv ok ok ok ok ok'],
    ['  \n{}', 'ok'],
    ['\t# comment\n{}', 'ok'],
    [' \f{}', 'ok'],
    ['set()', 'inv ok ok ok ok ok'],
    [`{'a': ${'['.repeat(98)}${']'.repeat(98)}}`, 'ok'],
    [`{'a': ${'['.repeat(150)}${']'.repeat(150)}}`, 'inv ok ok ok ok ok'],
  ];
  it.each(rows)('%j: %s', (text, verdicts) => checkText(() => text, verdicts));
});

describe('the length of the manifest, in characters (odoo/tools/_monkeypatches.py, literal_eval)', () => {
  const LIMIT = 102_400;
  it.each([
    [LIMIT, 'a', 'ok'],
    [LIMIT + 1, 'a', 'ok inv inv inv inv inv'],
    [LIMIT, '😀', 'ok'],
    [LIMIT + 1, '😀', 'ok inv inv inv inv inv'],
  ] as const)('%i of %s: %s', (length, character, verdicts) => {
    checkText(() => `{} #${character.repeat(length - 4)}`, verdicts);
  });
});

describe('the name of the folder (19.0 MODULE_NAME_RE; IR_MODULE, create: ir_model_data_name_nospaces)', () => {
  it.each([
    ['base_x', 'ok'],
    ['9x', 'ok'],
    ['módulo', 'ok'],
    ['c-dash', 'ok ok ok ok ok brk'],
    ['web.bak', 'ok ok ok ok ok brk'],
    ['m~', 'ok ok ok ok ok brk'],
    ['e\u0301', 'ok ok ok ok ok brk'],
    ['tab\t', 'ok ok ok ok ok brk'],
    ['line\n', 'ok'],
    ['a'.repeat(257), 'ok ok ok ok ok brk'],
    ['with space', 'brk'],
    // `get_modules` cuts .zip off; `get_module_path` finds no backslash.
    ['x.zip', 'inv inv inv inv inv brk'],
    ['x\\y', 'inv inv inv inv inv brk'],
  ])('%j: %s', (folder, verdicts) => {
    checkKey("'summary': 'S'", verdicts, { folder });
    // Without a manifest that can be read, Odoo gets no further than that.
    checkText(() => '{', 'inv', { folder });
  });

  it('does not matter where reading raises', () => {
    checkKey("'auto_install': ['x']", HIDES_UNTIL_19, { folder: 'with space' });
  });
});
