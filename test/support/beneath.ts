/** What a program under test stands on, changed for it alone: its runtime, and its file systems. */
import { execFileSync } from 'node:child_process';
import type { World } from './world.ts';

/** Arguments of Node that run a script (CommonJS) before the program. */
export function preload(world: World, name: string, script: string): string[] {
  return ['--require', world.file(`${name}.cjs`, script)];
}

/** Whether a process may mount file systems in a namespace of its own; not every kernel or container allows it. */
export function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * A command that runs Node after it has mounted something that no other process sees.
 * @param script For a shell; `$0` is the path.
 */
export function mounted(script: string, path: string): string[] {
  return ['unshare', '-rm', 'sh', '-c', `${script} && exec "$@"`, path, process.execPath];
}
