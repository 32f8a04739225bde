import { describe, expect, it } from 'vitest';
import { fuzzGitFolders } from './fuzz-git-folders.ts';

describe('git folders that are wrong in random ways', () => {
  it('run nothing and tell nothing of a repository outside the root, where plain git does both', async () => {
    const { ran, told, threw, control, answered } = await fuzzGitFolders(60, 3);
    expect({ ran, told, threw }).toEqual({ ran: [], told: [], threw: [] });
    expect(control.ran).toBeGreaterThan(5);
    expect(control.told).toBeGreaterThan(0);
    expect(answered.commit).toBeGreaterThan(15);
  });
});
