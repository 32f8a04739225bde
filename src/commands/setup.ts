import { workingDirectory } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { type Instance, openInstances } from '../config/instance.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Overrides } from '../config/settings.ts';
import { type LoadedPolicy, loadPolicy } from '../policy/load.ts';

/** The configuration, for a server or a command. */
export interface Setup {
  readonly config: LoadedConfig;
  readonly instances: readonly Instance[];
  readonly policy: LoadedPolicy;
}

/** Loads the configuration of the running process without checking it against the file system. */
export function loadSettings(overrides: Overrides): ReturnType<typeof loadConfig> {
  const cwd = workingDirectory();
  const loaded = loadConfig(overrides, { env: process.env, cwd });
  // All paths are absolute now, but libraries call process.cwd(), and programs cannot be started in a removed folder.
  if (cwd === null) process.chdir('/');
  return loaded;
}

/**
 * Loads and checks the configuration and the policy.
 * @returns The setup, or one line for each problem; all problems that can be found in one pass.
 */
export async function setUp(overrides: Overrides): Promise<Result<Setup, string[]>> {
  const loaded = loadSettings(overrides);
  if (!loaded.ok) return loaded;
  const config = loaded.value;
  const opened = await openInstances(config, process.env);
  const policy = loadPolicy(config.policy);
  if (opened.ok && policy.ok) return ok({ config, instances: opened.value, policy: policy.value });
  return refused([...new Set([opened, policy].flatMap((part) => (part.ok ? [] : part.refusal)))]);
}
