import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeHomeless, homeFolder, userName } from '../../src/base/user.ts';

/** What the list of users has; null for a user who is not in it. */
let listed: { username: string; homedir: string } | null = null;
vi.mock('node:os', () => ({
  userInfo: () => {
    if (listed === null) throw new Error('no entry');
    return listed;
  },
}));
afterEach(() => {
  listed = null;
});

describe('the home folder', () => {
  it.each([
    ['HOME', { HOME: '/home/a' }, '/home/b', '/home/a'],
    ['the list without HOME', {}, '/home/b', '/home/b'],
    ['the list where HOME is empty', { HOME: '' }, '/home/b', '/home/b'],
    ['the list where HOME is relative', { HOME: 'a' }, '/home/b', '/home/b'],
    ['HOME for a user who is not in the list', { HOME: '/home/a' }, null, '/home/a'],
    ['none for a user without either', {}, null, null],
    ['none where both are relative', { HOME: 'a' }, 'b', null],
    ['none where the list has an empty one', {}, '', null],
  ])('is %s', (_, env, homedir, folder) => {
    listed = homedir === null ? null : { username: 'x', homedir };
    expect(homeFolder(env)).toBe(folder);
  });
});

it('a user goes by the name in the list, or by the uid', () => {
  listed = { username: 'odoo', homedir: '/' };
  expect(userName()).toBe('odoo');
  expect(describeHomeless()).toContain('odoo');
  listed = null;
  expect(userName()).toBe(`uid ${process.getuid?.()}`);
  expect(describeHomeless()).toMatch(/\bHOME\b/);
});
