import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPathMap } from '../../src/base/path-map.ts';
import { hasJournal, readJournal, removeJournal, type Step, writeJournal } from '../../src/links/journal.ts';
import type { LinkRules } from '../../src/links/link-text.ts';
import { openDir } from '../support/batch.ts';
import { systemError, watchChanges } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';
import { createWorld } from '../support/world.ts';

/** Roots of two families, an addons directory and a state folder. */
function prepare() {
  const world = createWorld();
  for (const name of ['oca/web/a', 'ee/b', 'elsewhere/c', 'linked', 'state']) world.folder(name);
  world.link(world.at('elsewhere'), 'oca/out');
  world.link(world.at('oca/web'), 'way');
  world.link(world.at('oca/web/a'), 'linked/in');
  const rules: LinkRules = {
    roots: [
      { family: 'oca', path: world.at('oca') },
      { family: 'ee', path: world.at('ee') },
    ],
    linkStyle: 'absolute',
    paths: null,
  };
  const dir = openDir(world.at('linked'));
  const folder = world.at('state');
  const put = (text: string) => writeFileSync(world.at('state/journal'), text, { mode: 0o600 });
  return { world, rules, dir, folder, put };
}

/** A journal of these steps; `ROOT` in a text is the world. */
function journalOf(steps: readonly unknown[], more: Record<string, unknown> = {}) {
  return { version: 1, id: randomUUID(), directory: 'WORLD/linked', steps, ...more };
}

function read(journal: unknown, style: LinkRules['linkStyle'] = 'absolute') {
  const { world, rules, dir, folder, put } = prepare();
  put(JSON.stringify(journal).replaceAll('WORLD', world.path));
  const result = readJournal(folder, dir, { ...rules, linkStyle: style });
  if (result.ok) return 'believed';
  expect(result.refusal).toMatchObject({ code: 'io_error', details: { journal: expect.any(String) } });
  expect(JSON.stringify(result.refusal)).not.toContain(world.path);
  return 'refused';
}

const create = (target: string): unknown => ({ action: 'create', module: 'a', target });
const replace = (target: string, previous: string): unknown => {
  return { action: 'replace', module: 'a', target, previous };
};
const remove = (previous: string): unknown => ({ action: 'remove', module: 'a', previous });

