import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ModuleName } from '../../src/addons/module-name.ts';
import { busy, cancelled, changedMeanwhile, stepFailed, takenOver } from '../../src/links/failures.ts';
import { systemError } from '../support/changes.ts';
import { createWorld } from '../support/world.ts';

const WEB = 'web' as ModuleName;

describe('a name that holds something else than the plan was made for', () => {
  it.each([
    ['link', 'link_exists'],
    ['broken', 'link_exists'],
    ['none', 'link_exists'],
    ['file', 'occupied'],
    ['folder', 'occupied'],
    ['fifo', 'occupied'],
  ])('%s: %s', (name, code) => {
    const world = createWorld();
    world.file('file');
    world.folder('folder');
    world.link('folder', 'link');
    world.link('nowhere', 'broken');
    execFileSync('mkfifo', [world.at('fifo')]);
    expect(changedMeanwhile(WEB, world.at(name)).refusal).toMatchObject({ code, module: 'web' });
  });
});

describe('a change that was not made', () => {
  it('tells what the system said of a step, and which', () => {
    const failed = (verb: 'linked' | 'removed', error: unknown) => stepFailed(WEB, verb, error).refusal;
    expect(failed('linked', systemError('EROFS'))).toMatchObject({
      code: 'io_error',
      module: 'web',
      details: { errno: 'EROFS' },
    });
    expect(failed('removed', new Error('x')).details).toEqual({ errno: null });
    expect(failed('removed', systemError('EROFS')).message).not.toBe(
      failed('linked', systemError('EROFS')).message,
    );
  });

  it('may be tried again in a second where another process was at work', () => {
    for (const { refusal } of [busy(), takenOver()])
      expect(refusal).toMatchObject({ code: 'busy', retry_after_ms: 1000, hint: expect.any(String) });
    expect(busy().refusal.message).not.toBe(takenOver().refusal.message);
  });

  it('is not tried again where its caller has gone', () => {
    expect(cancelled().refusal).toEqual({ code: 'cancelled', message: expect.any(String) });
  });
});
