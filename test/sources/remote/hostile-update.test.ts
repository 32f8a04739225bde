import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { snapshot } from '../../support/snapshot.ts';
import { BROKEN_TREES, commitEntries } from '../../support/tree-entries.ts';
import { update, webIn } from '../../support/updates.ts';
import { createUpstream, git } from '../../support/upstream.ts';
import { createWorld, type World } from '../../support/world.ts';

function cloned() {
  const world = createWorld();
  const upstream = createUpstream(world);
  const before = upstream.commit('web', { a: {}, b: {} });
  git(world.folder('root'), 'clone', '-q', `file://${world.at('upstream/web')}`);
  const path = world.at('root/web');
  git(path, 'remote', 'set-url', 'origin', world.at('upstream/web'));
  return { world, upstream, before, path, web: webIn(world) };
}

/** A program that leaves a file behind, and does nothing to what it is given. */
function canaryIn(world: World) {
  const canary = world.at('canary');
  const program = world.file('program', `#!/bin/sh\ntouch ${canary}\ncat\n`);
  chmodSync(program, 0o755);
  return { program, hasSung: () => existsSync(canary) };
}

describe('an update of a checkout whose own git folder names programs', () => {
  it('runs none of them', async () => {
    const { world, upstream, path, web } = cloned();
    const { program, hasSung } = canaryIn(world);
    const settings = {
      'core.fsmonitor': program,
      'core.hooksPath': world.folder('hooks'),
      'core.sshCommand': program,
      'core.gitProxy': program,
      'core.pager': program,
      'core.editor': program,
      'core.alternateRefsCommand': program,
      'credential.helper': `!${program}`,
      'filter.evil.smudge': program,
      'filter.evil.clean': program,
      'filter.evil.process': program,
      'diff.evil.textconv': program,
      'diff.external': program,
      'merge.evil.driver': program,
      'remote.origin.uploadpack': program,
      'remote.origin.vcs': 'ext',
      'uploadpack.packObjectsHook': program,
      'protocol.allow': 'always',
      'alias.fetch': `!${program}`,
      'alias.read-tree': `!${program}`,
      'gc.auto': '1',
      'submodule.recurse': 'true',
      'trace2.eventTarget': world.at('canary'),
    };
    for (const [key, value] of Object.entries(settings)) git(path, 'config', key, value);
    git(path, 'config', `url.ext::${program} .insteadOf`, world.at('upstream'));
    for (const hook of [
      'post-checkout',
      'post-merge',
      'post-index-change',
      'reference-transaction',
      'pre-auto-gc',
    ]) {
      world.link(program, `root/web/.git/hooks/${hook}`);
      world.link(program, `hooks/${hook}`);
    }
    const after = upstream.commit('web', { c: {} });
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(hasSung()).toBe(false);
    // They are programs indeed.
    git(path, 'status');
    expect(hasSung()).toBe(true);
  });

  it('writes no object, and reads none, where links of its git folder lead', async () => {
    const { world, upstream, path, web } = cloned();
    upstream.commit('web', { c: {} });
    git(path, 'gc', '-q');
    git(world.path, 'clone', '-q', '--bare', path, 'elsewhere');
    const packs = world.at('root/web/.git/objects/pack');
    renameSync(packs, world.at('packs'));
    symlinkSync(world.at('packs'), packs);
    const was = snapshot(world.at('packs'));
    expect(await update(web)).toMatchObject({ kind: 'obstacle', obstacle: { kind: 'unknown' } });
    expect(snapshot(world.at('packs'))).toEqual(was);
  });
});

