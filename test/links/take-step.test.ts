import { execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ModuleSource } from '../../src/addons/lookup.ts';
import { createPathMap } from '../../src/base/path-map.ts';
import type { Step } from '../../src/links/journal.ts';
import { asidePath, type Site } from '../../src/links/site.ts';
import { takeStep, undoStep, verifyLink } from '../../src/links/take-step.ts';
import { systemError, type Watcher, watchChanges } from '../support/changes.ts';
import { snapshot } from '../support/snapshot.ts';
import { prepareSite } from './site.ts';

const step = (given: Record<string, string>) => ({ module: 'web', ...given }) as unknown as Step;
const CREATE = step({ action: 'create', target: '/new' });
const REPLACE = step({ action: 'replace', target: '/new', previous: '/old' });
const REMOVE = step({ action: 'remove', previous: '/old' });
const STEPS: Record<string, Step> = { create: CREATE, replace: REPLACE, remove: REMOVE };

function watch(watcher: Watcher): void {
  onTestFinished(watchChanges(watcher));
}

/** As if the two folders were on two file systems. */
function cross(): void {
  watch({
    before(verb) {
      if (verb === 'renameSync') throw systemError('EXDEV');
    },
  });
}

/** What a name may hold: `new` and `old` are links with these texts. */
const CONTENTS: Record<string, (path: string) => void> = {
  new: (path) => symlinkSync('/new', path),
  old: (path) => symlinkSync('/old', path),
  other: (path) => symlinkSync('/other', path),
  file: (path) => writeFileSync(path, 'theirs'),
  folder: (path) => mkdirSync(path),
  fifo: (path) => execFileSync('mkfifo', [path]),
  nothing: () => {},
};

/** What a name holds, in these words. */
function contentOf(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 'nothing';
  if (stats.isSymbolicLink()) return readlinkSync(path).slice(1);
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'fifo';
}

function prepare(content: string, more: Partial<Site> = {}) {
  const { world, site } = prepareSite(more);
  const path = world.at('linked/web');
  const aside = asidePath(site, 3);
  CONTENTS[content]?.(path);
  let begun = 0;
  const take = (action: string) => {
    const outcome = takeStep(STEPS[action] as Step, 3, site, () => begun++);
    if (outcome === null || typeof outcome === 'string') return outcome;
    expect(outcome.refusal.module).toBe('web');
    return outcome.refusal.code;
  };
  const undo = (action: string) => undoStep(STEPS[action] as Step, 3, site);
  return { world, site, path, aside, take, undo, begun: () => begun };
}

