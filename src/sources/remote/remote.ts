/** Where repositories are cloned from, as the operator configures it. A caller never gives an address. */
import { ok, type Result, refused } from '../../base/refusal.ts';

/** How git talks to a remote; nothing else is allowed to it (git-config(1), `protocol.allow`). */
export type Transport = 'https' | 'http' | 'ssh' | 'file';

/** What git shows a remote to be let in. */
export interface Credentials {
  readonly user: string;
  readonly token: string;
}

/** The repositories of a family. */
export interface Remote {
  /** The address of a repository, in which `{repo}` stands for its name. */
  readonly address: string;
  readonly transport: Transport;
  /** Its host, or `a local folder`: an address itself is not shown to agents. */
  readonly host: string;
  readonly credentials: Credentials | null;
  /** A credential helper of git (gitcredentials(7)), which then has the home folder. */
  readonly credentialHelper: string | null;
}

/** The remotes of the families, and what a clone may take. */
export interface Remotes {
  readonly oca: Remote | null;
  readonly ee: Remote | null;
  /** The most bytes that one repository may take, objects and files together. */
  readonly maxBytes: number;
  /** The longest that git may take for one repository, in milliseconds. */
  readonly timeoutMs: number;
}

/** Where the OCA has its repositories. */
export const OCA_ADDRESS = 'https://github.com/OCA';

const PLACE = '{repo}';

/**
 * Understands an address that an operator wrote: https, ssh, a path, or http to this machine.
 * @returns Its transport, host and address with a place for the name; or what is wrong with it, worded to follow it.
 */
export function parseAddress(
  written: string,
): Result<Pick<Remote, 'address' | 'transport' | 'host'>, string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them belongs into an address.
  if (/[\x00-\x20\x7f]/.test(written)) return refused('must have no spaces or control characters');
  const trimmed = written.replace(/\/+$/, '');
  const address = trimmed.includes(PLACE) ? trimmed : `${trimmed}/${PLACE}`;
  if (address.split(PLACE).length > 2) return refused(`must have ${PLACE} only once`);
  if (written.startsWith('/')) return ok({ address, transport: 'file', host: 'a local folder' });
  const scp = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/|:)/.exec(address);
  if (scp !== null) return ok({ address, transport: 'ssh', host: scp[1] as string });
  const [, scheme = '', authority = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)\//.exec(address) ?? [];
  const [, user, host = ''] =
    /^(?:([^@]*)@)?((?:\[[0-9a-f:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(?::\d+)?)$/.exec(authority) ?? [];
  if (host === '' || !['https', 'http', 'ssh'].includes(scheme))
    return refused('must be an https or ssh address, or an absolute path');
  if (/[?#]/.test(address)) return refused('must have no query and no fragment');
  if (scheme !== 'ssh' && user !== undefined)
    return refused('must have no user or password in it: give `user` and `token` beside it');
  if (user !== undefined && !/^[A-Za-z0-9._-]+$/.test(user)) return refused('must have no password in it');
  if (scheme === 'http' && !LOOPBACK.test(host))
    return refused('must be https: over http anyone on the way could change what is cloned');
  return ok({ address, transport: scheme as Transport, host });
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/**
 * The address of a repository.
 * @param repo A checked name, see {@link isRepositoryName}.
 */
export function addressOf({ address }: Remote, repo: string): string {
  return address.replace(PLACE, () => repo);
}

/**
 * Whether a name can be a repository's: it becomes a folder in a root and a part of an address, so it is one plain segment
 * that is neither hidden nor an option. `web.wiki` is not one: at GitHub that is the wiki of `web`, which anybody may be let to
 * write.
 */
export function isRepositoryName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/.test(name) && !/\.(?:git|lock|wiki)$/i.test(name);
}

/**
 * The name of the repository that an address leads to, if it is one of a remote's.
 * @param url The address that a checkout was cloned from.
 */
export function repositoryAt({ address }: Pick<Remote, 'address'>, url: string): string | null {
  const [before = '', after = ''] = address.split(PLACE);
  const plain = url.replace(/\/+$/, '').replace(/\.git$/, '');
  const end = after.replace(/\/+$/, '').replace(/\.git$/, '');
  if (!plain.startsWith(before) || !plain.endsWith(end)) return null;
  const name = plain.slice(before.length, plain.length - end.length);
  return isRepositoryName(name) ? name : null;
}

/** The OCA's repositories at their host, however people write it: with https, ssh or git, with or without a user. */
const AT_OCA =
  /^(?:(?:https?|ssh|git):\/\/(?:[^/@]*@)?(?:www\.)?github\.com(?::\d{1,5})?\/|(?:[\w.-]{1,64}@)?github\.com:\/?)oca\/([^/]+?)(?:\.git)?\/*$/i;

/** The name of the OCA's repository that an address leads to; null for any other. An operator may have a mirror of it. */
export function ocaRepositoryAt(url: string): string | null {
  const name = AT_OCA.exec(url)?.[1] ?? null;
  return name !== null && isRepositoryName(name) ? name : null;
}
