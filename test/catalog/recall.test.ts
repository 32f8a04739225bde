import { linkSync, renameSync, rmSync } from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Root } from '../../src/addons/roots.ts';
import { recallFolder } from '../../src/catalog/recall.ts';
import { createWorld } from '../support/world.ts';

const AN_HOUR = 3_600_000;

/** Puts the clock forward, so that a change counts as over. */
function later(): void {
  const now = Date.now;
  const spy = vi.spyOn(Date, 'now').mockImplementation(() => now() + AN_HOUR);
  onTestFinished(() => spy.mockRestore());
}

function build() {
  const world = createWorld();
  world.module('oca/a');
  const roots: Root[] = [{ family: 'oca', path: world.at('oca') }];
  const recall = (name = 'a', given: readonly Root[] = roots, series: '17.0' | '18.0' = '17.0') =>
    recallFolder(name, world.at('oca/a'), given, series);
  return { world, roots, recall };
}

it('remembers what it has assessed by name, series and roots', () => {
  later();
  const { roots, recall } = build();
  const first = recall();
  expect(first.judgement?.verdict).toBe('installable');
  expect(recall()).toBe(first);
  expect(recall('b')).not.toBe(first);
  expect(recall('a', roots, '18.0')).not.toBe(first);
  expect(recall('a', [...roots])).not.toBe(first);
  expect(recall()).toBe(first);
});

it('reads again what has changed', () => {
  later();
  const { world, recall } = build();
  const first = recall();
  world.module('oca/a', { name: 'other' });
  expect(recall().judgement?.fields?.name).toBe('other');
  renameSync(world.at('oca/a/__init__.py'), world.at('oca/a/x.py'));
  expect(recall().refusals).toMatchObject([{ code: 'not_importable' }]);
  rmSync(world.at('oca/a/__manifest__.py'));
  expect(recall().refusals).toMatchObject([{ code: 'manifest_missing' }]);
  expect(first.refusals).toEqual([]);
});

it('reads again what has changed so recently that another change may look the same', () => {
  const { recall } = build();
  expect(recall()).not.toBe(recall());
});

it('reads again what may change through another name of the manifest', () => {
  later();
  const { world, recall } = build();
  linkSync(world.at('oca/a/__manifest__.py'), world.at('other'));
  expect(recall()).not.toBe(recall());
});

it('remembers nothing of a folder without a manifest of its own', () => {
  later();
  const { world, recall } = build();
  renameSync(world.at('oca/a/__manifest__.py'), world.at('oca/manifest.py'));
  world.link('../manifest.py', 'oca/a/__manifest__.py');
  expect(recall().judgement?.verdict).toBe('installable');
  expect(recall()).not.toBe(recall());
});
