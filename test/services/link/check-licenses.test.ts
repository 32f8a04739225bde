import { describe, expect, it } from 'vitest';
import { closeOver, type Resolved } from '../../../src/addons/dependencies.ts';
import type { LicenseRules } from '../../../src/addons/licenses.ts';
import type { Family } from '../../../src/addons/roots.ts';
import { checkLicenses } from '../../../src/services/link/check-licenses.ts';
import type { Known } from '../../../src/services/link/link-call.ts';
import { noTurns } from '../../support/turns.ts';

/** A module that is to be linked. */
const found = (family: Family, license: string | null, ...depends: string[]): Resolved<Known> => {
  const judgement = license === null ? null : { fields: { license } };
  const value = { kind: 'found', source: { family }, assessment: { judgement } } as unknown as Known;
  return { value, depends };
};
/** One that Odoo finds already. */
const satisfied = (license: string, ...depends: string[]): Resolved<Known> => {
  return { value: { kind: 'satisfied', license } as unknown as Known, depends };
};
const unmet: Resolved<Known> = { value: { kind: 'unmet', because: 'no_name' }, depends: [] };

type Modules = Readonly<Record<string, Resolved<Known>>>;

async function judge(
  modules: Modules,
  conflicts: LicenseRules['conflicts'],
  lgpl_on_proprietary: LicenseRules['lgpl_on_proprietary'] = 'allow',
) {
  const [[name, asked] = []] = Object.entries(modules);
  if (name === undefined || asked === undefined) throw new Error('nothing was asked for');
  const closure = await closeOver([{ name, ...asked }], (needed) => modules[needed] ?? unmet, noTurns);
  return checkLicenses(closure, { conflicts, lgpl_on_proprietary }, noTurns);
}

describe('the licences of a plan', () => {
  it.each<[string, Modules, string[]]>([
    ['fit: AGPL-3 on LGPL-3', { a: found('oca', 'AGPL-3', 'b'), b: satisfied('LGPL-3') }, []],
    ['fit: AGPL-3 on GPL-3', { a: found('oca', 'AGPL-3', 'b'), b: found('oca', 'GPL-3') }, []],
    ['do not: GPL-3 on AGPL-3', { a: found('oca', 'GPL-3', 'b'), b: found('oca', 'AGPL-3') }, ['a b']],
    ['do not: LGPL-3 on AGPL-3', { a: found('oca', 'LGPL-3', 'b'), b: satisfied('AGPL-3') }, ['a b']],
    ['do not: AGPL-3 on OEEL-1', { a: found('oca', 'AGPL-3', 'b'), b: satisfied('OEEL-1') }, ['a b']],
    ['fit: proprietary on proprietary', { a: found('oca', 'OPL-1', 'b'), b: satisfied('OEEL-1') }, []],
    ['are nobody’s business when unknown', { a: found('oca', 'MIT-0', 'b'), b: satisfied('AGPL-3') }, []],
    [
      'of Enterprise are OEEL-1, as a dependent',
      { a: found('ee', 'LGPL-3', 'b'), b: satisfied('AGPL-3') },
      ['a b'],
    ],
    [
      'of Enterprise are OEEL-1, as a dependency',
      { a: found('oca', 'AGPL-3', 'b'), b: found('ee', 'LGPL-3') },
      ['a b'],
    ],
    ['of Enterprise go together', { a: found('ee', 'LGPL-3', 'b'), b: found('ee', 'AGPL-3') }, []],
    ['of what cannot be had are not known', { a: found('oca', 'LGPL-3', 'b') }, []],
    ['of what cannot be read are not known', { a: found('oca', 'LGPL-3', 'b'), b: found('oca', null) }, []],
    [
      'of a dependent that cannot be read are not',
      { a: found('oca', null, 'b'), b: satisfied('AGPL-3') },
      [],
    ],
    [
      'are looked at all the way down',
      { a: found('oca', 'AGPL-3', 'b'), b: found('oca', 'LGPL-3', 'c'), c: found('oca', 'AGPL-3') },
      ['b c'],
    ],
    [
      'are all told',
      { a: found('oca', 'LGPL-3', 'b', 'c'), b: satisfied('AGPL-3'), c: found('oca', 'GPL-3', 'b') },
      ['a b', 'a c', 'c b'],
    ],
    [
      'of what is linked already are not for this call',
      { a: found('oca', 'AGPL-3', 'b'), b: satisfied('LGPL-3', 'c'), c: satisfied('AGPL-3') },
      [],
    ],
  ])('%s', async (_, modules, pairs) => {
    const warned = await judge(modules, 'warn');
    expect(warned.refusals).toEqual([]);
    expect(warned.warnings.map(({ code, module }) => `${code} ${module}`)).toEqual(
      pairs.map((pair) => `license_conflict ${pair.split(' ')[0]}`),
    );
    const refused = await judge(modules, 'refuse');
    expect(refused.warnings).toEqual([]);
    expect(refused.refusals.map(({ code, module, details }) => [code, module, details?.dependency])).toEqual(
      pairs.map((pair) => ['license_conflict', ...pair.split(' ')]),
    );
    // The operator can let them pass; nothing else helps.
    for (const { hint } of refused.refusals) expect(hint).toContain('licenses: "warn"');
  });

  it.each([
    ['all, where there are two hundred', 200, 200],
    ['two hundred and how many more there are', 207, 201],
  ])('are told: %s', async (_, count, told) => {
    const names = Array.from({ length: count }, (_, index) => `m${index}`);
    const modules: Modules = {
      a: found('oca', 'LGPL-3', ...names),
      ...Object.fromEntries(names.map((name) => [name, satisfied('AGPL-3')])),
    };
    const { warnings } = await judge(modules, 'warn');
    const { refusals } = await judge(modules, 'refuse');
    expect([warnings.length, refusals.length]).toEqual([told, told]);
    if (told > 200) {
      for (const last of [warnings.at(-1), refusals.at(-1)]) expect(last?.message).toMatch(/^7 /);
    }
  });

  it.each(['allow', 'warn', 'refuse'] as const)(
    'of LGPL-3 on Enterprise are a setting of their own: %s',
    async (setting) => {
      const modules: Modules = {
        a: found('oca', 'LGPL-3', 'b', 'c'),
        b: satisfied('OEEL-1'),
        c: satisfied('AGPL-3'),
      };
      const { warnings, refusals } = await judge(modules, 'warn', setting);
      const about = (word: string) => expect.stringContaining(word);
      expect(warnings.map(({ message }) => message)).toEqual(
        setting === 'warn' ? [about(' b '), about(' c ')] : [about(' c ')],
      );
      expect(refusals.map(({ message, hint }) => [message, hint])).toEqual(
        setting === 'refuse' ? [[about(' b '), about('"lgpl_on_proprietary": "warn"')]] : [],
      );
    },
  );

  it('counts warnings and refusals beyond two hundred each for itself', async () => {
    const names = Array.from({ length: 205 }, (_, index) => `m${index}`);
    const modules: Modules = {
      a: found('oca', 'LGPL-3', ...names, 'b'),
      ...Object.fromEntries(names.map((name) => [name, satisfied('AGPL-3')])),
      b: satisfied('OEEL-1'),
    };
    const { warnings, refusals } = await judge(modules, 'warn', 'refuse');
    expect(warnings.at(-1)?.message).toMatch(/^5 more/);
    expect(refusals.map(({ message, hint }) => `${message} ${hint}`)).toEqual([
      expect.stringMatching(/^1 more .*lgpl_on_proprietary/),
    ]);
  });
});
