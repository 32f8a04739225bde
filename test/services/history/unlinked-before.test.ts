import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../../src/addons/module-name.ts';
import { ok, refuse } from '../../../src/base/refusal.ts';
import type { PlannedLink } from '../../../src/links/plan-links.ts';
import type { Series } from '../../../src/manifest/series.ts';
import type { ServiceContext } from '../../../src/services/context.ts';
import { unlinkedBefore } from '../../../src/services/history/unlinked-before.ts';
import { type Past, pastOf } from '../../support/past.ts';
import { noTurns } from '../../support/turns.ts';

const planned = (module: string, action: PlannedLink['action'] = 'create') =>
  ({ module: module as ModuleName, action }) as PlannedLink;

const comeBack = async (
  links: readonly PlannedLink[],
  readPast: ServiceContext['readPast'],
  series: Series = '17.0',
) => {
  const context = readPast === undefined ? {} : { readPast };
  return [...(await unlinkedBefore({ links }, { name: 'prod', series }, context, noTurns))];
};

const remembering =
  (...calls: Past[]): ServiceContext['readPast'] =>
  () =>
    ok(pastOf(...calls));

describe('a module was unlinked before', () => {
  it.each<[string, Past[], string[]]>([
    ['if that is the last of it', [{ links: ['create m'] }, { links: ['remove x', 'remove m'] }], ['m']],
    ['not if it was linked again since', [{ links: ['remove m'] }, { links: ['create m'] }], []],
    ['not if that was undone', [{ links: ['remove m'], outcome: 'refused' }], []],
    ['not if that was in another instance', [{ links: ['remove m'], instance: 'test' }], []],
    ['not if nothing is known of it', [{ links: ['remove x'] }], []],
  ])('%s', async (_, calls, expected) => {
    expect(await comeBack([planned('m')], remembering(...calls))).toEqual(expected);
  });

  it('is asked of new links alone, of ten of them, and where Odoo remembers', async () => {
    const past = remembering({ links: ['remove m'] });
    expect(await comeBack([planned('m', 'keep')], past)).toEqual([]);
    expect(await comeBack([planned('m', 'replace')], past)).toEqual([]);
    expect(await comeBack([planned('m')], past, '16.0')).toEqual(['m']);
    expect(await comeBack([planned('m')], past, '15.0')).toEqual([]);
    const asked: unknown[] = [];
    await comeBack(
      Array.from({ length: 12 }, (_, at) => planned(`m${at}`)),
      (module) => {
        asked.push(module);
        return ok(pastOf());
      },
    );
    expect(asked).toHaveLength(10);
  });

  it('is not known without a trail that can be read', async () => {
    expect(await comeBack([planned('m')], undefined)).toEqual([]);
    expect(await comeBack([planned('m')], () => refuse('io_error', 'no'))).toEqual([]);
  });
});
