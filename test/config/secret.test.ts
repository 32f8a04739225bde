import { chmodSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSecret, SecretSchema } from '../../src/config/secret.ts';
import { createWorld } from '../support/world.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable is written
const VARIABLE = '${TOKEN}';

describe('a secret', () => {
  it.each([
    ['sesame'],
    ['$TOKEN'],
    [`x${VARIABLE}`],
    [`${VARIABLE}x`],
    [''],
    [1],
    [{ file: '' }],
    [{ file: 'a', mode: 1 }],
  ])('is never %j: only its name stands in a configuration', (written) => {
    expect(SecretSchema.safeParse(written).success).toBe(false);
  });

  it('that stands in a configuration is told both places where it may stand', () => {
    const { error } = SecretSchema.safeParse('sesame');
    expect(JSON.stringify(error?.issues)).toMatch(
      /such as .*NAME.*, or a file, such as .*: no secret stands/,
    );
  });

  it('comes from a variable, or from a file of its own', () => {
    const world = createWorld();
    const file = world.file('token', ' sesame\n');
    chmodSync(file, 0o600);
    expect(readSecret(VARIABLE, { TOKEN: 'sesame ' })).toEqual({ ok: true, value: 'sesame' });
    expect(readSecret({ file }, {})).toEqual({ ok: true, value: 'sesame' });
  });

  it.each([[0o640], [0o604], [0o620]])('is not read from a file with mode %o', (mode) => {
    const file = createWorld().file('token', 'sesame');
    chmodSync(file, mode);
    expect(readSecret({ file }, {})).toEqual({
      ok: false,
      refusal: expect.stringContaining('may be read by other users'),
    });
  });

  it('is refused in words that do not show it', () => {
    const world = createWorld();
    const file = world.file('token', 'sesame\nopen');
    chmodSync(file, 0o600);
    const faults = [
      readSecret(VARIABLE, {}),
      readSecret(VARIABLE, { TOKEN: ' ' }),
      readSecret(VARIABLE, { TOKEN: 'a\r\nX-Header: sesame' }),
      readSecret({ file }, {}),
      readSecret({ file: world.at('nowhere') }, {}),
      readSecret({ file: world.path }, {}),
    ];
    for (const fault of faults) {
      expect(fault.ok).toBe(false);
      expect(JSON.stringify(fault)).not.toMatch(/sesame|open/);
    }
  });
});
