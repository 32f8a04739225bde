import { readdirSync, readFileSync } from 'node:fs';

/** The environment variable by which the processes of one conversation with a remote are known. */
export const MARK = 'ODOO_LINK_TALK';

/**
 * Ends the processes that a git has started and left when it was ended: the one that talks over HTTP may wait for its host for
 * long. Elsewhere than on Linux they end by themselves, once their host is silent.
 * @param mark The value of {@link MARK} in their environment.
 */
export function endHelpers(mark: string): void {
  for (const pid of listProcesses()) {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (environment.includes(`${MARK}=${mark}`)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended, or belongs to another user.
    }
  }
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
