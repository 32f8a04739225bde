import { describe, expect, it, vi } from 'vitest';
import { createJournalStore } from '../../src/limiter/stores/journal.ts';
import { networkFileSystem } from '../../src/state/file-system-types.ts';
import { charge } from '../limiter/stores.ts';
import { createWorld } from '../support/world.ts';

// None can be mounted wherever the tests run.
vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  statfsSync: () => ({ type: 0x6969 }),
}));

describe('a file system', () => {
  it.each([
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    // As a signed number.
    [0xff534d42 | 0, 'CIFS'],
    [0xfe534d42, 'SMB 2'],
    [0x01021997, '9P'],
    [0x65735546, 'FUSE'],
    [0x00c36400, 'Ceph'],
  ])('of type %i is %s, which hosts may share', (type, name) => {
    expect(networkFileSystem(type, 'linux')).toBe(name);
  });

  it.each([
    ['ext4', 0xef53],
    ['xfs', 0x58465342],
    ['btrfs', 0x9123683e],
    ['tmpfs', 0x01021994],
    ['overlay', 0x794c7630],
    ['ZFS', 0x2fc12fc1],
  ])('such as %s is local', (_, type) => {
    expect(networkFileSystem(type, 'linux')).toBeNull();
  });

  it('is not judged by these numbers on another system', () => {
    expect(networkFileSystem(0x6969, 'darwin')).toBeNull();
  });

  it('that hosts may share is not used for a journal', async () => {
    const state = createWorld().at('state');
    expect(await createJournalStore(state).reserve([charge(1, 1000)])).toEqual({
      unavailable: `${state}/limits is on a network file system (NFS)`,
    });
  });
});