describe('an update to a hostile tree', () => {
  it.each(BROKEN_TREES)('with %s is not made, and writes nothing elsewhere', async (_, entries) => {
    const { world, before, path, web } = cloned();
    commitEntries(world.at('upstream/web'), [['100644', 'fine', 'README'], ...entries]);
    const was = snapshot(world.path).filter((line) => !/^(?:upstream|scratch)/.test(line));
    const updated = await update(web);
    expect(updated.kind).toMatch(/^(?:obstacle|fault|not moved)$/);
    expect(snapshot(world.path).filter((line) => !/^(?:upstream|scratch)/.test(line))).toEqual(was);
    expect(git(path, 'rev-parse', 'HEAD')).toBe(before);
    expect(git(path, 'status', '--porcelain')).toBe('');
  });

  it('with a symlink in the place of a folder writes nothing behind it', async () => {
    const { world, path, web } = cloned();
    world.folder('outside');
    commitEntries(world.at('upstream/web'), [
      ['120000', '../../outside', 'a'],
      ['40000', 'x', 'a'],
      ['120000', '../../outside', 'b'],
    ]);
    expect(await update(web)).toMatchObject({ kind: 'fault', fault: { kind: 'broken' } });
    expect(readdirSync(world.at('outside'))).toEqual([]);
    const next = commitEntries(world.at('upstream/web'), [['120000', '../../outside', 'a']]);
    expect(await update(web)).toMatchObject({ kind: 'moved', after: next });
    expect(lstatSync(`${path}/a`).isSymbolicLink()).toBe(true);
    // And back: what was a symlink becomes a folder again.
    const last = commitEntries(world.at('upstream/web'), [['40000', 'x', 'a']]);
    expect(await update(web)).toMatchObject({ kind: 'moved', after: last });
    expect(readFileSync(`${path}/a/inside`, 'utf8')).toBe('x');
    expect(readdirSync(world.at('outside'))).toEqual([]);
  });

  it('with submodules has empty folders for them, and asks nobody', async () => {
    const { world, path, web } = cloned();
    const modules = '[submodule "sub"]\n\tpath = sub\n\turl = ext::touch canary\n\tupdate = !touch canary\n';
    const after = commitEntries(world.at('upstream/web'), [
      ['100644', modules, '.gitmodules'],
      ['160000', '1234567890123456789012345678901234567890', 'sub'],
    ]);
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(readdirSync(`${path}/sub`)).toEqual([]);
    expect(existsSync(world.at('canary')) || existsSync(`${path}/canary`)).toBe(false);
  });

  it('with names that differ only in case has both, where the file system does', async () => {
    const { world, path, web } = cloned();
    const after = commitEntries(world.at('upstream/web'), [
      ['100644', 'upper', 'README'],
      ['100644', 'lower', 'readme'],
    ]);
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(readFileSync(`${path}/readme`, 'utf8')).toBe('lower');
  });

  it('with files that are large only once they are unpacked is not made', async () => {
    const { world, upstream, web, path, before } = cloned();
    world.file('upstream/web/zeros.bin', '\0'.repeat(4_000_000));
    upstream.commit('web', {});
    expect(await update({ ...web, maxBytes: 2_000_000 })).toMatchObject({
      kind: 'fault',
      fault: { kind: 'too_large' },
    });
    expect(git(path, 'rev-parse', 'HEAD')).toBe(before);
  });

  it('with marks that git would make longer has them as they are', async () => {
    const { world, upstream, path, web } = cloned();
    world.file('upstream/web/.gitattributes', '*.id ident\n');
    world.file('upstream/web/marks.id', '$Id$\n'.repeat(1000));
    const after = upstream.commit('web', {});
    expect(await update(web)).toMatchObject({ kind: 'moved', after });
    expect(readFileSync(`${path}/marks.id`, 'utf8')).toBe('$Id$\n'.repeat(1000));
    expect(git(path, 'status', '--porcelain')).toBe('');
  });

  it('with attributes that name a program is not made', async () => {
    const { world, upstream, path, web } = cloned();
    const { program, hasSung } = canaryIn(world);
    git(path, 'config', 'filter.evil.smudge', program);
    world.file('upstream/web/a/.gitattributes', '* filter=evil\n');
    upstream.commit('web', {});
    expect(await update(web)).toMatchObject({
      kind: 'obstacle',
      obstacle: { kind: 'converted', about: ['a/.gitattributes'] },
    });
    expect(hasSung()).toBe(false);
  });
});