describe('a step', () => {
  it.each([
    ['create', 'nothing', null, 'new', 1],
    ['create', 'new', 'link_exists', 'new', 0],
    ['create', 'other', 'link_exists', 'other', 0],
    ['create', 'file', 'occupied', 'file', 0],
    ['create', 'folder', 'occupied', 'folder', 0],
    ['create', 'fifo', 'occupied', 'fifo', 0],
    ['replace', 'old', null, 'new', 1],
    ['replace', 'new', 'link_exists', 'new', 0],
    ['replace', 'other', 'link_exists', 'other', 0],
    ['replace', 'nothing', 'link_exists', 'nothing', 0],
    ['replace', 'file', 'occupied', 'file', 0],
    ['replace', 'folder', 'occupied', 'folder', 0],
    ['replace', 'fifo', 'occupied', 'fifo', 0],
    ['remove', 'old', null, 'nothing', 1],
    ['remove', 'nothing', null, 'nothing', 0],
    ['remove', 'new', 'link_exists', 'new', 0],
    ['remove', 'file', 'occupied', 'file', 0],
    ['remove', 'folder', 'occupied', 'folder', 0],
    ['remove', 'fifo', 'occupied', 'fifo', 0],
  ])('that would %s where there is %s: %j, and there is %s then', (action, content, outcome, then, begun) => {
    const given = prepare(content);
    expect(given.take(action)).toBe(outcome);
    expect([contentOf(given.path), given.begun()]).toEqual([then, begun]);
    expect(readdirSync(given.site.folder)).toEqual([]);
  });

  it('re-points by one rename, so that the name is never missing', () => {
    const { path, site, take } = prepare('old');
    const seen: string[] = [];
    watch({ before: (verb, name) => void seen.push(`${verb} ${name}`) });
    expect(take('replace')).toBe(null);
    expect(seen).toEqual([
      expect.stringMatching(`^symlinkSync ${site.folder}/staged-[0-9a-f-]{36}$`),
      expect.stringMatching(`^renameSync ${site.folder}/staged-`),
    ]);
    expect(contentOf(path)).toBe('new');
  });

  it('begins only when something was changed, or is about to be', () => {
    const creating = prepare('nothing');
    watch({
      before(verb) {
        if (verb === 'symlinkSync') throw systemError('EIO');
      },
    });
    expect([creating.take('create'), creating.begun()]).toEqual(['io_error', 0]);
  });

  it.each([
    ['create', 'nothing', 'symlinkSync'],
    ['replace', 'old', 'symlinkSync'],
    ['replace', 'old', 'renameSync'],
    ['remove', 'old', 'renameSync'],
  ])('that cannot %s tells what the system said', (action, content, verb) => {
    for (const code of ['EACCES', 'ENOSPC']) {
      const given = prepare(content);
      const unwatch = watchChanges({
        before(current) {
          if (current === verb) throw systemError(code);
        },
      });
      onTestFinished(unwatch);
      const outcome = takeStep(STEPS[action] as Step, 3, given.site, () => {});
      unwatch();
      expect(outcome).toMatchObject({
        refusal: { code: 'io_error', module: 'web', details: { errno: code } },
      });
      expect([contentOf(given.path), readdirSync(given.site.folder)]).toEqual([content, []]);
    }
  });

  it('does not replace a folder that takes the place of a link this very moment', () => {
    const { path, take, begun, site } = prepare('old');
    let isDone = false;
    watch({
      before(verb) {
        if (verb !== 'renameSync' || isDone) return;
        isDone = true;
        rmSync(path);
        mkdirSync(path);
      },
    });
    expect([take('replace'), begun(), contentOf(path), readdirSync(site.folder)]).toEqual([
      'occupied',
      0,
      'folder',
      [],
    ]);
  });

  it('that would take away something else tells so', () => {
    const { path, take, world } = prepare('old');
    let isDone = false;
    watch({
      before(verb) {
        if (verb !== 'renameSync' || isDone) return;
        isDone = true;
        renameSync(path, world.at('away'));
        writeFileSync(path, 'theirs');
      },
    });
    expect([take('remove'), contentOf(path)]).toEqual(['occupied', 'file']);
  });

  it('across file systems takes two changes, which must be in the journal', () => {
    cross();
    const without = prepare('old', { isJournalled: false });
    expect([without.take('replace'), without.begun(), contentOf(without.path)]).toEqual([
      'needs_journal',
      0,
      'old',
    ]);
    expect([without.site.isCrossing, readdirSync(without.site.folder)]).toEqual([true, []]);
    const journalled = prepare('old', { isJournalled: true });
    expect([journalled.take('replace'), journalled.begun(), contentOf(journalled.path)]).toEqual([
      null,
      1,
      'new',
    ]);
    expect(readdirSync(journalled.site.folder)).toEqual([]);
  });

  it('across file systems tries no rename where that is known', () => {
    const { take, path, begun } = prepare('old', { isCrossing: true });
    const seen: string[] = [];
    watch({ before: (verb) => void seen.push(`${verb} ${begun()}`) });
    expect([take('replace'), contentOf(path)]).toEqual([null, 'new']);
    expect(seen).toEqual(['unlinkSync 1', 'symlinkSync 1']);
  });
});

