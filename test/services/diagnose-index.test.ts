import { chmodSync } from 'node:fs';
import { expect, it } from 'vitest';
import { diagnoseIndex } from '../../src/services/diagnose-index.ts';
import { ownFile } from '../support/instance.ts';
import { createWorld } from '../support/world.ts';

function build() {
  const world = createWorld();
  const module = { manifest: null, title: '', version: null, summary: '', depends: [], installable: true };
  for (const series of ['16.0', '17.0']) {
    const checked = `2026-0${series === '16.0' ? 7 : 8}-21T10:00:00.000Z`;
    const branch = {
      format: 1,
      commit: 'c',
      committed: null,
      checked,
      modules: { web_x: module, web_y: module },
    };
    ownFile(world.at(`state/sources/index/${series}/web.json`), JSON.stringify(branch));
    const none = { ...branch, commit: null, modules: {} };
    ownFile(world.at(`state/sources/index/${series}/none.json`), JSON.stringify(none));
    for (const folder of ['state', 'state/sources', 'state/sources/index', `state/sources/index/${series}`])
      chmodSync(world.at(folder), 0o700);
  }
  return world.at('state');
}

const on = (day: string) => Date.parse(`${day}T12:00:00Z`);

it('says in one line how old the fetched index is, for the series of the instances', () => {
  const state = build();
  expect(diagnoseIndex(state, [{ series: '17.0' }, { series: '17.0' }], on('2026-09-01'))).toEqual([
    {
      level: 'ok',
      text: "index of the OCA's repositories: 17.0 as of 21 August 2026 (2 modules of 1 repository)",
    },
  ]);
  expect(diagnoseIndex(state, [{ series: '17.0' }, { series: '16.0' }], on('2026-11-01'))).toEqual([
    {
      level: 'warn',
      text: "index of the OCA's repositories: 16.0 as of 21 July 2026 (2 modules of 1 repository) and 17.0 as of 21 August 2026 (2 modules of 1 repository)",
      remedy: 'odoo-link-mcp source index brings it up to date',
    },
  ]);
});

it('says nothing where nothing was fetched', () => {
  expect(diagnoseIndex(build(), [{ series: '18.0' }])).toEqual([]);
  expect(diagnoseIndex(createWorld().at('state'), [{ series: '17.0' }])).toEqual([]);
});
