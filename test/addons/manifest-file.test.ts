import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { MAX_MANIFEST_BYTES, readManifestFile } from '../../src/addons/manifest-file.ts';
import { isInside } from '../../src/base/paths.ts';
import { createWorld, manifestText, type World } from '../support/world.ts';

function read(world: World, series: '17.0' | '19.0' = '17.0') {
  return readManifestFile(world.at('m'), series, (path) => isInside(path, world.path));
}

describe('readManifestFile', () => {
  it('reads __manifest__.py, and __openerp__.py only where Odoo still does', () => {
    const world = createWorld();
    world.file('m/__openerp__.py', '{"old": 1}');
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const value = (file: string, text: string) => ({ file, text, sha256: sha256(text) });
    expect(read(world)).toEqual({ ok: true, value: value('__openerp__.py', '{"old": 1}') });
    expect(read(world, '19.0')).toMatchObject({ refusal: { code: 'manifest_missing' } });
    world.file('m/__manifest__.py', '{}');
    expect(read(world)).toEqual({ ok: true, value: value('__manifest__.py', '{}') });
  });

  it('follows a symlink that stays inside the roots', () => {
    const world = createWorld();
    world.file('other/manifest.py', '{"shared": 1}');
    world.link('../other/manifest.py', 'm/__manifest__.py');
    expect(read(world)).toMatchObject({ value: { text: '{"shared": 1}' } });
  });

  it('refuses a symlink that leads out, and does not show where to', () => {
    const world = createWorld();
    world.link('/etc/passwd', 'm/__manifest__.py');
    const result = read(world);
    expect(result).toMatchObject({ refusal: { code: 'source_outside_roots' } });
    expect(JSON.stringify(result)).not.toContain('passwd');
  });

  it('opens nothing but regular files', async () => {
    const world = createWorld();
    world.folder('m');
    execFileSync('mkfifo', [world.at('m/__manifest__.py')]);
    expect(read(world)).toMatchObject({
      refusal: { code: 'manifest_missing', message: expect.stringMatching(/FIFO/) },
    });
    const folder = createWorld();
    folder.folder('m/__manifest__.py');
    expect(read(folder)).toMatchObject({ refusal: { message: expect.stringMatching(/directory/) } });
    const device = createWorld();
    device.link('/dev/zero', 'm/__manifest__.py');
    expect(read(device)).toMatchObject({ refusal: { code: 'manifest_missing' } });
    const socket = createWorld();
    socket.folder('m');
    const server = createServer().listen(socket.at('m/__manifest__.py'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(read(socket)).toMatchObject({ refusal: { message: expect.stringMatching(/socket/) } });
    server.close();
  });

  it('goes on to the next name when the first is no regular file, as Odoo does', () => {
    const world = createWorld();
    world.folder('m/__manifest__.py');
    world.file('m/__openerp__.py', '{}');
    expect(read(world)).toMatchObject({ ok: true, value: { file: '__openerp__.py' } });
  });

  it('reads up to a MiB and refuses a gigabyte without reading it', () => {
    const world = createWorld();
    const path = world.file('m/__manifest__.py', manifestText().padEnd(MAX_MANIFEST_BYTES, '\n'));
    expect(read(world)).toMatchObject({ ok: true });
    truncateSync(path, 1024 ** 3);
    expect(read(world)).toMatchObject({
      refusal: { code: 'manifest_unreadable', message: expect.stringMatching(/1 MiB/) },
    });
  });

  it('refuses what is not UTF-8', () => {
    const world = createWorld();
    writeFileSync(world.file('m/__manifest__.py'), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    expect(read(world)).toMatchObject({
      refusal: { code: 'manifest_unreadable', message: '__manifest__.py is not UTF-8 text.' },
    });
  });

  it('refuses a dangling symlink and a loop', () => {
    const world = createWorld();
    world.link('__manifest__.py', 'm/__manifest__.py');
    expect(read(world)).toMatchObject({ refusal: { code: 'manifest_missing' } });
    const dangling = createWorld();
    dangling.link('nowhere', 'm/__manifest__.py');
    expect(read(dangling)).toMatchObject({ refusal: { code: 'manifest_missing' } });
  });
});
