import { ok, type Result, refused } from '../base/refusal.ts';
import { OCA_ADDRESS, parseAddress, type Remote, type Remotes } from '../sources/remote/remote.ts';
import type { SourceConfig, SourcesConfig } from './schema.ts';
import { readSecret } from './secret.ts';

type Family = 'oca' | 'ee';

/**
 * Opens the remotes of a configuration.
 * @param sources What the configuration says, with absolute paths.
 * @param env The environment, for tokens.
 * @param complain Called with the key, below `sources`, and what is wrong with it.
 * @returns The remotes; null where none are configured or something is wrong with them.
 */
export function openRemotes(
  sources: SourcesConfig | null,
  env: Readonly<Record<string, string | undefined>>,
  complain: (path: readonly PropertyKey[], problem: string) => void,
): Remotes | null {
  if (sources === null) return null;
  const open = (family: Family, config: SourceConfig): Remote | null => {
    const opened = openRemote(config, env);
    if (opened.ok) return opened.value;
    const { key, problem } = opened.refusal;
    complain([family, key], problem);
    return null;
  };
  const oca = open('oca', sources.oca);
  const ee = sources.ee === undefined ? null : open('ee', sources.ee);
  return { oca, ee, maxBytes: sources.maxBytes, timeoutMs: sources.timeout * 1000 };
}

function openRemote(
  { url, user, token, credentialHelper: helper }: SourceConfig,
  env: Readonly<Record<string, string | undefined>>,
): Result<Remote, { readonly key: keyof SourceConfig; readonly problem: string }> {
  const wrong = (key: keyof SourceConfig, problem: string) => refused({ key, problem });
  const parsed = parseAddress(url ?? OCA_ADDRESS);
  if (!parsed.ok) return wrong('url', `the address ${parsed.refusal}`);
  const { transport } = parsed.value;
  const credentialHelper = helper ?? null;
  const isHttp = transport === 'https' || transport === 'http';
  if (token === undefined) {
    if (user !== undefined) return wrong('user', 'needs a `token` beside it');
    return ok({ ...parsed.value, credentials: null, credentialHelper });
  }
  if (!isHttp) return wrong('token', `is for https; with ${transport} git shows no token`);
  if (credentialHelper !== null) return wrong('token', 'cannot be used together with `credentialHelper`');
  const secret = readSecret(token, env);
  if (!secret.ok) return wrong('token', secret.refusal);
  const credentials = { user: user ?? 'x-access-token', token: secret.value };
  return ok({ ...parsed.value, credentials, credentialHelper: null });
}
