/** The key of the HMACs: created once and kept beside the trail. */
import { createHmac, randomBytes } from 'node:crypto';
import { closeSync, constants, readSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../base/canonical-json.ts';
import { ok, type Result, refuse } from '../base/refusal.ts';
import { syncFolder, writeNew } from '../state/folder.ts';
import { draftName, LAYOUT } from '../state/layout.ts';
import { lockFolder, openOwn } from './files.ts';

const NAME = LAYOUT.trailKey;
const KEY_BYTES = 32;

/**
 * HMAC-SHA256 of a call's arguments, in hex. Equal arguments have equal HMACs; without the key the arguments cannot be
 * found by trying. The order of object keys does not matter.
 */
export function hmacArguments(key: Buffer, args: unknown): string {
  return createHmac('sha256', key).update(canonicalJson(args)).digest('hex');
}

/**
 * Reads the key.
 * @returns The key; null if there is none yet; or `io_error`.
 * @throws A system error.
 */
export function readKey(stateDir: string, log: (line: string) => void): Result<Buffer | null> {
  const opened = openOwn(stateDir, NAME, constants.O_RDONLY, log);
  if (!opened.ok || opened.value === null) return opened as Result<null>;
  try {
    // One byte more than the file of a valid key has.
    const bytes = Buffer.alloc(2 * KEY_BYTES + 2);
    const text = bytes.toString('latin1', 0, readSync(opened.value, bytes));
    if (/^[0-9a-f]{64}\n$/.test(text)) return ok(Buffer.from(text.trim(), 'hex'));
  } finally {
    closeSync(opened.value);
  }
  return refuse('io_error', `${NAME} in the state directory is not a key.`, {
    hint: `Ask the operator to move ${NAME} away. The server then creates a new key, and equal arguments get new HMACs.`,
  });
}

/**
 * Reads the key, or creates it. The caller holds the trail's lock, so that only one process creates it.
 * @returns The key, or `io_error`.
 * @throws A system error.
 */
export async function readOrMakeKey(stateDir: string, log: (line: string) => void): Promise<Result<Buffer>> {
  const there = readKey(stateDir, log);
  if (!there.ok || there.value !== null) return there as Result<Buffer>;
  const key = randomBytes(KEY_BYTES);
  // In the lock's folder, where taking the lock removes drafts of killed processes.
  const draft = join(lockFolder(stateDir), draftName());
  writeNew(draft, Buffer.from(`${key.toString('hex')}\n`));
  renameSync(draft, join(stateDir, NAME));
  await syncFolder(stateDir);
  return ok(key);
}
