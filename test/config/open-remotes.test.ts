import { describe, expect, it } from 'vitest';
import { openRemotes } from '../../src/config/open-remotes.ts';
import { ConfigSchema, type SourcesConfig } from '../../src/config/schema.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a variable is written
const token = '${TOKEN}';

function open(sources: object | undefined, env: Record<string, string> = {}) {
  const problems: string[] = [];
  const config = ConfigSchema.parse({ sources }).sources ?? null;
  const remotes = openRemotes(config as SourcesConfig | null, env, (path, problem) => {
    problems.push(`${path.join('.')} ${problem}`);
  });
  return { remotes, problems };
}

describe('the remotes of a configuration', () => {
  it('are none without `sources`, and the OCA on GitHub with an empty one', () => {
    expect(open(undefined).remotes).toBeNull();
    expect(open({}).remotes).toEqual({
      oca: {
        ...{ address: 'https://github.com/OCA/{repo}', transport: 'https', host: 'github.com' },
        ...{ credentials: null, credentialHelper: null },
      },
      ee: null,
      maxBytes: 2 ** 31,
      timeoutMs: 600_000,
    });
  });

  it('have a token, with the user that GitHub wants, or a helper', () => {
    const { remotes } = open(
      {
        oca: { credentialHelper: 'cache' },
        ee: { url: 'https://github.com/odoo', token },
        timeout: 5,
        maxBytes: 2 ** 20,
      },
      { TOKEN: 'sesame' },
    );
    expect(remotes).toMatchObject({
      oca: { credentialHelper: 'cache', credentials: null },
      ee: { credentials: { user: 'x-access-token', token: 'sesame' } },
      timeoutMs: 5000,
      maxBytes: 2 ** 20,
    });
  });

  it.each<[object, string]>([
    [{ oca: { url: 'http://example.com' } }, 'oca.url the address must be https'],
    [{ oca: { user: 'me' } }, 'oca.user needs a `token`'],
    [{ oca: { token } }, 'oca.token the environment variable TOKEN is not set'],
    [{ oca: { url: '/srv/m', token } }, 'oca.token is for https'],
    [{ ee: { url: 'git@h:x', token } }, 'ee.token is for https'],
    [{ oca: { token, credentialHelper: 'store' } }, 'oca.token cannot be used together'],
  ])('%j is told where it is wrong', (sources, problem) => {
    expect(open(sources).problems).toEqual([expect.stringContaining(problem)]);
  });
});
