/** Whom the process runs as. A container may give it a user id that no list of users has. */
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * The home folder: HOME or, where that says nothing, the one in the list of users. A relative one would mean another
 * folder wherever the process is started, and is none.
 * @returns An absolute path; null when there is none.
 */
export function homeFolder({ HOME = '' }: Readonly<Record<string, string | undefined>>): string | null {
  const folder = isAbsolute(HOME) ? HOME : (listed()?.homedir ?? '');
  return isAbsolute(folder) ? folder : null;
}

/** The user's name; `uid 1234` for one that is not in the list of users. */
export function userName(): string {
  return listed()?.username ?? `uid ${process.getuid?.() ?? 'unknown'}`;
}

/** Why something that needs the home folder was not done, to follow what needs it. */
export function describeHomeless(): string {
  return `needs a home folder, which ${userName()} does not have; set HOME`;
}

function listed(): { username: string; homedir: string } | null {
  try {
    return userInfo();
  } catch {
    return null;
  }
}
