import { describe, expect, it } from 'vitest';
import {
  addressOf,
  isRepositoryName,
  parseAddress,
  type Remote,
  repositoryAt,
} from '../../../src/sources/remote/remote.ts';
import fc from '../../support/property.ts';

/** What git takes for the name of a remote helper, which it would run (gitremote-helpers(7)): letters of a scheme, then `::`. */
const TRANSPORT_OF_ITS_OWN = /^[A-Za-z0-9+.-]*::/;

describe('an address', () => {
  it.each([
    ['https://github.com/OCA', 'https', 'github.com', 'https://github.com/OCA/web'],
    ['https://github.com/OCA/', 'https', 'github.com', 'https://github.com/OCA/web'],
    [
      'https://git.example.com:8443/mirrors/{repo}.git',
      'https',
      'git.example.com:8443',
      'https://git.example.com:8443/mirrors/web.git',
    ],
    ['git@github.com:OCA', 'ssh', 'github.com', 'git@github.com:OCA/web'],
    ['ssh://git@example.com:2222/oca', 'ssh', 'example.com:2222', 'ssh://git@example.com:2222/oca/web'],
    ['http://127.0.0.1:3000/oca', 'http', '127.0.0.1:3000', 'http://127.0.0.1:3000/oca/web'],
    ['http://[::1]/oca', 'http', '[::1]', 'http://[::1]/oca/web'],
    ['https://example.com/a::b', 'https', 'example.com', 'https://example.com/a::b/web'],
    ['/srv/mirrors/OCA+{repo}/repo', 'file', 'a local folder', '/srv/mirrors/OCA+web/repo'],
  ])('%s is of %s', (written, transport, host, of) => {
    const parsed = parseAddress(written);
    expect(parsed).toMatchObject({ ok: true, value: { transport, host } });
    if (parsed.ok) expect(addressOf(parsed.value as Remote, 'web')).toBe(of);
  });

  it.each([
    ['http://github.com/OCA', 'must be https'],
    ['http://127.0.0.1.example.com/OCA', 'must be https'],
    ['https://user:secret@github.com/OCA', 'must have no user or password'],
    ['https://token@github.com/OCA', 'must have no user or password'],
    ['ssh://git:secret@github.com/OCA', 'must have no password'],
    ['https://github.com/OCA?token=secret', 'must have no query'],
    ['https://github.com/{repo}/{repo}', 'only once'],
    ['git://github.com/OCA', 'must be an https or ssh address'],
    ['ext::sh -c touch', 'spaces'],
    ['ext::touch', 'must be an https or ssh address'],
    ['file:///srv/mirrors', 'must be an https or ssh address'],
    ['-oProxyCommand=touch:x', 'must be an https or ssh address'],
    ['ssh://-oProxyCommand=touch/x', 'must be an https or ssh address'],
    ['git@-oProxyCommand:x', 'must be an https or ssh address'],
    ['srv/mirrors', 'must be an https or ssh address'],
    ['https://github.com/OCA\nx', 'control characters'],
    ['', 'must be an https or ssh address'],
  ])('%j is none', (written, problem) => {
    expect(parseAddress(written)).toEqual({ ok: false, refusal: expect.stringContaining(problem) });
  });

  it('never makes an option or another transport of a text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.constantFrom('-', 'ext::', 'ssh://').chain((start) => fc.string().map((rest) => start + rest)),
        ),
        (text) => {
          const parsed = parseAddress(text);
          if (!parsed.ok) return;
          const { address, transport } = parsed.value;
          expect(address).toMatch(
            { https: /^https:/, http: /^http:/, ssh: /^(?:ssh:|[\w.-]+@|[\w.-]+:)/, file: /^\// }[transport],
          );
          expect(address.startsWith('-')).toBe(false);
          expect(address).not.toMatch(TRANSPORT_OF_ITS_OWN);
        },
      ),
    );
  });
});

describe('the name of a repository', () => {
  it.each(['web', 'l10n-spain', 'OpenUpgrade', 'a.b', '_x', '0'])('may be %s', (name) => {
    expect(isRepositoryName(name)).toBe(true);
  });
  it.each([
    '',
    '.',
    '..',
    '.git',
    '-x',
    '--upload-pack=touch',
    'a/b',
    'a\\b',
    'a b',
    'a\n',
    'web.git',
    'web.GIT',
    'web.lock',
    'web.wiki',
    'é',
    'x'.repeat(101),
  ])('may not be %j', (name) => {
    expect(isRepositoryName(name)).toBe(false);
  });
});

describe('the repository that an address leads to', () => {
  const of = (address: string, url: string) => repositoryAt({ address }, url);
  it.each([
    ['https://github.com/OCA/{repo}', 'https://github.com/OCA/web', 'web'],
    ['https://github.com/OCA/{repo}', 'https://github.com/OCA/web.git', 'web'],
    ['https://github.com/OCA/{repo}', 'https://github.com/OCA/web/', 'web'],
    ['/m/OCA+{repo}/repo', '/m/OCA+web/repo', 'web'],
    ['https://git.example.com/{repo}.git', 'https://git.example.com/web', 'web'],
    ['https://github.com/OCA/{repo}', 'https://github.com/acme/web', null],
    ['https://github.com/OCA/{repo}', 'https://github.com/OCA/web/more', null],
    ['https://github.com/OCA/{repo}', 'https://github.com/OCA/', null],
    ['https://github.com/OCA/{repo}', 'https://github.com/OCA/../acme', null],
  ])('%s: %s', (address, url, repo) => {
    expect(of(address, url)).toBe(repo);
  });

  it('is the one that an address was made for', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_-]{0,20}$/);
    fc.assert(
      fc.property(
        name,
        fc.constantFrom('https://github.com/OCA', '/m/{repo}/r', 'git@h:x/{repo}.git'),
        (repo, written) => {
          const parsed = parseAddress(written);
          expect(parsed.ok).toBe(true);
          if (parsed.ok)
            expect(repositoryAt(parsed.value, addressOf(parsed.value as Remote, repo))).toBe(repo);
        },
      ),
    );
  });
});
