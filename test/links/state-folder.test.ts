import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { relativeToState, stateFolder } from '../../src/links/state-folder.ts';
import { openDir } from '../support/batch.ts';
import { createWorld } from '../support/world.ts';

describe('the state folder of an addons directory', () => {
  it('has a name by its real path alone, which is the same after a restart', () => {
    const world = createWorld();
    const dir = openDir(world.folder('linked'));
    world.link('linked', 'alias');
    const digest = createHash('sha256').update(world.at('linked')).digest('hex');
    const expected = `/state/addons-dirs/${digest.slice(0, 16)}`;
    expect(stateFolder(dir, '/state')).toBe(expected);
    expect(stateFolder(openDir(world.at('alias')), '/state')).toBe(expected);
    expect(stateFolder({ ...dir, ino: dir.ino + 1n }, '/state')).toBe(expected);
    expect(stateFolder(openDir(world.folder('other')), '/state')).not.toBe(expected);
  });

  it('is named in answers without the path of the state directory', () => {
    expect(relativeToState('/srv/state/addons-dirs/0123/journal')).toBe('addons-dirs/0123/journal');
  });
});
