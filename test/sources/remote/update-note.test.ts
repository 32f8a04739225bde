import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leaveNote, readNote, takeOver } from '../../../src/sources/remote/update-note.ts';
import { nameHolder, thisProcess } from '../../../src/state/holder.ts';
import { systemError } from '../../support/changes.ts';
import { patchFs } from '../../support/patch-fs.ts';
import { createWorld, type World } from '../../support/world.ts';

const MOVE = { before: 'a'.repeat(40), after: 'b'.repeat(40) };
const LEFT = { kind: 'left', ...MOVE };

function places(world: World) {
  return { git: { path: world.folder('git') }, scratch: world.folder('scratch') };
}

/** Writes a note as another process would have left it. */
function write(world: World, server: string, child: string, before = MOVE.before) {
  world.file(
    'git/index.lock',
    `odoo-link-mcp update\nfrom ${before}\nto ${MOVE.after}\nserver ${server}\ngit ${child}\n`,
  );
}

const own = () => nameHolder(thisProcess());
/** A process of this boot that has ended: no process has this id. */
const dead = () => nameHolder({ ...thisProcess(), pid: 4_194_305, started: '1' });

describe('the note of an update', () => {
  it('is the lock of the index, and says who moves what', () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    const note = leaveNote(git, MOVE, scratch);
    expect(readFileSync(world.at('git/index.lock'), 'utf8')).toBe(
      `odoo-link-mcp update\nfrom ${MOVE.before}\nto ${MOVE.after}\nserver ${own()}\ngit none\n`,
    );
    expect(readNote(git)).toEqual({ kind: 'at work' });
    expect(leaveNote(git, MOVE, scratch)).toBeNull();
    note?.release();
    expect(readNote(git)).toEqual({ kind: 'none' });
  });

  it('keeps a lock of another git', () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    world.file('git/index.lock', '');
    expect(leaveNote(git, MOVE, scratch)).toBeNull();
    expect(takeOver(git, MOVE, scratch)).toBeNull();
    expect(readFileSync(world.at('git/index.lock'), 'utf8')).toBe('');
  });

  it.each<[string, string]>([
    ['an empty file', ''],
    ['text', 'hello'],
    [
      'a commit that is none',
      `odoo-link-mcp update\nfrom HEAD\nto ${MOVE.after}\nserver gave up\ngit none\n`,
    ],
    [
      'more than a note',
      `odoo-link-mcp update\nfrom ${MOVE.before}\nto ${MOVE.after}\nserver gave up\ngit none\n${'x'.repeat(5000)}`,
    ],
  ])('is not taken for one: %s', (_, text) => {
    const world = createWorld();
    const { git } = places(world);
    world.file('git/index.lock', text);
    expect(readNote(git)).toEqual({ kind: 'of another' });
  });

  it('is not followed when it is a symlink', () => {
    const world = createWorld();
    const { git } = places(world);
    write(world, 'gave up', 'none');
    world.link(world.at('git/index.lock'), 'other/index.lock');
    expect(readNote({ path: world.at('other') })).toEqual({ kind: 'of another' });
    expect(readNote(git)).toEqual(LEFT);
  });

  it('is left when the server has ended, or given up, and its git has ended', () => {
    const world = createWorld();
    const { git } = places(world);
    for (const [server, child] of [
      [dead(), 'none'],
      [dead(), dead()],
      ['gave up', 'none'],
    ] as const) {
      write(world, server, child);
      expect(readNote(git)).toEqual(LEFT);
    }
    for (const [server, child] of [
      [own(), 'none'],
      [own(), dead()],
      [dead(), own()],
      ['nonsense', 'none'],
      [dead(), 'nonsense'],
    ] as const) {
      write(world, server, child);
      expect(readNote(git)).toEqual({ kind: 'at work' });
    }
  });

  it('is not left for a minute when its git may be running unknown', () => {
    const world = createWorld();
    const { git } = places(world);
    write(world, dead(), 'unknown');
    expect(readNote(git)).toEqual({ kind: 'at work' });
    const then = Date.now() / 1000 - 61;
    utimesSync(world.at('git/index.lock'), then, then);
    expect(readNote(git)).toEqual(LEFT);
  });

  it('says which git runs, from the moment before it is started', async () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    const note = leaveNote(git, MOVE, scratch);
    const onStart = note?.starting();
    expect(readFileSync(world.at('git/index.lock'), 'utf8')).toMatch(/\ngit unknown\n$/);
    const child = spawn('sleep', ['60']);
    onStart?.(child.pid as number);
    const text = readFileSync(world.at('git/index.lock'), 'utf8');
    expect(text).toMatch(new RegExp(`\\ngit ${child.pid}\\.`));
    world.file('git/index.lock', text.replace(`server ${own()}`, `server ${dead()}`));
    expect(readNote(git)).toEqual({ kind: 'at work' });
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
    expect(readNote(git)).toEqual(LEFT);
    world.file('git/index.lock', text);
    note?.giveUp();
    expect(readFileSync(world.at('git/index.lock'), 'utf8')).toMatch(/\nserver gave up\ngit none\n$/);
  });

  it('can be given up, and does not keep a git from being waited for, when the disk is full', () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    const note = leaveNote(git, MOVE, scratch);
    const onStart = note?.starting();
    const undo = patchFs('writeFileSync', () => () => {
      throw systemError('ENOSPC');
    });
    expect(() => onStart?.(process.pid)).not.toThrow();
    expect(readFileSync(world.at('git/index.lock'), 'utf8')).toMatch(/\ngit unknown\n$/);
    note?.giveUp();
    undo();
    expect(readNote(git)).toEqual(LEFT);
  });

  it('is no longer there, or that of another git, where somebody has removed it', () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    for (const theirs of [null, '']) {
      const note = leaveNote(git, MOVE, scratch);
      rmSync(world.at('git/index.lock'));
      if (theirs !== null) world.file('git/index.lock', theirs);
      note?.release();
      expect(readNote(git)).toEqual({ kind: theirs === null ? 'none' : 'of another' });
    }
  });

  it('never takes the place of the lock of another git, and is left again where there is none', () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    const lock = world.at('git/index.lock');
    for (const theirs of [null, 'DIRC']) {
      const note = leaveNote(git, MOVE, scratch);
      rmSync(lock);
      if (theirs !== null) world.file('git/index.lock', theirs);
      note?.starting()(process.pid);
      expect(existsSync(lock) ? readFileSync(lock, 'utf8') : null).toBe(theirs);
      note?.giveUp();
      if (theirs === null) expect(readNote(git)).toEqual(LEFT);
      else expect(readFileSync(lock, 'utf8')).toBe(theirs);
      rmSync(lock);
    }
  });

  it('is taken over by one that undoes what it tells of', () => {
    const world = createWorld();
    const { git, scratch } = places(world);
    write(world, 'gave up', 'none');
    const note = takeOver(git, MOVE, scratch);
    expect(readNote(git)).toEqual({ kind: 'at work' });
    expect(takeOver(git, MOVE, scratch)).toBeNull();
    note?.release();
    expect(readNote(git)).toEqual({ kind: 'none' });
  });
});
