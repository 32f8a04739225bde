import { describe, expect, it } from 'vitest';
import type { Remote } from '../../../src/sources/remote/remote.ts';
import { faultFrom } from '../../../src/sources/remote/remote-fault.ts';

const REMOTE: Remote = {
  ...{ address: 'https://host/{repo}', transport: 'https', host: 'host', credentialHelper: null },
  credentials: { user: 'robot', token: 'sesame' },
};

describe('what git says', () => {
  it.each([
    ["fatal: unable to access 'https://host/web/': Could not resolve host: host", 'unreachable'],
    ["fatal: unable to access 'https://host/web/': Failed to connect to host port 443", 'unreachable'],
    ["fatal: unable to access 'https://host/': The requested URL returned error: 503", 'unreachable'],
    [
      "fatal: unable to access 'https://host/': SSL certificate problem: self-signed certificate",
      'unreachable',
    ],
    [
      'error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\nfatal: the remote end hung up unexpectedly',
      'unreachable',
    ],
    ['fatal: no commits selected for shallow requests\nfatal: the remote end hung up unexpectedly', 'broken'],
    ['error: RPC failed; curl 18 transfer closed\nfatal: early EOF', 'unreachable'],
    ["fatal: unable to access 'https://host/': The requested URL returned error: 403", 'unauthorised'],
    ["fatal: could not read Username for 'https://host': terminal prompts disabled", 'unauthorised'],
    [
      "remote: Invalid username or password.\nfatal: Authentication failed for 'https://host/web/'",
      'unauthorised',
    ],
    [
      'git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'unauthorised',
    ],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'unknown_host_key'],
    ["remote: Repository not found.\nfatal: repository 'https://host/web/' not found", 'not_found'],
    ["fatal: '/m/web' does not appear to be a git repository", 'not_found'],
    ["fatal: couldn't find remote ref refs/heads/19.0", 'no_branch'],
    [
      'fatal: unable to update url base from redirection:\n  asked for: https://host/a\n   redirect: https://other/a',
      'redirected',
    ],
    ["fatal: detected dubious ownership in repository at '/m/web'", 'not_owned'],
    [
      'remote: fatal: unable to read ce013625030ba8db\nerror: git upload-pack: git-pack-objects died with error.\nremote: aborting due to possible repository corruption on the remote side.\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
      'damaged',
    ],
    ['fatal: write error: No space left on device', 'no_space'],
    ['fatal: pack has bad object at offset 12: inflate returned -3', 'broken'],
    ['', 'broken'],
  ])('%j means %s', (said, kind) => {
    expect(faultFrom(said, REMOTE).kind).toBe(kind);
  });

  it('is told in one line, without addresses and credentials', () => {
    const encoded = Buffer.from('robot:sesame').toString('base64');
    const said = `junk\nfatal: unable to access 'https://robot:sesame@host/web/': ${encoded} at /m/x 'https://host/b'\nmore\n`;
    expect(faultFrom(said, REMOTE).said).toBe(
      "fatal: unable to access 'the repository': ... at /m/x 'the repository'",
    );
    expect(faultFrom(`fatal: ${'x'.repeat(5000)}`, null).said).toHaveLength(300);
  });

  // With all of it the patterns would take days.
  it.each(['a', 'repository ', 'filter ', "'/"])(
    'is understood by its end if a remote says %j without one',
    (word) => {
      const said = `remote: ${word.repeat(6e6 / word.length)}\nfatal: remote error: repository web not found`;
      expect(faultFrom(said, REMOTE)).toEqual({
        kind: 'not_found',
        said: 'fatal: remote error: repository web not found',
      });
    },
  );
});
