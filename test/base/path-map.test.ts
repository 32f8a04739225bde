import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPathMap, isInsideForOdoo, type Mount } from '../../src/base/path-map.ts';
import fc from '../support/property.ts';

/** `/srv/odoo:/mnt`, as for a container. */
function mapOf(...mounts: string[]) {
  return createPathMap(
    mounts.map((mount) => {
      const [host, odoo] = mount.split(':') as [string, string];
      return { host, odoo };
    }),
  );
}

describe('a path of this host, as Odoo sees it', () => {
  it.each<[path: string, seen: string | null, mounts: string[]]>([
    ['/srv/odoo', '/mnt', ['/srv/odoo:/mnt']],
    ['/srv/odoo/oca/web/a', '/mnt/oca/web/a', ['/srv/odoo:/mnt']],
    ['/srv/odoo2/a', null, ['/srv/odoo:/mnt']],
    ['/srv', null, ['/srv/odoo:/mnt']],
    ['/mnt/a', null, ['/srv/odoo:/mnt']],
    ['/srv/odoo/a', '/srv/odoo/a', ['/srv/odoo:/srv/odoo']],
    ['/srv/odoo/a', '/srv/odoo/a', ['/:/']],
    ['/srv/odoo/a', '/host/srv/odoo/a', ['/:/host']],
    ['/', '/host', ['/:/host']],
    ['/srv/odoo/a', '/a', ['/srv/odoo:/']],
    ['/srv/odoo', '/', ['/srv/odoo:/']],
    // The deepest folder that is mounted has its own path.
    ['/srv/odoo/oca/a', '/opt/oca/a', ['/srv/odoo:/mnt', '/srv/odoo/oca:/opt/oca']],
    ['/srv/odoo/oca2/a', '/mnt/oca2/a', ['/srv/odoo/oca:/opt/oca', '/srv/odoo:/mnt']],
    // What another mount lies over is not seen.
    ['/srv/a/b/x', null, ['/srv/a:/mnt', '/srv/b:/mnt/b']],
    ['/srv/a/b2/x', '/mnt/b2/x', ['/srv/a:/mnt', '/srv/b:/mnt/b']],
    ['/srv/b/x', '/mnt/b/x', ['/srv/a:/mnt', '/srv/b:/mnt/b']],
    // Hidden at one place, and seen at another.
    ['/srv/a/b/x', '/all/a/b/x', ['/srv:/all', '/srv/a:/mnt', '/other:/mnt/b']],
  ])('%s is %s for %j', (path, seen, mounts) => {
    expect(mapOf(...mounts).toOdoo(path)).toBe(seen);
  });

  it.each<[seen: string, path: string | null, mounts: string[]]>([
    ['/mnt/oca/a', '/srv/odoo/oca/a', ['/srv/odoo:/mnt']],
    ['/mnt2/a', null, ['/srv/odoo:/mnt']],
    ['/', null, ['/srv/odoo:/mnt']],
    ['/usr/lib/a', null, ['/srv/odoo:/mnt']],
    ['/mnt/oca/a', '/srv/odoo/oca/a', ['/srv/odoo:/mnt', '/srv/odoo/oca:/opt/oca']],
    ['/opt/oca/a', '/srv/odoo/oca/a', ['/srv/odoo:/mnt', '/srv/odoo/oca:/opt/oca']],
    ['/mnt/b/x', '/srv/b/x', ['/srv/a:/mnt', '/srv/b:/mnt/b']],
    ['/a', '/srv/odoo/a', ['/srv/odoo:/']],
  ])('%s of Odoo is %s for %j', (seen, path, mounts) => {
    expect(mapOf(...mounts).toHost(seen)).toBe(path);
  });
});

/** Few names, so that paths often lie in one another, and some that only begin alike. */
const name = fc.constantFrom('a', 'a2', 'b', 'ab', 'odoo', 'odoo2', '\\', '..a', ' ');
const path = fc.array(name, { maxLength: 4 }).map((names) => `/${names.join('/')}`);
const mounts: fc.Arbitrary<Mount[]> = fc.uniqueArray(fc.record({ host: path, odoo: path }), {
  minLength: 1,
  maxLength: 5,
  selector: ({ odoo }) => odoo,
});

/** What the kernel does: the mount with the deepest mount point around a path has it. */
function kernel(given: readonly Mount[], seen: string): string | null {
  let folder = seen;
  for (const rest: string[] = []; ; folder = posix.dirname(folder)) {
    const mount = given.find(({ odoo }) => odoo === folder);
    if (mount !== undefined) return posix.join(mount.host, ...rest);
    if (folder === '/') return null;
    rest.unshift(posix.basename(folder));
  }
}

describe('any map', () => {
  it('leads from this host to Odoo and back to the same file', () => {
    fc.assert(
      fc.property(mounts, path, (given, host) => {
        const map = createPathMap(given);
        const seen = map.toOdoo(host);
        if (seen !== null) expect(map.toHost(seen)).toBe(host);
      }),
      { numRuns: 5000 },
    );
  });

  it('leads from Odoo to the file that the kernel has there', () => {
    fc.assert(
      fc.property(mounts, path, (given, seen) => {
        expect(createPathMap(given).toHost(seen)).toBe(kernel(given, seen));
      }),
      { numRuns: 5000 },
    );
  });

  it('finds a path for every file that Odoo sees anywhere', () => {
    fc.assert(
      fc.property(mounts, path, (given, seen) => {
        const map = createPathMap(given);
        const host = map.toHost(seen);
        if (host === null) return;
        const again = map.toOdoo(host);
        expect(again).not.toBeNull();
        expect(map.toHost(again as string)).toBe(host);
      }),
      { numRuns: 5000 },
    );
  });

  it('has no path for two files', () => {
    fc.assert(
      fc.property(mounts, path, path, (given, one, other) => {
        const map = createPathMap(given);
        const [a, b] = [map.toOdoo(one), map.toOdoo(other)];
        if (one !== other && a !== null) expect(b).not.toBe(a);
      }),
      { numRuns: 5000 },
    );
  });
});

it.each([
  ['/mnt', '/mnt', true],
  ['/mnt/a', '/mnt', true],
  ['/mnt2', '/mnt', false],
  ['/mnt', '/mnt/a', false],
  ['/a', '/', true],
])('%s lies in %s: %s', (inner, folder, isInside) => {
  expect(isInsideForOdoo(inner, folder)).toBe(isInside);
});
