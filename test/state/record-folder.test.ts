import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRecordFolder } from '../../src/state/record-folder.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { snapshot } from '../support/snapshot.ts';
import { unprivileged } from '../support/users.ts';
import { createWorld } from '../support/world.ts';

function prepare() {
  const world = createWorld();
  world.folder('state');
  const open = () => openRecordFolder(world.at('state'), 'records');
  return { world, records: open(), open };
}

describe('a folder of records', () => {
  it('is made when something is first written, for the user alone', () => {
    const { world, records } = prepare();
    expect([records.list(), records.read('a'), readdirSync(world.at('state'))]).toEqual([[], null, []]);
    expect(records.create('a', 'text')).toBe(true);
    expect(lstatSync(world.at('state/records')).mode & 0o777).toBe(0o700);
    expect(lstatSync(world.at('state/records/a')).mode & 0o777).toBe(0o600);
    expect(readdirSync(world.at('state/records'))).toEqual(['a']);
    expect(lstatSync(world.at('state/records/a')).nlink).toBe(1);
  });

  it('is made with the state directory itself where that is not there', () => {
    const world = createWorld();
    const records = openRecordFolder(world.at('state'), 'records');
    expect([records.list(), records.read('a')]).toEqual([[], null]);
    expect(records.create('a', 'text')).toBe(true);
    expect(records.read('a')).toBe('text');
  });

  it('has records that are made once and removed once, by whichever process', () => {
    const { records, open, world } = prepare();
    const other = open();
    expect(records.create('a', 'one')).toBe(true);
    expect(other.create('a', 'two')).toBe(false);
    expect(other.create('b', 'ü')).toBe(true);
    expect([records.read('a'), records.read('b'), records.list().sort()]).toEqual(['one', 'ü', ['a', 'b']]);
    expect([other.remove('a'), records.remove('a')]).toEqual([true, false]);
    expect([records.list(), records.read('a')]).toEqual([['b'], null]);
    expect(records.create('a', 'three')).toBe(true);
    expect(readdirSync(world.at('state/records')).sort()).toEqual(['a', 'b']);
  });

  it('does not list what was not finished, and lists whatever else', () => {
    const { world, records } = prepare();
    records.create('a', 'text');
    const unfinished = `.${'0af9'.repeat(4)}`;
    for (const name of [unfinished, `${unfinished}0`, `x${unfinished}`, '.hidden', `.${'0'.repeat(15)}`])
      world.file(`state/records/${name}`);
    expect(records.list().sort()).toEqual(
      ['a', `${unfinished}0`, `x${unfinished}`, '.hidden', `.${'0'.repeat(15)}`].sort(),
    );
  });

  it.each<[string, (path: string) => void]>([
    ['may be entered by its group', (path) => chmodSync(path, 0o710)],
    ['may be read by others', (path) => chmodSync(path, 0o704)],
    ['may be written by others', (path) => chmodSync(path, 0o702)],
    [
      'is a file',
      (path) => {
        renameSync(path, `${path}2`);
        execFileSync('touch', [path]);
        chmodSync(path, 0o600);
      },
    ],
    [
      'is a link',
      (path) => {
        renameSync(path, `${path}2`);
        execFileSync('ln', ['-s', `${path}2`, path]);
      },
    ],
  ])('is not used when it %s', (_, change) => {
    const { world, records } = prepare();
    records.create('a', 'text');
    change(world.at('state/records'));
    const before = snapshot(world.path);
    expect(() => records.list()).toThrow(world.at('state/records'));
    // It is found before anything is tried that the system would refuse.
    expect(() => records.list()).not.toThrow(expect.objectContaining({ code: expect.any(String) }));
    expect(() => records.create('b', 'text')).toThrow(world.at('state/records'));
    expect(snapshot(world.path)).toEqual(before);
  });

  it('is not used where others may write to a folder above', () => {
    const { world, records } = prepare();
    records.create('a', 'text');
    chmodSync(world.at('state'), 0o777);
    expect(() => records.list()).toThrow(world.at('state'));
    expect(() => records.create('b', 'text')).toThrow(world.at('state'));
  });

  it('does not take what is no file of its own for a record', () => {
    const { world, records } = prepare();
    records.create('a', 'text');
    chmodSync(world.at('state/records/a'), 0o602);
    expect(() => records.read('a')).toThrow(world.at('state/records/a'));
    world.link('a', 'state/records/link');
    expect(() => records.read('link')).toThrow(world.at('state/records/link'));
    expect(() => records.remove('none/x')).not.toThrow();
    expect(() => records.remove('a/x')).toThrow('ENOTDIR');
  });

  it('leaves nothing behind when a record cannot be made', () => {
    const { world, records } = prepare();
    records.create('a', 'text');
    const before = snapshot(world.path);
    for (const verb of ['writeSync', 'fsyncSync', 'linkSync']) {
      const unwatch = watchChanges({
        before(current) {
          if (current === verb) throw systemError('EIO');
        },
      });
      onTestFinished(unwatch);
      expect(() => records.create('b', 'text')).toThrow('EIO');
      unwatch();
      expect([verb, ...snapshot(world.path)]).toEqual([verb, ...before]);
    }
  });

  it('waits for the disk when a record was made, and when one was removed', () => {
    const { records } = prepare();
    records.create('a', 'text');
    const seen: string[] = [];
    const unwatch = watchChanges({
      after(verb) {
        seen.push(verb);
      },
    });
    onTestFinished(unwatch);
    records.create('b', 'text');
    // The file, its last name, and the folder.
    expect(seen.filter((verb) => ['fsyncSync', 'linkSync', 'unlinkSync'].includes(verb))).toEqual([
      'fsyncSync',
      'linkSync',
      'unlinkSync',
      'fsyncSync',
    ]);
    seen.length = 0;
    records.remove('b');
    expect(seen).toEqual(['unlinkSync', 'fsyncSync']);
    seen.length = 0;
    records.remove('b');
    expect(seen).toEqual([]);
  });

  it('belongs to the owner of the state directory where root writes', () => {
    if (unprivileged.uid === undefined) return;
    const { world, records } = prepare();
    const { uid = 0, gid = 0 } = unprivileged;
    chownSync(world.at('state'), uid, gid);
    mkdirSync(world.at('state/records'), { mode: 0o700 });
    chownSync(world.at('state/records'), uid, gid);
    expect(records.create('a', 'text')).toBe(true);
    expect(lstatSync(world.at('state/records/a')).uid).toBe(uid);
    expect([records.read('a'), records.list()]).toEqual(['text', ['a']]);
    expect(readFileSync(world.at('state/records/a'), 'utf8')).toBe('text');
    chownSync(world.at('state/records/a'), 0, 0);
    expect(() => records.read('a')).toThrow(world.at('state/records/a'));
  });
});
