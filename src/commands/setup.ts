import { workingDirectory } from '../base/paths.ts';
import { type Instance, openInstances } from '../config/instance.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Overrides } from '../config/settings.ts';
import { type LoadedPolicy, loadPolicy } from '../policy/load.ts';

/** Everything a server or a tool run from the shell needs to know about its surroundings. */
export interface Setup {
  readonly config: LoadedConfig;
  readonly instances: readonly Instance[];
  readonly policy: LoadedPolicy;
}

/** Loads the configuration for a process as it is started; proves nothing of it. */
export function loadSettings(overrides: Overrides): ReturnType<typeof loadConfig> {
  const cwd = workingDirectory();
  const loaded = loadConfig(overrides, { env: process.env, cwd });
  // Every path is absolute now, but libraries ask for it, and programs do not start in one that is gone.
  if (cwd === null) process.chdir('/');
  return loaded;
}

/**
 * Loads and proves the configuration and the policy.
 * @returns The set-up, or one line for each problem: all that can be found at once.
 */
export async function setUp(overrides: Overrides): Promise<{ setup: Setup } | { problems: string[] }> {
  const loaded = loadSettings(overrides);
  if ('problems' in loaded) return loaded;
  const opened = await openInstances(loaded.config, process.env);
  const policy = loadPolicy(loaded.config.policy);
  const problems = [opened, policy].flatMap((part) => ('problems' in part ? part.problems : []));
  if ('problems' in opened || 'problems' in policy) return { problems: [...new Set(problems)] };
  return { setup: { config: loaded.config, instances: opened.instances, policy } };
}
