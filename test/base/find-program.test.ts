import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../src/base/find-program.ts';
import { createWorld, type World } from '../support/world.ts';

function program(world: World, folder: string, mode = 0o755): string {
  mkdirSync(world.at(folder), { recursive: true });
  writeFileSync(world.at(folder, 'tool'), '#!/bin/sh\n', { mode });
  return world.at(folder, 'tool');
}

describe('a program', () => {
  it('is the first on the search path that may be executed', () => {
    const world = createWorld();
    const plain = program(world, 'plain', 0o644);
    const bin = program(world, 'bin');
    const more = program(world, 'more');
    mkdirSync(world.at('folder/tool'), { recursive: true });
    symlinkSync('../bin/tool', `${world.folder('linked')}/tool`);
    const on = (...names: string[]) => findProgram('tool', names.map((name) => world.at(name)).join(':'));
    expect(on('bin')).toEqual({ ok: true, value: bin });
    expect(on('none', 'plain', 'folder', 'more', 'bin')).toEqual({ ok: true, value: more });
    expect(on('linked')).toEqual({ ok: true, value: world.at('linked/tool') });
    expect(on('none', 'plain')).toEqual({ ok: false, refusal: 'denied' });
    expect(on('none', 'folder')).toEqual({ ok: false, refusal: 'missing' });
    expect(findProgram(bin, undefined)).toEqual({ ok: true, value: bin });
    expect(findProgram(plain, '/bin')).toEqual({ ok: false, refusal: 'denied' });
    expect(findProgram(world.at('none/tool'), '/bin')).toEqual({ ok: false, refusal: 'missing' });
  });

  it('is not found by a relative entry of the search path', () => {
    const world = createWorld();
    program(world, 'bin');
    // What they name would be found from here.
    const up = '../'.repeat(process.cwd().split('/').length);
    for (const path of [`${up}${world.at('bin').slice(1)}`, '.::bin', '', undefined])
      expect(findProgram('tool', path)).toEqual({ ok: false, refusal: 'missing' });
  });
});
