import { readText } from '../base/bounded-file.ts';
import { namedPath } from '../base/text.ts';
import { type Problem, pointer, validate } from '../base/validate.ts';
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
): LoadedPolicy | { problems: string[] } {
  if (source === null) return { policy: builtInPolicy(), file: null };
  if (typeof source !== 'string') {
    const understood = understand(source, 'the configuration');
    if ('policy' in understood) return { ...understood, file: null };
    return {
      problems: understood.problems.map(({ path, message }) => `policy: ${pointer(path)} ${message}`),
    };
  }
  const read = readPolicyFile(source);
  if ('problem' in read) return { problems: [read.problem] };
  const parsed = parsePolicy(read.text, source);
  return 'problems' in parsed ? parsed : { ...parsed, file: { path: source, text: read.text } };
}

/**
 * Parses the text of a policy file.
 * @param path The file's path, for problems.
 * @returns The policy, or one line for each problem: `file:line:column: /pointer what is wrong`.
 */
export function parsePolicy(text: string, path: string): { policy: Policy } | { problems: string[] } {
  const parsed = parseJsonc(text);
  if ('problems' in parsed) return { problems: parsed.problems.map((problem) => `${path}:${problem}`) };
  const { document } = parsed;
  const understood = understand(document.value, path);
  if ('policy' in understood) return understood;
  return {
    problems: understood.problems.map(({ path: at, message }) => {
      return `${path}:${document.position(at)}: ${pointer(at)} ${message}`;
    }),
  };
}

function understand(value: unknown, origin: string): { policy: Policy } | { problems: Problem[] } {
  const checked = validate(policySchema(), value);
  return 'problems' in checked ? checked : compilePolicy(checked.value, origin);
}

/** Reads a policy file as it is now: a regular file of at most a MiB. */
export function readPolicyFile(path: string): { text: string } | { problem: string } {
  const read = readText(path);
  return 'text' in read ? read : { problem: `${namedPath(path)}: the policy ${read.problem}.` };
}
