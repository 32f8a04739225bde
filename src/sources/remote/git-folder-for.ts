/** Git folders that the server makes itself, for talking with a remote: nothing in them comes from elsewhere. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { homeFolder } from '../../base/user.ts';
import type { Remote } from './remote.ts';

/**
 * Makes an empty git folder (gitrepository-layout(5)). Not with `git init`, which may copy hooks from templates.
 * @param config The text of its configuration.
 * @throws A system error, also if something is there already.
 */
export function makeGitFolder(path: string, branch: string, config: string): void {
  mkdirSync(path);
  for (const name of ['refs', 'refs/heads', 'objects', 'objects/pack', 'info']) mkdirSync(join(path, name));
  writeFileSync(join(path, 'HEAD'), `ref: refs/heads/${branch}\n`);
  writeFileSync(join(path, 'config'), config);
}

/**
 * The configuration under which git talks with a remote: it starts no hooks, filters, file-system monitors or submodules, uses only
 * the remote's transport, goes where no redirection leads, and keeps what it gets in one pack (git-config(1)). It contains
 * no credentials.
 */
export function talkingConfig({ transport, credentialHelper }: Remote): string {
  const helper = credentialHelper === null ? [] : [`helper = ${inConfig(credentialHelper)}`];
  return `${[
    '[core]',
    'repositoryformatversion = 0',
    'bare = false',
    `filemode = ${process.platform !== 'win32'}`,
    'hooksPath = /dev/null',
    'fsmonitor = false',
    'untrackedCache = false',
    'attributesFile =',
    'excludesFile =',
    'protectHFS = true',
    'protectNTFS = true',
    '[protocol]',
    'allow = never',
    'version = 2',
    `[protocol "${transport}"]`,
    'allow = always',
    '[http]',
    'followRedirects = false',
    // A remote that sends next to nothing for a minute holds up everything else.
    'lowSpeedLimit = 1000',
    'lowSpeedTime = 60',
    '[credential]',
    // An empty one forgets those of other files.
    'helper =',
    ...helper,
    '[fetch]',
    'recurseSubmodules = false',
    'unpackLimit = 1',
    'writeCommitGraph = false',
    '[submodule]',
    'recurse = false',
    '[transfer]',
    'unpackLimit = 1',
    'bundleURI = false',
    '[gc]',
    'auto = 0',
    '[maintenance]',
    'auto = false',
  ].join('\n')}\n`;
}

/** A value in a file of configuration (git-config(1), "Syntax"). */
export function inConfig(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Nothing can be in it. */
const NO_FOLDER = '/dev/null';

type Environment = Readonly<Record<string, string | undefined>>;

/** How to get out of the company's network. */
const PROXIES = [
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
];
/** Whom to trust. */
const PASSED_ON = [...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'TMPDIR']];

/**
 * The whole environment of a git that talks with a remote. Neither the system's nor the user's configuration is read. A token
 * is in it and nowhere else: as a header for addresses of this host alone.
 * @param env The server's own environment.
 */
export function talkingEnvironment(remote: Remote, env: Environment = process.env): Record<string, string> {
  const { transport, credentials, credentialHelper, address } = remote;
  const named = [
    ...PASSED_ON,
    // http is for this machine: a proxy would be shown what is fetched, and the token.
    ...(transport === 'http' ? [] : PROXIES),
    ...(transport === 'ssh' ? ['SSH_AUTH_SOCK'] : []),
  ];
  const passed = named.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  // Without any, curl takes the home folder of the user list, and shows hosts the passwords in its `.netrc`.
  const home = (credentialHelper === null ? null : homeFolder(env)) ?? NO_FOLDER;
  return {
    ...Object.fromEntries(passed),
    PATH: (env.PATH ?? '').split(delimiter).filter(isAbsolute).join(delimiter),
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: transport,
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOC_LIMIT: '1g',
    ...(transport === 'ssh' && { GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=20' }),
    ...(credentials !== null && headerFor(address, credentials)),
  };
}

/** A header with credentials, for the address and what lies below it on the same host (git-config(1), `http.<url>.*`). */
function headerFor(address: string, { user, token }: NonNullable<Remote['credentials']>) {
  const encoded = Buffer.from(`${user}:${token}`).toString('base64');
  return {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(address.replace('{repo}', '')).origin}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${encoded}`,
  };
}