describe('a step that is taken back', () => {
  it.each([
    ['create', 'new', 'nothing'],
    ['create', 'nothing', 'nothing'],
    ['create', 'other', 'other'],
    ['create', 'file', 'file'],
    ['create', 'folder', 'folder'],
    ['replace', 'new', 'old'],
    ['replace', 'old', 'old'],
    ['replace', 'nothing', 'old'],
    ['replace', 'other', 'other'],
    ['replace', 'file', 'file'],
    ['remove', 'nothing', 'old'],
    ['remove', 'old', 'old'],
    ['remove', 'new', 'new'],
    ['remove', 'other', 'other'],
    ['remove', 'folder', 'folder'],
  ])('%s: where there was %s there is %s', (action, content, then) => {
    for (const isRecovery of [false, true]) {
      const { undo, path, site } = prepare(content, { isRecovery });
      expect([undo(action), contentOf(path), readdirSync(site.folder)]).toEqual(['undone', then, []]);
    }
  });

  /** With something aside: what is in the directory, what is aside, and both after a rollback, and after a recovery. */
  it.each([
    ['create', 'nothing', 'new', ['undone', 'nothing', 'nothing'], ['undone', 'nothing', 'nothing']],
    ['create', 'file', 'new', ['undone', 'file', 'nothing'], ['undone', 'file', 'nothing']],
    ['create', 'nothing', 'other', ['undone', 'other', 'nothing'], ['kept', 'nothing', 'other']],
    ['create', 'nothing', 'file', ['undone', 'file', 'nothing'], ['kept', 'nothing', 'file']],
    ['create', 'other', 'file', ['kept', 'other', 'file'], ['kept', 'other', 'file']],
    ['replace', 'nothing', 'old', ['undone', 'old', 'nothing'], ['undone', 'old', 'nothing']],
    ['replace', 'file', 'old', ['undone', 'file', 'nothing'], ['undone', 'file', 'nothing']],
    ['replace', 'nothing', 'file', ['undone', 'file', 'nothing'], ['kept', 'old', 'file']],
    ['remove', 'nothing', 'old', ['undone', 'old', 'nothing'], ['undone', 'old', 'nothing']],
    ['remove', 'other', 'old', ['undone', 'other', 'nothing'], ['undone', 'other', 'nothing']],
    ['remove', 'nothing', 'folder', ['undone', 'folder', 'nothing'], ['kept', 'old', 'folder']],
    ['remove', 'other', 'folder', ['kept', 'other', 'folder'], ['kept', 'other', 'folder']],
    ['remove', 'file', 'fifo', ['kept', 'file', 'fifo'], ['kept', 'file', 'fifo']],
  ])('%s: with %s there and %s aside', (action, content, besides, rolledBack, recovered) => {
    for (const [isRecovery, expected] of [
      [false, rolledBack],
      [true, recovered],
    ] as const) {
      const { undo, path, aside } = prepare(content, { isRecovery });
      CONTENTS[besides]?.(aside);
      expect([isRecovery, undo(action), contentOf(path), contentOf(aside)]).toEqual([
        isRecovery,
        ...expected,
      ]);
    }
  });

  it.each(['create', 'replace', 'remove'])(
    '%s: what had both names has the one in the directory',
    (action) => {
      const { undo, path, aside } = prepare('file', { isRecovery: true });
      linkSync(path, aside);
      expect([undo(action), contentOf(path), contentOf(aside)]).toEqual(['undone', 'file', 'nothing']);
    },
  );

  it.each([
    ['replace', 'other', 'nothing'],
    ['replace', 'old', 'nothing'],
    ['remove', 'other', 'nothing'],
    ['remove', 'old', 'nothing'],
    ['create', 'other', 'nothing'],
    ['remove', 'other', 'file'],
    ['replace', 'file', 'folder'],
  ])('%s: changes nothing where %s is there and %s aside', (action, content, besides) => {
    const { undo, aside } = prepare(content, { isRecovery: true });
    CONTENTS[besides]?.(aside);
    const seen: string[] = [];
    watch({ before: (verb) => void seen.push(verb) });
    undo(action);
    expect(seen).toEqual([]);
  });

  it('keeps what took the place of a new link at the last moment, when its name is taken again', () => {
    const { undo, path, aside, world } = prepare('new');
    let isTheirs = false;
    watch({
      before(verb) {
        if (verb !== 'renameSync' || isTheirs) return;
        isTheirs = true;
        renameSync(path, world.at('away'));
        writeFileSync(path, 'theirs');
      },
      after(verb, name) {
        if (verb === 'renameSync' && name === path && contentOf(aside) === 'file') mkdirSync(path);
      },
    });
    expect([undo('create'), contentOf(path), contentOf(aside)]).toEqual(['kept', 'folder', 'file']);
  });

  it('does not take the name from another process that takes it at this very moment', () => {
    const { undo, path } = prepare('nothing');
    watch({
      before(verb, name) {
        if (verb === 'symlinkSync' && name === path) writeFileSync(path, 'theirs');
      },
    });
    expect([undo('remove'), contentOf(path)]).toEqual(['undone', 'file']);
  });

  it('is to be taken back once more where the system fails', () => {
    for (const [action, content, verb] of [
      ['remove', 'nothing', 'symlinkSync'],
      ['replace', 'nothing', 'symlinkSync'],
      ['create', 'new', 'renameSync'],
    ] as const) {
      const { undo } = prepare(content);
      const unwatch = watchChanges({
        before(current) {
          if (current === verb) throw systemError('EIO');
        },
      });
      onTestFinished(unwatch);
      expect(() => undo(action)).toThrow('EIO');
      unwatch();
    }
  });

  it('across file systems is re-pointed only with a journal', () => {
    cross();
    const { undo, path } = prepare('new', { isJournalled: true });
    expect([undo('replace'), contentOf(path)]).toEqual(['undone', 'old']);
    const without = prepare('new', { isJournalled: false });
    expect(() => without.undo('replace')).toThrow();
    expect(contentOf(without.path)).toBe('new');
  });
});

