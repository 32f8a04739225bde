import { relative } from 'node:path';
import { errnoOf } from '../base/paths.ts';
import { type Refused, refuse } from '../base/refusal.ts';
import type { Fault } from './proof.ts';

/**
 * An error of the system as a refusal.
 * @throws The error when it is another one: a bug.
 */
export function stateFailed(error: unknown): Refused {
  if (errnoOf(error) === undefined) throw error;
  return directoryFailed('state', error);
}

/** The file system refused something about a directory as a whole. */
export function directoryFailed(which: 'state' | 'addons', error: unknown): Refused {
  return refuse('io_error', `The ${which} directory cannot be used: ${meaningOf(error)}.`, {
    details: { errno: errnoOf(error) ?? null },
    hint: `Ask the operator to look at the ${which} directory; \`odoo-link-mcp doctor\` shows what is wrong.`,
  });
}

/** Others could have written to the state directory. Its path, and what lies above, is nobody's business. */
export function notProven(stateDir: string, { path, what }: Fault): Refused {
  const inside = relative(stateDir, path);
  const name = inside === '' ? 'it' : inside.startsWith('..') ? 'a folder above it' : inside;
  return refuse('io_error', `The state directory cannot be trusted: ${name} ${what}.`, {
    hint: 'Ask the operator to run `odoo-link-mcp doctor` as the user of the server: it says what to do.',
  });
}

/** What an errno means for somebody who wanted to write. */
export function meaningOf(error: unknown): string {
  const code = errnoOf(error);
  const meanings: Record<string, string> = {
    EACCES: 'the server may not write there',
    EPERM: 'the server may not write there',
    EROFS: 'the file system is read-only',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EIO: 'the disk reports an error',
  };
  return meanings[code ?? ''] ?? code ?? 'unknown error';
}
