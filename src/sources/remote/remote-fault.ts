import { oneLine } from '../../base/text.ts';
import type { Remote } from './remote.ts';

/** Why git could not do with a remote what was asked of it. */
export const REMOTE_FAULTS = {
  unreachable: 'the host cannot be reached',
  unknown_host_key: 'the host shows a key that the server does not know',
  not_found: 'there is no such repository, or it may not be read without other credentials',
  unauthorised: 'the credentials are not accepted',
  redirected: 'the repository has moved to another address',
  no_branch: 'it has no branch of that name',
  moved: 'its branch has moved since the call was approved',
  not_owned:
    'the repository belongs to another user of this machine, and git reads such a one for nobody else',
  damaged: 'the repository lacks files of its own, or they are damaged',
  too_slow: 'it takes longer than `sources.timeout` allows',
  too_large: 'it is larger than `sources.maxBytes` allows',
  too_many: 'it has more files or folders than any repository of modules',
  no_space: 'there is not enough free space',
  no_git: 'git is not installed, or not in PATH',
  cancelled: 'the call was cancelled',
  broken: 'git cannot use what it got',
} as const;

export type RemoteFaultKind = keyof typeof REMOTE_FAULTS;

export interface RemoteFault {
  readonly kind: RemoteFaultKind;
  /** What git said, in one line without addresses; for the operator. */
  readonly said: string;
}

/** How git words each fault, in the language `C` (git 2.25 to 2.51, curl, OpenSSH). The first that fits decides. */
const WORDS: readonly (readonly [RegExp, RemoteFaultKind])[] = [
  [/dubious ownership|unsafe repository/, 'not_owned'],
  [/couldn't find remote ref|no such ref was fetched/i, 'no_branch'],
  [/host key verification failed|known_hosts/i, 'unknown_host_key'],
  [
    /authentication failed|could not read (?:username|password)|permission denied \(|returned error: 40[13]|terminal prompts disabled/i,
    'unauthorised',
  ],
  [/returned error: 30\d|redirect/i, 'redirected'],
  [
    /repository .*not found|returned error: 404|does not appear to be a git repository|does not exist/i,
    'not_found',
  ],
  // Before what ends the same way: the remote gives up in the middle.
  [/repository corruption on the remote side/i, 'damaged'],
  [/no commits selected for shallow/i, 'broken'],
  [
    /returned error: 5\d\d|rpc failed|hung up unexpectedly|early eof|could not resolve|failed to connect|couldn't connect|connection (?:refused|reset|timed out)|timed out|network is unreachable|no route to host|unable to access|could not read from remote|ssl|certificate|operation too slow/i,
    'unreachable',
  ],
  [/no space left|disk quota/i, 'no_space'],
];

/**
 * Understands what git said when it failed. The remote has a say in it: of a long text only the end is looked at, where git gives
 * its reason, because some of the patterns take the square of a line's length.
 */
export function faultFrom(said: string, remote: Remote | null): RemoteFault {
  const end = said.slice(-MOST_LOOKED_AT);
  const kind = WORDS.find(([words]) => words.test(end))?.[1] ?? 'broken';
  // The first line may be the rest of one, with the rest of a credential.
  const whole = end === said ? said : end.replace(/^[^\r\n]*/, '');
  return { kind, said: scrub(whole, remote) };
}

const MOST_LOOKED_AT = 8192;

const MOST_SAID = 300;

/** One line of what git said, without credentials and addresses. */
function scrub(said: string, remote: Remote | null): string {
  const secrets = remote?.credentials == null ? [] : secretsIn(remote.credentials);
  const hidden = secrets.reduce((text, secret) => text.replaceAll(secret, '...'), said);
  const lines = hidden.split(/[\r\n]+/).filter((line) => /^(?:fatal|error|remote|ssh)/i.test(line));
  const plain = lines.join(' ').replace(/[a-z+]+:\/\/[^\s'"]+|'\/[^']*'/g, 'the repository');
  return oneLine(plain).slice(0, MOST_SAID).replace(/\.$/, '');
}

function secretsIn({ user, token }: NonNullable<Remote['credentials']>): string[] {
  return [token, Buffer.from(`${user}:${token}`).toString('base64')].filter((secret) => secret !== '');
}
