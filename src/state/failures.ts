import { relative } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { type Refused, refuse } from '../base/refusal.ts';
import type { Fault } from './proof.ts';

/**
 * Turns a system error about the state directory into a refusal.
 * @throws The error if it is not a system error but a bug.
 */
export function stateFailed(error: unknown): Refused {
  if (errnoOf(error) === undefined) throw error;
  return directoryFailed('state', error);
}

/** The refusal for a system error about a whole directory. */
export function directoryFailed(which: 'state' | 'addons', error: unknown): Refused {
  return refuse('io_error', `The ${which} directory cannot be used: ${meaningOf(error)}.`, {
    details: { errno: errnoOf(error) ?? null },
    hint: `Ask the operator to run \`odoo-link-mcp doctor\`, which checks the ${which} directory.`,
  });
}

/** Other users could have written to the state directory. The message does not show its path or folders above it. */
export function notProven(stateDir: string, { path, what }: Fault): Refused {
  const inside = relative(stateDir, path);
  const name = inside === '' ? 'it' : inside.startsWith('..') ? 'a folder above it' : inside;
  return refuse('io_error', `The state directory cannot be trusted: ${name} ${what}.`, {
    hint: "Ask the operator to run `odoo-link-mcp doctor` as the server's user; it says what to do.",
  });
}

/** What a system error means for a write. */
export function meaningOf(error: unknown, platform: NodeJS.Platform = process.platform): string {
  const code = errnoOf(error);
  if (code === 'EPERM' && (error as NodeJS.ErrnoException).syscall === 'symlink') return noSymlinks(platform);
  const meanings: Record<string, string> = {
    EACCES: 'the server has no permission to write there',
    EPERM: 'the server has no permission to write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EIO: 'the disk reports an error',
  };
  return meanings[code ?? ''] ?? code ?? 'unknown error';
}

/**
 * What EPERM means for a symlink: on Windows the user lacks the right, which administrators have, and in Developer Mode
 * everybody; elsewhere the file system has no symlinks, or the folder is immutable (the manual pages of symlink and chattr).
 */
export function noSymlinks(platform: NodeJS.Platform): string {
  return platform === 'win32'
    ? "Windows does not let the server's user make symlinks"
    : 'the file system has no symlinks, or the folder is immutable';
}
