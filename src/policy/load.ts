import { readFileSync } from 'node:fs';
import { parseJsonc, validateJsonc } from '../config/jsonc.ts';
import { describeReadError } from '../paths.ts';
import { pointer, validate } from '../validate.ts';
import { builtInPolicy, compilePolicy, type Policy } from './policy.ts';
import { PolicySchema } from './schema.ts';

/**
 * Loads the policy a configuration names.
 * @param source An absolute path, the policy itself, or null for the built-in one.
 * @returns The policy, or one line for each problem; what is not understood completely is never taken.
 */
export function loadPolicy(
  source: string | Readonly<Record<string, unknown>> | null,
): { policy: Policy } | { problems: string[] } {
  if (source === null) return { policy: builtInPolicy() };
  if (typeof source === 'string') return loadPolicyFile(source);
  const checked = validate(PolicySchema, source);
  if ('value' in checked) return compilePolicy(checked.value, 'the configuration');
  return { problems: checked.problems.map(({ path, message }) => `policy: ${pointer(path)} ${message}`) };
}

function loadPolicyFile(path: string): { policy: Policy } | { problems: string[] } {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { problems: [`${path}: the policy ${describeReadError(error)}.`] };
  }
  const parsed = parseJsonc(text);
  const checked = 'problems' in parsed ? parsed : validateJsonc(parsed.document, PolicySchema);
  const compiled = 'problems' in checked ? checked : compilePolicy(checked.value, path);
  if ('policy' in compiled) return compiled;
  return {
    problems: compiled.problems.map((problem) => `${path}:${'problems' in checked ? '' : ' '}${problem}`),
  };
}
