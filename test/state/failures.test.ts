import { describe, expect, it } from 'vitest';
import { directoryFailed, meaningOf, notProven, stateFailed } from '../../src/state/failures.ts';
import { systemError } from '../support/changes.ts';

describe('an error of the system', () => {
  it.each([
    ['EACCES', 'EPERM'],
    ['EPERM', 'EACCES'],
  ])('means the same for %s as for %s', (one, other) => {
    expect(meaningOf(systemError(one))).toBe(meaningOf(systemError(other)));
  });

  it('has words of its own where an operator can do something, and its code otherwise', () => {
    const known = ['EACCES', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO'].map((code) => meaningOf(systemError(code)));
    expect(new Set(known).size).toBe(known.length);
    for (const meaning of known) expect(meaning).not.toMatch(/^E[A-Z]+$/);
    expect(meaningOf(systemError('EMFILE'))).toBe('EMFILE');
    expect(meaningOf(new Error('x'))).toBe(meaningOf(undefined));
  });

  it('says of a symlink what is missing: on Windows the right, elsewhere the file system', () => {
    const error = Object.assign(systemError('EPERM'), { syscall: 'symlink' });
    expect(meaningOf(error, 'win32')).toBe("Windows does not let the server's user make symlinks");
    expect(meaningOf(error, 'linux')).toBe('the file system has no symlinks, or the folder is immutable');
    expect(meaningOf({ ...error, syscall: 'open' }, 'win32')).toBe(meaningOf(systemError('EACCES')));
  });

  it.each(['state', 'addons'] as const)('of the %s directory is a refusal that says which', (which) => {
    const { refusal } = directoryFailed(which, systemError('EROFS'));
    expect(refusal).toMatchObject({ code: 'io_error', details: { errno: 'EROFS' } });
    expect(refusal.message).toContain(which);
    expect(directoryFailed(which, new Error('x')).refusal.details).toEqual({ errno: null });
  });

  it('of the state directory is a refusal, and a bug is none', () => {
    expect(stateFailed(systemError('EIO'))).toEqual(directoryFailed('state', systemError('EIO')));
    const bug = new TypeError('x');
    expect(() => stateFailed(bug)).toThrow(bug);
  });
});

describe('a fault of the state directory', () => {
  const said = (path: string) => {
    const { refusal } = notProven('/srv/secret/state', { path, what: 'WHAT', remedy: 'REMEDY' });
    expect(refusal.code).toBe('io_error');
    return refusal.message;
  };

  it.each([
    ['/srv/secret/state/limits/1', 'limits/1'],
    ['/srv/secret/state/limits', 'limits'],
  ])('at %s is told by its name in it', (path, name) => {
    expect(said(path)).toContain(`${name} WHAT`);
    expect(said(path)).not.toContain('secret');
  });

  it('in the directory itself, or above, is told without its path', () => {
    const [own, above, root] = ['/srv/secret/state', '/srv/secret', '/'].map(said);
    expect(own).toMatch(/\w WHAT/);
    expect(own).not.toBe(above);
    expect(root).toBe(above);
    for (const message of [own, above]) expect(message).not.toMatch(/secret|srv|\.\./);
  });
});
