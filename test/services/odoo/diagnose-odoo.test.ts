import { chmodSync, existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { diagnoseOdoo } from '../../../src/services/odoo/diagnose-odoo.ts';
import { makeInstance } from '../../support/instance.ts';
import { startStandIn } from '../../support/odoo.ts';
import { createWorld } from '../../support/world.ts';

describe('doctor, of the command that restarts Odoo', () => {
  const world = () => {
    const made = createWorld();
    const script = made.file('restart.sh', `#!/bin/sh\ntouch ${made.at('was-run')}\n`);
    return { made, script };
  };
  const diagnose = async (made: ReturnType<typeof createWorld>, restart: string[] | null, port?: number) => {
    const url = new URL(port === undefined ? (await startStandIn()).url : `http://127.0.0.1:${port}/`);
    const secret = { kind: 'password', value: 'pass-word' } as const;
    const odoo = { url, database: 'prod', login: 'admin', secret, series: '17.0', restart } as const;
    return diagnoseOdoo({ ...makeInstance(made), odoo });
  };

  it('says whether its program can be run, and does not run it', async () => {
    const { made, script } = world();
    expect(await diagnose(made, null)).toEqual([{ level: 'ok', text: expect.stringContaining('database') }]);
    expect((await diagnose(made, [script]))[1]).toEqual({
      level: 'fail',
      text: expect.stringMatching(/^\S+restart\.sh of odoo\.restart may not be run by the user \S+$/),
      remedy: expect.stringContaining('sudo'),
    });
    chmodSync(script, 0o755);
    expect((await diagnose(made, [script, 'x']))[1]).toEqual({ level: 'ok', text: `${script} restarts it` });
    expect(existsSync(made.at('was-run'))).toBe(false);
    const [, shell] = await diagnose(made, ['sh', '-c', 'true']);
    expect(shell).toEqual({ level: 'ok', text: expect.stringMatching(/^sh restarts it: \/.*\/sh$/) });
  });

  it('says so where there is no such program, also where Odoo does not answer', async () => {
    const { made } = world();
    const [asked, program] = await diagnose(made, ['no-such-program-anywhere', 'odoo'], 1);
    expect(asked?.level).toBe('fail');
    expect(program).toEqual({
      level: 'fail',
      text: 'no-such-program-anywhere of odoo.restart is not there',
      remedy: expect.stringContaining("the server's PATH"),
    });
    const [, path] = await diagnose(made, [made.at('none')], 1);
    expect(path).toMatchObject({ level: 'fail', remedy: 'correct the path' });
  });
});
