import { statSync } from 'node:fs';
import * as z from 'zod';
import { readText } from '../base/bounded-file.ts';
import { errnoOf } from '../base/paths.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { namedPath, quoted } from '../base/text.ts';
import { ownUser } from '../state/proof.ts';
import { variableOf } from './variables.ts';

/**
 * A secret in a configuration: the name of an environment variable or of a file, never the secret itself, because
 * configurations are shown, copied and committed.
 */
export const SecretSchema = z.union(
  [
    z
      .string()
      .regex(
        /^\$\{[A-Za-z_]\w*\}$/,
        `must be a variable, such as "\${NAME}", or a file, such as { "file": "/path" }: no secret stands in a configuration`,
      ),
    z.strictObject({
      file: z
        .string()
        .min(1)
        .max(4096)
        .describe("A file with nothing else in it, which only the server's user may read."),
    }),
  ],
  { error: `must be "\${NAME}" or { "file": "..." }` },
);
export type Secret = z.infer<typeof SecretSchema>;

/** The largest file with a secret, in bytes. */
const MOST_SECRET = 64 * 1024;
const OTHERS = 0o077;

/**
 * Reads a secret.
 * @param secret Its file is an absolute path.
 * @returns Its text without white space around it; or what is wrong, in words that show nothing of it.
 */
export function readSecret(
  secret: Secret,
  env: Readonly<Record<string, string | undefined>>,
): Result<string, string> {
  if (typeof secret === 'string') {
    const name = secret.slice(2, -1);
    const value = variableOf(env, name)?.trim() ?? '';
    return value === ''
      ? refused(`the environment variable ${quoted(name)} is not set`)
      : checked(value, quoted(name));
  }
  const path = namedPath(secret.file);
  const open = openToOthers(secret.file);
  if (open !== null) return refused(`${path} ${open}`);
  const read = readText(secret.file);
  if (!read.ok) return refused(`${path} ${read.refusal.problem}`);
  const value = read.value.trim();
  if (value.length > MOST_SECRET) return refused(`${path} is too long for a secret`);
  return value === '' ? refused(`${path} is empty`) : checked(value, path);
}

/** A line break in a header would begin another one. */
function checked(value: string, from: string): Result<string, string> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none belongs into a secret.
  return /[\x00-\x1f\x7f]/.test(value)
    ? refused(`${from} has several lines or control characters`)
    : ok(value);
}

/** Why others could read a file; null if they cannot, or there is no such file. */
function openToOthers(path: string): string | null {
  const owner = ownUser();
  try {
    const { uid, mode } = statSync(path);
    if (owner === null) return null;
    if (uid !== owner && uid !== 0) return `belongs to another user (uid ${uid})`;
    return (mode & OTHERS) === 0 ? null : 'may be read by other users: run chmod 600 on it';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return null;
  }
}