describe('a link that was made', () => {
  it.each<[string, (at: (name: string) => string) => void, boolean]>([
    ['leads to the folder that was checked', () => {}, true],
    [
      'leads elsewhere',
      (at) => {
        rmSync(at('linked/web'));
        symlinkSync(at('src/other'), at('linked/web'));
      },
      false,
    ],
    ['leads nowhere', (at) => renameSync(at('src/web'), at('src/gone')), false],
    ['is gone', (at) => rmSync(at('linked/web')), false],
    [
      'leads to a folder behind a link',
      (at) => {
        renameSync(at('src/web'), at('src/moved'));
        symlinkSync('moved', at('src/web'));
      },
      false,
    ],
    [
      'leads to a file',
      (at) => {
        rmSync(at('src/web'), { recursive: true });
        writeFileSync(at('src/web'), '');
      },
      false,
    ],
  ])('%s', (_, change, isSound) => {
    const { world, site } = prepareSite();
    world.folder('src/web');
    world.folder('src/other');
    world.link(world.at('src/web'), 'linked/web');
    change((name) => world.at(name));
    const before = snapshot(world.path);
    const source = { name: 'web', path: world.at('src/web') } as unknown as ModuleSource;
    const link = { dir: world.at('linked'), target: source.path, paths: null };
    const verified = verifyLink(source, link, site);
    if (isSound) expect(verified).toBe(null);
    else expect(verified).toMatchObject({ refusal: { code: 'source_outside_roots', module: 'web' } });
    expect(snapshot(world.path)).toEqual(before);
  });

  it.each<[what: string, text: string, planned: string, isSound: boolean]>([
    ['leads Odoo to the folder', '/mnt/web', '/mnt/web', true],
    ['leads Odoo there, and is not as it was planned', '/mnt/web', '/mnt/./web', false],
    ['leads Odoo elsewhere', '/mnt/other', '/mnt/other', false],
    ['leads this host there, and Odoo nowhere', 'HERE', 'HERE', false],
    ['leads Odoo into its container', '/usr/web', '/usr/web', false],
  ])('that %s, where Odoo sees other paths: %s, planned as %s', (_, text, planned, isSound) => {
    const { world, site } = prepareSite();
    for (const name of ['src/web', 'src/other']) world.folder(name);
    const written = (one: string) => (one === 'HERE' ? world.at('src/web') : one);
    world.link(written(text), 'linked/web');
    const paths = createPathMap([{ host: world.at('src'), odoo: '/mnt' }]);
    const source = { name: 'web', path: world.at('src/web') } as unknown as ModuleSource;
    const verified = verifyLink(source, { dir: world.at('linked'), target: written(planned), paths }, site);
    if (isSound) expect(verified).toBe(null);
    else expect(verified).toMatchObject({ refusal: { code: 'source_outside_roots' } });
  });
});
