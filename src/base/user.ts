/** The user the process runs as. In a container its user id may not be in the list of users. */
import { userInfo } from 'node:os';
import { isAbsolute } from 'node:path';

/**
 * The home folder: HOME or, if that is not an absolute path, the one from the list of users. A relative path is ignored,
 * because its meaning would depend on the working directory.
 * @returns An absolute path; null if there is none.
 */
export function homeFolder({ HOME = '' }: Readonly<Record<string, string | undefined>>): string | null {
  const folder = isAbsolute(HOME) ? HOME : (listed()?.homedir ?? '');
  return isAbsolute(folder) ? folder : null;
}

/** The user's name; `uid 1234` if it is not in the list of users. */
export function userName(): string {
  return listed()?.username ?? `uid ${process.getuid?.() ?? 'unknown'}`;
}

/** The problem that there is no home folder, worded to follow what needs it. */
export function describeHomeless(): string {
  return `needs a home folder, but ${userName()} has none; set HOME`;
}

function listed(): { username: string; homedir: string } | null {
  try {
    return userInfo();
  } catch {
    return null;
  }
}
