import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readIndexFacts } from '../../src/sources/git-index.ts';
import fc from '../support/property.ts';
import { createWorld } from '../support/world.ts';
import { git } from './states.ts';

const COMMIT = 'a'.repeat(40);
const FILE = 0o100644;
const LINK = 0o120000;
const FOLDER = 0o040000;
const SUBMODULE = 0o160000;
const EXTENDED = 0x4000;

interface EntryParts {
  readonly mode?: number;
  readonly flags?: number;
  readonly hashBytes?: number;
  /** Whether the entry has two more bytes of flags. */
  readonly isExtended?: boolean;
}

/** An entry up to its name. */
function start({ mode = SUBMODULE, flags = 0, hashBytes = 20, isExtended = false }: EntryParts): Buffer {
  const bytes = Buffer.alloc(40 + hashBytes + (isExtended ? 4 : 2));
  bytes.writeUInt32BE(mode, 24);
  bytes.writeUInt16BE(flags, 40 + hashBytes);
  return bytes;
}

/** An entry of version 2 or 3. */
function entry(name: string | Buffer, parts: EntryParts = {}): Buffer {
  const bytes = Buffer.concat([start(parts), Buffer.from(name as string)]);
  return Buffer.concat([bytes, Buffer.alloc(8 - (bytes.length % 8))]);
}

/** An entry of version 4: how much of the path before is dropped, as git encodes it, and what comes instead. */
function packed(dropped: readonly number[], rest: string, parts: EntryParts = {}): Buffer {
  return Buffer.concat([start(parts), Buffer.from(dropped), Buffer.from(`${rest}\0`)]);
}

function extension(name: string, bytes: Buffer = Buffer.alloc(0)): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([Buffer.from(name), length, bytes]);
}

function index(
  entries: readonly Buffer[],
  { version = 2, extensions = [] as readonly Buffer[], hashBytes = 20, signature = 'DIRC' } = {},
): Buffer {
  const header = Buffer.alloc(12);
  header.write(signature);
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(entries.length, 8);
  return Buffer.concat([header, ...entries, ...extensions, Buffer.alloc(hashBytes)]);
}

const facts = (
  submodules: readonly string[],
  shared: string | null = null,
  attributes: readonly string[] = [],
  hasModulesFile = false,
) => ({ submodules, shared, attributes, hasModulesFile, tree: null });

describe('an index of git', () => {
  it.each([2, 3, 4])('of version %i tells its submodules', (version) => {
    const world = createWorld();
    const path = world.folder('repo');
    git(path, 'init', '-q');
    for (const name of ['a', 'abc/def/long', 'abc/def/longer', 'z']) world.file(`repo/${name}`);
    git(path, 'add', '-A');
    for (const name of ['abc/sub', 'sub']) {
      git(path, 'update-index', '--add', '--cacheinfo', `160000,${COMMIT},${name}`);
    }
    // Only an entry with an extended flag makes an index version 3.
    if (version === 3) {
      world.file('repo/new');
      git(path, 'add', '-N', 'new');
    } else git(path, 'update-index', '--index-version', String(version));
    const bytes = readFileSync(join(path, '.git/index'));
    expect(bytes.readUInt32BE(4)).toBe(version);
    expect(readIndexFacts(bytes, 20)).toEqual(facts(['abc/sub', 'sub']));
  });

  it('tells the hash of the index that it shares', () => {
    const world = createWorld();
    const path = world.folder('repo');
    git(path, 'init', '-q');
    world.file('repo/a');
    git(path, 'add', '-A');
    git(path, 'update-index', '--split-index');
    const shared = readIndexFacts(readFileSync(join(path, '.git/index')), 20)?.shared;
    expect(readFileSync(join(path, `.git/sharedindex.${shared}`)).length).toBeGreaterThan(0);
  });
});

const shared = extension('link', Buffer.alloc(28, 0xab));