describe('a journal', () => {
  it('is written as a whole, for the user alone, and on the disk under its name', async () => {
    const { world, folder, dir, rules } = prepare();
    const steps = [{ action: 'create', module: 'a', target: world.at('oca/web/a') }] as unknown as Step[];
    const journal = { version: 1 as const, id: randomUUID(), directory: dir.path, steps };
    const seen: string[] = [];
    onTestFinished(watchChanges({ before: (verb) => void seen.push(verb) }));
    expect(hasJournal(folder)).toBe(false);
    await writeJournal(folder, journal);
    expect(seen.filter((verb) => !/^write/.test(verb))).toEqual(['openSync', 'fsync', 'renameSync', 'fsync']);
    expect(seen.findIndex((verb) => /^write/.test(verb))).toBe(1);
    expect(readdirSync(folder)).toEqual(['journal']);
    expect(lstatSync(world.at('state/journal')).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(world.at('state/journal'), 'utf8'))).toEqual(journal);
    expect(hasJournal(folder)).toBe(true);
    expect(readJournal(folder, dir, rules)).toEqual({ ok: true, value: journal });
    removeJournal(folder);
    expect([hasJournal(folder), readdirSync(folder)]).toEqual([false, []]);
    expect(readJournal(folder, dir, rules)).toEqual({ ok: true, value: null });
    expect(() => removeJournal(folder)).toThrow('ENOENT');
  });

  it('is none before it is on the disk', async () => {
    const { folder, dir } = prepare();
    onTestFinished(
      watchChanges({
        before(verb) {
          if (verb === 'fsync') throw systemError('EIO');
        },
      }),
    );
    const journal = { version: 1 as const, id: randomUUID(), directory: dir.path, steps: [] };
    await expect(writeJournal(folder, journal)).rejects.toThrow('EIO');
    expect(hasJournal(folder)).toBe(false);
  });

  it('is there also as a link that leads nowhere, or a folder', () => {
    const { world, folder } = prepare();
    world.link('none', 'state/journal');
    expect([hasJournal(folder), existsSync(world.at('state/journal'))]).toEqual([true, false]);
    const other = prepare();
    other.world.folder('state/journal');
    expect(hasJournal(other.folder)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['of no steps', journalOf([])],
    ['of a new link', journalOf([create('WORLD/oca/web/a')])],
    ['of a new link to a folder that is gone', journalOf([create('WORLD/oca/web/gone')])],
    ['of a new link into the other root', journalOf([create('WORLD/ee/b')])],
    ['of a link that is removed', journalOf([remove('WORLD/oca/web/a')])],
    ['of a broken link that is removed', journalOf([remove('WORLD/oca/gone')])],
    ['of a relative link that is removed', journalOf([remove('../oca/web/a')])],
    ['of a link that is removed, however it is written', journalOf([remove('WORLD/oca/./web//a/')])],
    ['of a link that is re-pointed', journalOf([replace('WORLD/oca/web/a', 'WORLD/ee/b')])],
    [
      'of two names',
      journalOf([create('WORLD/oca/web/a'), { action: 'remove', module: 'b', previous: 'WORLD/ee/b' }]),
    ],
  ])('%s is believed', (_, journal) => expect(read(journal)).toBe('believed'));

  it.each<[string, unknown]>([
    ['of another version', journalOf([], { version: 2 })],
    ['of a version in words', journalOf([], { version: '1' })],
    ['without a name for what is aside', journalOf([], { id: '../../x' })],
    ['of another directory', journalOf([], { directory: 'WORLD/linked2' })],
    ['of no directory', journalOf([], { directory: undefined })],
    ['with more in it', journalOf([], { more: 1 })],
    ['without steps', journalOf([], { steps: undefined })],
    ['that is a list', [journalOf([])]],
    ['that is null', null],
    ['of an unknown step', journalOf([{ action: 'move', module: 'a', target: 'WORLD/ee/b' }])],
    [
      'of a step with more in it',
      journalOf([{ ...(create('WORLD/ee/b') as object), previous: 'WORLD/ee/b' }]),
    ],
    ['of a step without a link', journalOf([{ action: 'replace', module: 'a', target: 'WORLD/ee/b' }])],
    ['of a name with a path', journalOf([{ ...(create('WORLD/ee/b') as object), module: '../a' }])],
    ['of a name that is a number', journalOf([{ ...(create('WORLD/ee/b') as object), module: 1 }])],
    ['of two steps for one name', journalOf([create('WORLD/oca/web/a'), remove('WORLD/ee/b')])],
    ['of a new link out of the roots', journalOf([create('WORLD/elsewhere/c')])],
    ['of a new link that leads out of the roots', journalOf([create('WORLD/oca/out/c')])],
    ['of a new link that would lead out of the roots', journalOf([create('WORLD/oca/out/gone')])],
    ['of a new link that only leads into a root', journalOf([create('WORLD/way/a')])],
    ['of a new link to a root', journalOf([create('WORLD/oca')])],
    ['of a new link that is relative', journalOf([create('../oca/web/a')])],
    ['of a new link that is written in another way', journalOf([create('WORLD/oca/web/../web/a')])],
    ['of a new link that ends in a slash', journalOf([create('WORLD/oca/web/a/')])],
    ['of a new link of nothing', journalOf([create('')])],
    ['of a link to itself that is removed', journalOf([remove('')])],
    ['of a foreign link that is removed', journalOf([remove('WORLD/elsewhere/c')])],
    ['of a link to a root that is removed', journalOf([remove('WORLD/oca')])],
    ['of a link to a root that is removed, written in another way', journalOf([remove('WORLD/oca/')])],
    ['of a link that leads out of the roots and is removed', journalOf([remove('WORLD/oca/out/c')])],
    ['of a link that only leads into a root and is removed', journalOf([remove('WORLD/way/a')])],
    ['of a link to another one, which is removed', journalOf([remove('in')])],
    // It reads as a path in the root, and leads elsewhere: `..` is taken behind the symlink.
    ['of a link with .. behind a symlink', journalOf([remove('../oca/out/../c')])],
    ['of a broken link with .. in it', journalOf([remove('WORLD/oca/gone/../web')])],
    ['of a foreign link that is re-pointed', journalOf([replace('WORLD/oca/web/a', 'WORLD/elsewhere/c')])],
    [
      'of a link that is re-pointed out of the roots',
      journalOf([replace('WORLD/elsewhere/c', 'WORLD/ee/b')]),
    ],
  ])('%s is not believed', (_, journal) => expect(read(journal)).toBe('refused'));

  it('has new links in the style of the instance, and old ones in any', () => {
    expect(read(journalOf([create('../oca/web/a')]), 'relative')).toBe('believed');
    expect(read(journalOf([create('WORLD/oca/web/a')]), 'relative')).toBe('refused');
    expect(read(journalOf([create('./../oca/web/a')]), 'relative')).toBe('refused');
    expect(read(journalOf([remove('WORLD/oca/web/a')]), 'relative')).toBe('believed');
    expect(read(journalOf([replace('../ee/b', 'WORLD/oca/web/a')]), 'relative')).toBe('believed');
  });

  describe('of an instance whose Odoo sees other paths', () => {
    it.each<[string, boolean, unknown]>([
      ['a new link, as Odoo sees it', true, journalOf([create('/mnt/oca/web/a')])],
      ['a new link, as this host sees it', false, journalOf([create('WORLD/oca/web/a')])],
      ['a new link to what Odoo does not see', false, journalOf([create('WORLD/ee/b')])],
      ['a new link that leads out of the roots', false, journalOf([create('/mnt/oca/out/c')])],
      ['a new link into the container', false, journalOf([create('/usr/lib/a')])],
      ['a new link, written in another way', false, journalOf([create('/mnt/oca/./web/a')])],
      ['a link that is removed, as Odoo sees it', true, journalOf([remove('/mnt/oca/web/a')])],
      ['a broken link that is removed', true, journalOf([remove('/mnt/oca/gone')])],
      ['a link that is removed, as this host sees it', true, journalOf([remove('WORLD/oca/web/a')])],
      ['a foreign link that is removed', false, journalOf([remove('/mnt/elsewhere/c')])],
      ['a link into the container that is removed', false, journalOf([remove('/usr/lib/a')])],
      ['a link that is written anew', true, journalOf([replace('/mnt/oca/web/a', 'WORLD/oca/web/a')])],
      ['a link that is written back', false, journalOf([replace('WORLD/oca/web/a', '/mnt/oca/web/a')])],
    ])('%s is believed: %s', (_, isBelieved, journal) => {
      const { world, rules, dir, folder, put } = prepare();
      put(JSON.stringify(journal).replaceAll('WORLD', world.path));
      const mounts = ['oca', 'linked', 'elsewhere'].map((name) => ({
        host: world.at(name),
        odoo: `/mnt/${name}`,
      }));
      const paths = createPathMap(mounts);
      expect(readJournal(folder, dir, { ...rules, paths }).ok).toBe(isBelieved);
    });
  });

  it.each<[string, (path: string, put: (text: string) => void) => void]>([
    ['is no JSON', (_, put) => put('{')],
    ['is empty', (_, put) => put('')],
    [
      'may be written by others',
      (path, put) => {
        put('{}');
        chmodSync(path, 0o622);
      },
    ],
  ])('that %s is not believed', (_, make) => {
    const { world, folder, dir, rules, put } = prepare();
    make(world.at('state/journal'), put);
    expect(readJournal(folder, dir, rules)).toMatchObject({
      refusal: { code: 'io_error', details: { journal: expect.stringMatching(/\/journal$/) } },
    });
  });

  it('says whether it makes no sense or is not the own file of the server', () => {
    const { world, folder, dir, rules, put } = prepare();
    const said = () => {
      const read = readJournal(folder, dir, rules);
      return read.ok ? null : read.refusal.message;
    };
    put('{}');
    const senseless = said();
    chmodSync(world.at('state/journal'), 0o622);
    expect([senseless, said()]).toEqual([expect.any(String), expect.any(String)]);
    expect(said()).not.toBe(senseless);
  });

  it('of a link of nothing is not believed either where the addons directory is in a root', () => {
    const { world, folder, rules, put } = prepare();
    const dir = openDir(world.folder('oca/linked'));
    const isBelieved = (previous: string) => {
      const journal = journalOf([remove(previous)], { directory: dir.path });
      put(JSON.stringify(journal).replaceAll('WORLD', world.path));
      return readJournal(folder, dir, rules).ok;
    };
    expect(['', '../web/a'].map(isBelieved)).toEqual([false, true]);
  });

  it('that is a link or a folder is not believed', () => {
    const { world, folder, dir, rules, put } = prepare();
    put(JSON.stringify(journalOf([])).replaceAll('WORLD', world.path));
    expect(readJournal(folder, dir, rules).ok).toBe(true);
    const linked = world.folder('other');
    world.link('../state/journal', 'other/journal');
    expect(readJournal(linked, dir, rules).ok).toBe(false);
    const folders = world.folder('third');
    world.folder('third/journal');
    expect(readJournal(folders, dir, rules).ok).toBe(false);
  });

  it('that cannot be read is a failure of the state directory', () => {
    const { folder, dir, rules } = prepare();
    patchFs('openSync', () => () => {
      throw systemError('EACCES');
    });
    expect(readJournal(folder, dir, rules)).toMatchObject({
      refusal: { code: 'io_error', details: { errno: 'EACCES' } },
    });
  });
});
