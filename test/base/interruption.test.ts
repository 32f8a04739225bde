import { describe, expect, it } from 'vitest';
import { Interruption, orRefusal, stopAtShortage } from '../../src/base/interruption.ts';
import { ok, refuse } from '../../src/base/refusal.ts';

const failed = (code?: unknown) => Object.assign(new Error('no'), { code });

describe('stopAtShortage', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EAGAIN'])('ends the call at %s', (errno) => {
    let thrown: unknown;
    try {
      stopAtShortage(failed(errno));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Interruption);
    const { refusal, message } = thrown as Interruption;
    expect(refusal).toMatchObject({ code: 'io_error', details: { errno }, hint: expect.any(String) });
    expect(message).toBe(refusal.message);
  });

  it.each(['ENOENT', 'EACCES', 'ENOTDIR', 'ELOOP', 'EIO', undefined])(
    'lets %s pass: it says something of the file',
    (errno) => {
      expect(() => stopAtShortage(failed(errno))).not.toThrow();
    },
  );

  it.each([null, undefined, 'EMFILE', 7])('lets %j pass, which is no system error', (thrown) => {
    expect(() => stopAtShortage(thrown)).not.toThrow();
  });
});

describe('orRefusal', () => {
  const { refusal } = refuse('cancelled', 'no');

  it('hands on what the work comes to', async () => {
    expect(await orRefusal(async () => ok(1))).toEqual(ok(1));
    const refused = refuse('busy', 'no');
    expect(await orRefusal(async () => refused)).toBe(refused);
  });

  it('makes an interruption a refusal, and leaves a bug a bug', async () => {
    const interrupted = orRefusal(async () => {
      throw new Interruption(refusal);
    });
    expect(await interrupted).toEqual({ ok: false, refusal });
    const bug = new Error('bug');
    const broken = orRefusal(async () => {
      throw bug;
    });
    await expect(broken).rejects.toBe(bug);
  });
});
