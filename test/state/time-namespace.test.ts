import { describe, expect, it } from 'vitest';
import { readClocks } from '../../src/state/time-namespace.ts';
import { systemError } from '../support/changes.ts';
import { patchFs } from '../support/patch-fs.ts';

const offsets = (monotonic: string, boottime = monotonic) =>
  `monotonic  ${monotonic.padStart(10)}         0\nboottime   ${boottime.padStart(10)}         0\n`;

describe('the clocks of a process', () => {
  it.each([
    [offsets('0'), false],
    [offsets('1'), true],
    [offsets('-5'), true],
    [offsets('0', '9'), true],
    ['monotonic           0         1\nboottime           0         0\n', true],
    ['', false],
  ])('are those of the host, or shifted: %j', (text, areShifted) => {
    expect(readClocks(() => text)).toMatchObject({ areShifted });
  });

  it('are named by their offsets and by their namespace', () => {
    patchFs('readlinkSync', () => () => 'time:[1]');
    const one = readClocks(() => offsets('0')).name;
    expect(readClocks(() => offsets('0')).name).toBe(one);
    expect(readClocks(() => offsets('3')).name).not.toBe(one);
    patchFs('readlinkSync', () => () => 'time:[2]');
    expect(readClocks(() => offsets('0')).name).not.toBe(one);
  });

  it('are read from /proc', () => {
    const asked: string[] = [];
    patchFs('readFileSync', () => (path: string) => {
      asked.push(path);
      return offsets('7');
    });
    expect(readClocks()).toMatchObject({ areShifted: true });
    expect(asked).toEqual(['/proc/self/timens_offsets']);
  });

  it('are those of the host on a system without time namespaces', () => {
    const missing = () => {
      throw systemError('ENOENT');
    };
    patchFs('readlinkSync', () => missing);
    expect(readClocks(missing)).toEqual({ name: ' ', areShifted: false });
  });

  it('cannot be told where one of the two cannot be read', () => {
    const closed = () => {
      throw systemError('EACCES');
    };
    expect(() => readClocks(closed)).toThrow('EACCES');
    patchFs('readlinkSync', () => closed);
    expect(() => readClocks(() => offsets('0'))).toThrow('EACCES');
  });
});