describe('an index', () => {
  it.each<[string, Buffer, ReturnType<typeof facts> | null, number?]>([
    ['is empty', index([]), facts([])],
    [
      'has files with attributes and one about submodules',
      index(
        ['.gitattributes', '.gitmodules', 'a/.gitattributes', 'b/.gitmodules'].map((name) =>
          entry(name, { mode: FILE }),
        ),
      ),
      facts([], null, ['.gitattributes', 'a/.gitattributes'], true),
    ],
    [
      'has a file with attributes whose path is shortened in version 4',
      index([packed([0], '.github', { mode: FILE }), packed([3], 'attributes', { mode: FILE })], {
        version: 4,
      }),
      facts([], null, ['.gitattributes']),
    ],
    [
      'has a file with attributes in a folder that is no text',
      index([entry(Buffer.from('\xff/.gitattributes', 'latin1'), { mode: FILE })]),
      null,
    ],
    ['has a submodule', index([entry('sub')]), facts(['sub'])],
    [
      'has files and links around it',
      index([entry('a', { mode: FILE }), entry('sub'), entry('z', { mode: LINK })]),
      facts(['sub']),
    ],
    [
      'has names of every length',
      index(Array.from({ length: 9 }, (_, length) => entry('x'.repeat(length + 1)))),
      facts(Array.from({ length: 9 }, (_, length) => 'x'.repeat(length + 1))),
    ],
    ['has a name that is not ASCII', index([entry('ü')]), facts(['ü'])],
    [
      'has hashes of SHA-256',
      index([entry('sub', { hashBytes: 32 }), entry('two', { hashBytes: 32 })], {
        hashBytes: 32,
        extensions: [extension('link', Buffer.alloc(40, 0xab))],
      }),
      facts(['sub', 'two'], 'ab'.repeat(32)),
      32,
    ],
    [
      'has longer flags in version 3',
      index([entry('sub', { flags: EXTENDED, isExtended: true }), entry('two')], { version: 3 }),
      facts(['sub', 'two']),
    ],
    ['has flags of no meaning in version 2', index([entry('sub', { flags: EXTENDED })]), facts(['sub'])],
    ['has a path as long as Linux takes', index([entry('x'.repeat(4096))]), facts(['x'.repeat(4096)])],
    ['has a longer path', index([entry('x'.repeat(4097))]), null],
    [
      'leaves out what paths share in version 4',
      index([packed([0], 'abc/def'), packed([3], 'x'), packed([5], 'b'), packed([0], 'c')], { version: 4 }),
      facts(['abc/def', 'abc/x', 'b', 'bc']),
    ],
    [
      'leaves out more than a byte can say',
      // (0 + 1) * 128 + 2 of 130 characters.
      index([packed([0], 'x'.repeat(131)), packed([0x80, 2], 'y')], { version: 4 }),
      facts(['x'.repeat(131), 'xy']),
    ],
    [
      'leaves out more than two bytes can say',
      // ((0 + 1) * 128 + 0 + 1) * 128 + 0 of 16,513 characters, which are too many; of 4,096 it is too much.
      index([packed([0], 'x'.repeat(4096)), packed([0x80, 0x80, 0], 'y')], { version: 4 }),
      null,
    ],
    [
      'leaves out all of a path',
      index([packed([0], 'abc'), packed([3], 'd')], { version: 4 }),
      facts(['abc', 'd']),
    ],
    ['leaves out more than there is', index([packed([0], 'abc'), packed([4], 'd')], { version: 4 }), null],
    [
      'has longer flags in version 4',
      index([packed([0], 'sub', { flags: EXTENDED, isExtended: true })], { version: 4 }),
      facts(['sub']),
    ],
    [
      'has paths that grow without end',
      index(Array(9).fill(packed([0], 'x'.repeat(1000))), { version: 4 }),
      null,
    ],
    [
      'has an extension of another kind',
      index([entry('sub')], { extensions: [extension('TREE')] }),
      facts(['sub']),
    ],
    [
      'shares another index, said behind another extension',
      index([], { extensions: [extension('TREE', Buffer.alloc(5)), shared] }),
      facts([], 'ab'.repeat(20)),
    ],
    ['is sparse', index([entry('sub')], { extensions: [extension('sdir')] }), null],
    [
      'is sparse, said behind another extension',
      index([], { extensions: [shared, extension('sdir')] }),
      null,
    ],
    ['has an entry that is a folder', index([entry('a/', { mode: FOLDER })]), null],
    ['has a path that is no text', index([entry(Buffer.from([0xff]))]), null],
    ['has a path of a file that is no text', index([entry(Buffer.from([0xff]), { mode: FILE })]), facts([])],
    ['has a hundred extensions', index([], { extensions: Array(100).fill(extension('TREE')) }), facts([])],
    ['has extensions without end', index([], { extensions: Array(102).fill(extension('TREE')) }), null],
    ['is of version 1', index([], { version: 1 }), null],
    ['is of version 5', index([], { version: 5 }), null],
    ['begins with something else', index([], { signature: 'DIRX' }), null],
    ['ends in its header', Buffer.from('DIRC\0\0\0\x02'), null],
    ['ends in an entry', index([entry('sub')]).subarray(0, 40), null],
    [
      'ends in a path',
      Buffer.concat([index([]).subarray(0, 11), Buffer.from([1]), start({}), Buffer.from('sub')]),
      null,
    ],
    ['is nothing', Buffer.alloc(0), null],
    ['is zeros', Buffer.alloc(200), null],
  ])('that %s', (_, bytes, expected, hashBytes = 20) => {
    expect(readIndexFacts(bytes, hashBytes)).toEqual(expected);
  });

  it('has its extensions between the entries and the hash', () => {
    // Of eight bytes before the hash an extension could consist; of seven none could.
    const sparse = extension('sdir');
    expect(readIndexFacts(index([], { extensions: [sparse] }), 20)).toBe(null);
    expect(readIndexFacts(index([], { extensions: [sparse], hashBytes: 19 }), 20)).toEqual(facts([]));
  });

  it('is null, and no error, whatever else the bytes are', () => {
    const header = Buffer.from('DIRC\0\0\0\x04\0\0\xff\xff', 'latin1');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom(2, 3, 4), (bytes, version) => {
        const given = Buffer.concat([header, bytes]);
        given[7] = version;
        // A header that claims 65,535 entries is never fulfilled by 400 bytes.
        expect(readIndexFacts(given, 20)).toBe(null);
        readIndexFacts(Buffer.from(bytes), 20);
      }),
    );
  });
});
