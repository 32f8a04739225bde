import { describe, expect, it } from 'vitest';
import { type Closure, closeOver, type Resolved } from '../../../src/addons/dependencies.ts';
import { findModule } from '../../../src/addons/lookup.ts';
import type { ModuleName } from '../../../src/addons/module-name.ts';
import type { ModuleOnPath } from '../../../src/addons/on-path.ts';
import type { ToolFamily } from '../../../src/addons/roots.ts';
import { type Refusal, type RefusalCode, refuse } from '../../../src/base/refusal.ts';
import type { Known } from '../../../src/services/link/link-call.ts';
import { refuseUnmet } from '../../../src/services/link/unmet-dependencies.ts';
import { MOST_MODULES } from '../../../src/tool-arguments.ts';
import { lookAround, makeInstance } from '../../support/instance.ts';
import { noTurns } from '../../support/turns.ts';
import { createWorld, type World } from '../../support/world.ts';

type Value = (name: string) => Promise<Known> | Known;

const noName: Value = () => ({ kind: 'unmet', because: 'no_name' });
const unsound =
  (by: ModuleOnPath['by'], isReplaceable: boolean): Value =>
  (name) => {
    const { refusal } = refuse('not_installable', 'It is asleep.');
    const assessment = { judgement: null, refusals: [refusal], sha256: null };
    const path = `/somewhere/${name}`;
    const onPath = { by, entry: null, path, folder: path, family: null, assessment };
    return { kind: 'unmet', because: 'unsound', onPath, isReplaceable };
  };

/** Asks for `x`, which needs these names, through `y` where `isFar`; each is what its function says. */
async function refuseAll(
  world: World,
  family: ToolFamily,
  depends: Readonly<Record<string, Value | 'not found'>>,
  { isFar = false, instance = '' } = {},
): Promise<readonly Refusal[]> {
  const { sources } = await lookAround(makeInstance(world));
  const around = instance === '' ? sources : { ...sources, surface: sources.surface.at({ instance }) };
  const value = { kind: 'found' } as Known;
  const resolve = async (name: string): Promise<Resolved<Known>> => {
    if (name === 'y') return { value, depends: Object.keys(depends) };
    const known = depends[name] ?? 'not found';
    if (known !== 'not found') return { value: await known(name), depends: [] };
    const found = await findModule(name as ModuleName, family, around);
    if (found.ok) throw new Error(`${name} is there`);
    return { value: { kind: 'unmet', because: 'not_found', refusal: found.refusal }, depends: [] };
  };
  const asked = { name: 'x', value, depends: isFar ? ['y'] : Object.keys(depends) };
  return refuseUnmet(await closeOver([asked], resolve, noTurns), family, around, noTurns);
}

/** Roots with a module of each kind, `x` and `y` are not looked for. */
function fill(world: World): void {
  for (const name of ['ours', 'ours_too', 'web_responsive']) world.module(`oca/web/${name}`);
  world.module('ee/theirs', { license: 'OEEL-1' });
  world.module('ee/theirs_too', { license: 'OEEL-1' });
  for (const repo of ['web', 'crm']) world.module(`oca/${repo}/twice`);
  for (const repo of ['one', 'two']) world.module(`ee/${repo}/twice_ee`);
  world.folder('oca/web/empty');
  world.link(world.module('elsewhere/leaving'), 'oca/web/leaving');
}

