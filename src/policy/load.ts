import { readText } from '../base/bounded-file.ts';
import { ok, type Result, refused } from '../base/refusal.ts';
import { namedPath } from '../base/text.ts';
import { type Issue, pointer, validate } from '../base/validate.ts';
import { parseJsonc } from '../config/jsonc.ts';
import { builtInPolicy, compilePolicy, type Policy } from './policy.ts';
import { policySchema } from './schema.ts';

/** A policy, and the file it was read from. */
export interface LoadedPolicy {
  readonly policy: Policy;
  /** Null for a policy that cannot change while the server runs. */
  readonly file: { readonly path: string; readonly text: string } | null;
}

/**
 * Loads the policy a configuration names.
 * @param source An absolute path, the policy itself, or null for the built-in one.
 * @returns The policy, or one line for each problem; a policy with any problem is never used.
 */
export function loadPolicy(
  source: string | Readonly<Record<string, unknown>> | null,
): Result<LoadedPolicy, string[]> {
  if (source === null) return ok({ policy: builtInPolicy(), file: null });
  if (typeof source !== 'string') {
    const understood = understand(source, 'the configuration');
    if (understood.ok) return ok({ policy: understood.value, file: null });
    return refused(understood.refusal.map(({ path, message }) => `policy: ${pointer(path)} ${message}`));
  }
  const read = readPolicyFile(source);
  if (!read.ok) return refused([read.refusal]);
  const parsed = parsePolicy(read.value, source);
  return parsed.ok ? ok({ policy: parsed.value, file: { path: source, text: read.value } }) : parsed;
}

/**
 * Parses the text of a policy file.
 * @param path The file's path, for problems.
 * @returns The policy, or one line for each problem: `file:line:column: /pointer what is wrong`.
 */
export function parsePolicy(text: string, path: string): Result<Policy, string[]> {
  const parsed = parseJsonc(text);
  if (!parsed.ok) return refused(parsed.refusal.map((problem) => `${path}:${problem}`));
  const document = parsed.value;
  const understood = understand(document.value, path);
  if (understood.ok) return understood;
  const problems = understood.refusal.map(({ path: at, message }) => {
    return `${path}:${document.position(at)}: ${pointer(at)} ${message}`;
  });
  return refused(problems);
}

function understand(value: unknown, origin: string): Result<Policy, readonly Issue[]> {
  const checked = validate(policySchema(), value);
  return checked.ok ? compilePolicy(checked.value, origin) : checked;
}

/** Reads a policy file as it is now: a regular file of at most a MiB. */
export function readPolicyFile(path: string): Result<string, string> {
  const read = readText(path);
  return read.ok ? read : refused(`${namedPath(path)}: the policy ${read.refusal.problem}.`);
}
