/** The user the process runs as. In a container its user id may not be in the list of users. */
import { userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The home folder: HOME or, if that is not an absolute path, the one from the list of users. A relative path is ignored,
 * because its meaning would depend on the working directory.
 * @returns An absolute path; null if there is none.
 */
export function homeFolder({ HOME = '' }: Environment): string | null {
  const folder = isAbsolute(HOME) ? HOME : (listed()?.homedir ?? '');
  return isAbsolute(folder) ? folder : null;
}

/**
 * This program's folder or file below an XDG base directory; null if that is in the home folder and there is none. The
 * XDG specification says that a relative value of the variable must be ignored.
 */
export function usualFolder(
  env: Environment,
  variable: string,
  inHome: string,
  ...rest: string[]
): string | null {
  const configured = env[variable] ?? '';
  if (isAbsolute(configured)) return join(configured, 'odoo-link-mcp', ...rest);
  const home = homeFolder(env);
  return home === null ? null : join(home, inHome, 'odoo-link-mcp', ...rest);
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
