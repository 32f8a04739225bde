import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** The version in package.json, the only place it is written down; built into the bundle. */
export function packageVersion(): string {
  return manifest.version;
}

/** The project's page. */
export function packageHomepage(): string {
  return manifest.homepage;
}

/** The folder with the modules that `demo` links. Both `src/` and `dist/` lie one folder below the package's own. */
export function fixturesFolder(): string {
  return fileURLToPath(new URL('../fixtures', import.meta.url));
}

/**
 * Why the program cannot run on a version of Node.js, which would only name a function that it lacks; null if it can. The
 * oldest version is the one in package.json. What follows the program's name in a line.
 */
export function describeOldNode(version: string): string | null {
  const oldest = manifest.engines.node.replace(/^>=/, '');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = oldest.split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return null;
  return `needs Node ${oldest} or later, this is ${version}; install a newer one, or start the program with it.`;
}
