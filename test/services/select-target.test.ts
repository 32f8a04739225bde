import { describe, expect, it } from 'vitest';
import type { Instance } from '../../src/config/instance.ts';
import type { AddonsDir } from '../../src/links/addons-dir.ts';
import type { Series } from '../../src/manifest/series.ts';
import { type Selection, selectInstance, selectTarget } from '../../src/services/select-target.ts';

const dir = (path: string, configured = path) => ({ path, configured }) as AddonsDir;
const instance = (name: string, series: Series, ...addonsDirs: AddonsDir[]) =>
  ({ name, series, addonsDirs }) as unknown as Instance;

const PROD = instance('prod', '17.0', dir('/srv/real', '/srv/named'), dir('/srv/second'));
const TEST = instance('test', '16.0', dir('/srv/test'));
const SPARE = instance('spare', '16.0', dir('/srv/spare'));
const ALL = [PROD, TEST, SPARE];

/** The instance and the directory that are chosen, or the code of the refusal. */
function choose(instances: readonly Instance[], selection: Selection): string {
  const chosen = selectTarget(instances, selection);
  return chosen.ok ? `${chosen.value.instance.name} ${chosen.value.dir.path}` : chosen.refusal.code;
}

describe('the target of a call', () => {
  it.each<[Selection & { repo?: string }, string]>([
    [{}, 'ambiguous_instance'],
    [{ instance: 'prod' }, 'prod /srv/real'],
    [{ instance: 'test' }, 'test /srv/test'],
    [{ branch: '17.0' }, 'prod /srv/real'],
    [{ branch: '16.0' }, 'ambiguous_instance'],
    [{ instance: 'spare', branch: '16.0' }, 'spare /srv/spare'],
    [{ instance: 'spare', branch: '17.0' }, 'unknown_instance'],
    [{ instance: 'prod', branch: '16.0' }, 'unknown_instance'],
    [{ instance: 'none' }, 'unknown_instance'],
    [{ branch: '15.0' }, 'unknown_instance'],
    [{ instance: 'pro' }, 'unknown_instance'],
    [{ instance: '' }, 'invalid_argument'],
    [{ instance: 'prod', repo: '' }, 'invalid_argument'],
    [{ instance: 'prod', target_dir: '/srv/second' }, 'prod /srv/second'],
    [{ branch: '17.0', target_dir: '/srv/second' }, 'prod /srv/second'],
    [{ instance: 'prod', target_dir: '/srv/real' }, 'prod /srv/real'],
    [{ instance: 'prod', target_dir: '/srv/named' }, 'prod /srv/real'],
    [{ instance: 'prod', target_dir: '/srv/named/' }, 'prod /srv/real'],
    [{ instance: 'prod', target_dir: '/srv/second/' }, 'prod /srv/second'],
    [{ instance: 'prod', target_dir: '/srv/second//' }, 'target_not_allowed'],
    [{ instance: 'prod', target_dir: '/srv/./second' }, 'target_not_allowed'],
    [{ instance: 'prod', target_dir: '/srv/secon' }, 'target_not_allowed'],
    [{ instance: 'prod', target_dir: 'second' }, 'target_not_allowed'],
    [{ instance: 'prod', target_dir: '' }, 'invalid_argument'],
    [{ instance: 'prod', target_dir: '/' }, 'target_not_allowed'],
    [{ instance: 'prod', target_dir: '/srv/test' }, 'target_not_allowed'],
    // A directory does not choose the instance, and is not looked at before there is one.
    [{ target_dir: '/srv/second' }, 'ambiguous_instance'],
    [{ instance: 'none', target_dir: '/srv/second' }, 'unknown_instance'],
  ])('%j: %s', (selection, chosen) => {
    expect(choose(ALL, selection)).toBe(chosen);
  });

  it.each<[Selection, string]>([
    [{}, 'test /srv/test'],
    [{ instance: 'test', branch: '16.0', target_dir: '/srv/test' }, 'test /srv/test'],
    [{ instance: 'prod' }, 'unknown_instance'],
    [{ branch: '17.0' }, 'unknown_instance'],
    [{ target_dir: '/srv/second' }, 'target_not_allowed'],
  ])('%j, where there is one instance: %s', (selection, chosen) => {
    expect(choose([TEST], selection)).toBe(chosen);
  });

  it.each([
    ['prodd', ' Did you mean "prod"?'],
    ['none', ''],
  ])('the instance %s is unknown; one that is almost the same is named', (instance, meant) => {
    const chosen = selectInstance(ALL, { instance });
    expect(chosen.ok ? '' : chosen.refusal.hint?.replace(/^.*\)\./, '')).toBe(meant);
  });

  it.each<[Selection, string]>([
    [{ instance: 'none' }, 'No instance is called none.'],
    [{ branch: '15.0' }, 'No instance has the series 15.0.'],
    [{ instance: 'spare', branch: '17.0' }, 'No instance is called spare and has the series 17.0.'],
    [{ instance: 'a\nb' }, 'No instance is called "a\\u{a}b".'],
  ])('%j: what was asked for is said where no instance is that', (selection, message) => {
    expect(selectInstance(ALL, selection)).toMatchObject({ refusal: { message } });
  });

  it('leaves it to the user which of several instances is meant', () => {
    const chosen = selectInstance(ALL, {});
    expect(chosen).toMatchObject({
      refusal: {
        hint: expect.stringMatching(/^Which one is meant is for the user to say\. Call again with /),
      },
    });
  });

  it('is refused with what there is to choose from', () => {
    const instances = ALL.map(({ name, series }) => ({ instance: name, branch: series }));
    expect(selectTarget(ALL, {})).toMatchObject({ refusal: { details: { instances } } });
    expect(selectTarget(ALL, { instance: 'none' })).toMatchObject({ refusal: { details: { instances } } });
    const some = selectTarget(ALL, { branch: '16.0' });
    expect(some).toMatchObject({ refusal: { hint: expect.stringContaining('instance: "test"') } });
    expect(!some.ok && some.refusal.message).not.toContain('prod');
    const elsewhere = selectTarget(ALL, { instance: 'prod', target_dir: '/srv/secret' });
    expect(elsewhere).toMatchObject({ refusal: { details: { allowed: ['/srv/real', '/srv/second'] } } });
    expect(JSON.stringify(elsewhere)).not.toContain('secret');
  });
});

describe('the instance of a call that needs no directory', () => {
  it.each<[Selection, string]>([
    [{}, 'ambiguous_instance'],
    [{ branch: '17.0' }, 'prod'],
    [{ instance: 'spare' }, 'spare'],
    [{ instance: 'none' }, 'unknown_instance'],
  ])('%j: %s', (selection, name) => {
    const chosen = selectInstance(ALL, selection);
    expect(chosen.ok ? chosen.value.name : chosen.refusal.code).toBe(name);
  });
});
