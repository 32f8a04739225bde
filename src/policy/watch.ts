import { ok, type Result, refused } from '../base/refusal.ts';
import { toldOf } from '../base/validate.ts';
import { type LoadedPolicy, parsePolicy, readPolicyFile } from './load.ts';
import type { Policy } from './policy.ts';

/** The policy in force. */
export interface PolicySource {
  /** The policy now; to be asked once for each call, because the file may change. */
  current(): Policy;
  /** Whether it stays the same as long as the process runs: it is in no file. */
  readonly isFixed: boolean;
  /** Calls back each time another policy has come into force. */
  onChange(listener: () => void): void;
}

/**
 * Follows the file of a policy, however it is changed: by a write, by a rename over it, or by a changed symlink on its
 * path.
 *
 * The file is read at each call and compared with what was read before. This is exact, while events may come late or not
 * at all, and times and sizes may stay the same. Reading a few kilobytes takes less time than planning a link.
 * A version that cannot be read or is invalid is reported once, and the previous one stays in force.
 * @param loaded What the server started with.
 * @param log Writes a line for the operator.
 */
export function createPolicySource(
  { policy, file }: LoadedPolicy,
  log: (line: string) => void,
): PolicySource {
  if (file === null) return { current: () => policy, isFixed: true, onChange: () => {} };
  const { path } = file;
  let inForce = policy;
  let seen: Read = ok(file.text);
  let isSound = true;
  const listeners: (() => void)[] = [];

  const take = (next: Result<Policy, string[]>) => {
    if (!next.ok) {
      for (const problem of toldOf(next.refusal)) log(problem);
      log(`${path}: invalid; the policy ${inForce.hash} stays in force.`);
      isSound = false;
      return;
    }
    const before = inForce;
    inForce = next.value;
    if (before.hash !== inForce.hash || !isSound) log(`${path}: the policy ${inForce.hash} is in force.`);
    if (before.limiter?.postgres !== inForce.limiter?.postgres)
      log(`${path}: /limiter is read when the server starts; restart it.`);
    isSound = true;
    for (const listener of listeners) listener();
  };

  return {
    isFixed: false,
    onChange: (listener) => void listeners.push(listener),
    current() {
      const now = readPolicyFile(path);
      if (!isSame(now, seen)) {
        seen = now;
        take(now.ok ? parsePolicy(now.value, path) : refused([now.refusal]));
      }
      return inForce;
    },
  };
}

type Read = ReturnType<typeof readPolicyFile>;

function isSame(a: Read, b: Read): boolean {
  return a.ok ? b.ok && a.value === b.value : !b.ok && a.refusal === b.refusal;
}