describe('a dependency that cannot be had', () => {
  it.each<[string, ToolFamily, string, Value | 'not found', RefusalCode, string | null]>([
    [
      'of Enterprise, in a root',
      'oca',
      'theirs',
      'not found',
      'dependency_needs_enterprise',
      'ee_link {"modules":["theirs"]}',
    ],
    // No call helps: the sources have to be completed first.
    [
      'of Enterprise, in the list alone',
      'oca',
      'account_accountant',
      'not found',
      'dependency_needs_enterprise',
      'roots.ee',
    ],
    [
      'of the OCA, for Enterprise',
      'ee',
      'ours',
      'not found',
      'dependency_missing',
      'oca_link {"module":"ours"}',
    ],
    [
      'of Enterprise, for Enterprise, in the list alone',
      'ee',
      'account_accountant',
      'not found',
      'dependency_missing',
      null,
    ],
    [
      'of Odoo Community, where Odoo does not find it',
      'oca',
      'sale',
      'not found',
      'dependency_missing',
      'roots.core',
    ],
    ['that nobody has', 'oca', 'qqqqqqqq', 'not found', 'dependency_missing', null],
    ['that is misspelt', 'oca', 'web_responsiv', 'not found', 'dependency_missing', 'web_responsive'],
    [
      'that several repositories have',
      'oca',
      'twice',
      'not found',
      'ambiguous_module',
      'oca_link {"module":"twice","repo":"',
    ],
    // ee_link takes no repo: only the operator can choose.
    [
      'that several Enterprise repositories have',
      'ee',
      'twice_ee',
      'not found',
      'ambiguous_module',
      'roots.ee',
    ],
    ['that is an empty folder', 'oca', 'empty', 'not found', 'manifest_missing', null],
    ['that leads out of the roots', 'oca', 'leaving', 'not found', 'source_outside_roots', null],
    ['that is no name', 'oca', 'no name', noName, 'dependency_missing', 'depends'],
    [
      'that Odoo finds, and cannot install',
      'oca',
      'bad',
      unsound('linked', false),
      'dependency_missing',
      'bad',
    ],
    [
      'that could be linked anew',
      'oca',
      'bad',
      unsound('linked', true),
      'dependency_missing',
      'replace: true',
    ],
    // What Odoo finds counts, not what a root of the other family has.
    [
      'that Odoo finds spoilt, and Enterprise has',
      'oca',
      'theirs',
      unsound('linked', false),
      'dependency_missing',
      'theirs',
    ],
    [
      'that Odoo finds spoilt, and the list of Enterprise has',
      'oca',
      'account_accountant',
      unsound('linked', false),
      'dependency_missing',
      'account_accountant',
    ],
  ])('%s (%s: %s)', async (_, family, name, value, code, hint) => {
    const world = createWorld();
    fill(world);
    const refusals = await refuseAll(world, family, { [name]: value }, { isFar: true });
    expect(refusals).toHaveLength(1);
    const [refusal] = refusals;
    expect(refusal).toMatchObject({ code, details: { chain: ['x', 'y'] } });
    expect(refusal?.module).toBe(name === 'no name' ? '"no name"' : name);
    expect(refusal?.message).toContain('x -> y');
    expect(refusal?.hint).toContain(hint ?? ' ');
    // No hint names a call or a change that does not help.
    const isCall = /_link \{/.test(hint ?? '');
    expect(/_link \{/.test(refusal?.hint ?? '')).toBe(isCall);
    expect(refusal?.hint?.includes('replace: true')).toBe(hint === 'replace: true');
  });

  it('is told with names like it, and with the reason why Odoo could not install it', async () => {
    const world = createWorld();
    fill(world);
    // For Enterprise, one that only the list knows is missing like any other.
    const [listed] = await refuseAll(world, 'ee', { account_accountant: 'not found' });
    expect(listed?.details).toHaveProperty('nearest');
    const [near, bad] = await refuseAll(world, 'oca', {
      web_responsiv: 'not found',
      bad: unsound('linked', false),
    });
    expect(near?.details).toMatchObject({
      chain: ['x'],
      nearest: expect.arrayContaining(['web_responsive']),
    });
    expect(bad?.message).toContain('It is asleep.');
  });

  it('says what the manifest must say instead, where that is known', async () => {
    const world = createWorld();
    fill(world);
    const missing = { Sale: 'not found', sale_coupon: 'not found', web_responsiv_x: 'not found' } as const;
    const [otherCase, gone, unknown] = await refuseAll(world, 'oca', missing);
    expect(otherCase).toMatchObject({
      message: 'x needs Sale, but the module is called sale: Odoo tells upper case from lower case.',
      hint: 'Fix the manifest: write sale in depends.',
    });
    expect(gone?.message).toMatch(/^x needs sale_coupon, which was a module of Odoo Community up to 15\.0;/);
    // Names that only begin alike are no suggestion.
    expect(unknown?.hint).toBe('Ask the operator to check out its repository under roots.oca.');
  });

  it.each<[ModuleOnPath['by'], boolean]>([
    ['linked', true],
    ['core', true],
    ['addons_path', false],
  ])('is told with its path where it is found by %s: %s', async (by, isShown) => {
    const [refusal] = await refuseAll(createWorld(), 'oca', { bad: unsound(by, false) });
    expect(refusal?.message.includes('/somewhere/bad')).toBe(isShown);
  });

  it('comes in one call with all others of the other family that a root has, on the instance of this one', async () => {
    const world = createWorld();
    fill(world);
    const depends = {
      theirs: 'not found',
      account_accountant: 'not found',
      theirs_too: 'not found',
    } as const;
    const refusals = await refuseAll(world, 'oca', depends, { instance: 'prod' });
    const call = 'ee_link {"modules":["theirs","theirs_too"],"instance":"prod"}';
    expect(refusals.map(({ hint }) => hint?.includes(call))).toEqual([true, false, true]);
    const [choice] = await refuseAll(world, 'oca', { twice: 'not found' }, { instance: 'prod' });
    expect(choice?.hint).toMatch(/oca_link \{"module":"twice","repo":"\w+","instance":"prod"\}/);
    const [ours] = await refuseAll(world, 'ee', { ours: 'not found', ours_too: 'not found' });
    expect(ours?.hint).toContain('oca_link {"module":["ours","ours_too"]}');
  });

  it.each([
    ['as a call may name', (at: number) => `m${at}`, MOST_MODULES],
    ['as a hint has room for', (at: number) => `m${at}_${'x'.repeat(240)}`, 20],
  ])('comes in one call with as many others %s', async (_, nameOf, count) => {
    const world = createWorld();
    const names = Array.from({ length: MOST_MODULES + 1 }, (_, index) => nameOf(index));
    for (const name of names) world.module(`ee/${name}`);
    const [first] = await refuseAll(
      world,
      'oca',
      Object.fromEntries(names.map((name) => [name, 'not found'])),
    );
    expect(first?.hint).toContain(`"${nameOf(count - 1)}"]`);
  });

  it('is none where all is found', async () => {
    const found: Value = () => ({ kind: 'satisfied' }) as unknown as Known;
    expect(await refuseAll(createWorld(), 'oca', { a: found })).toEqual([]);
  });

  it('may be one of those that were not looked at, because there were too many', async () => {
    const { sources } = await lookAround(makeInstance(createWorld()));
    const closure: Closure<Known> = {
      reached: [],
      cycles: [],
      unexamined: 12,
      isAsked: () => false,
      requiredBy: () => [],
      chainTo: () => [],
    };
    const refusals = await refuseUnmet(closure, 'oca', sources, noTurns);
    expect(refusals).toMatchObject([{ code: 'dependency_missing', message: expect.stringMatching(/^12 /) }]);
    expect(refusals[0]).toHaveProperty('hint');
  });
});
