import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { asidePath, entryPath, isAbsent, isLink } from '../../src/links/site.ts';
import { isAside } from '../../src/state/layout.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { prepareSite } from './site.ts';

describe('the names of a transaction', () => {
  it('are in the addons directory, and aside in the state folder, one for each step', () => {
    const { site } = prepareSite();
    expect(entryPath(site, 'web' as ModuleName)).toBe(`${site.base}/web`);
    expect(asidePath(site, 0)).toBe(`${site.folder}/aside-${site.id}-0`);
    expect(asidePath(site, 1)).not.toBe(asidePath(site, 0));
    for (const index of [0, 499]) {
      expect(isAside(asidePath(site, index).slice(site.folder.length + 1))).toBe(true);
    }
  });
});

describe('a name', () => {
  it.each([
    ['link', 'target', true, false],
    ['link', 'target/', false, false],
    ['link', '', false, false],
    ['file', 'target', false, false],
    ['folder', 'target', false, false],
    ['fifo', 'target', false, false],
    ['none', 'target', false, true],
    ['none/x', 'target', false, true],
  ])('%s: is it a link to %j, is it absent', (name, text, isIt, isGone) => {
    const { world } = prepareSite();
    world.link('target', 'link');
    world.file('file');
    world.folder('folder');
    execFileSync('mkfifo', [world.at('fifo')]);
    expect([isLink(world.at(name), text), isAbsent(world.at(name))]).toEqual([isIt, isGone]);
  });

  it.each(['EACCES', 'EIO', 'ENOTDIR'])('that cannot be seen for %s is neither', (code) => {
    const fail = () => () => {
      throw systemError(code);
    };
    patchFs('readlinkSync', fail);
    patchFs('lstatSync', fail);
    expect(() => isLink('/x', 'target')).toThrow(code);
    expect(() => isAbsent('/x')).toThrow(code);
  });
});
