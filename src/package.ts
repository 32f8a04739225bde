import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Both `src/` and `dist/` lie one folder below the package's own.

/** The version in package.json, the only place it is written down. */
export function packageVersion(): string {
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version;
}

/** The folder with the modules that `demo` links. */
export function fixturesFolder(): string {
  return fileURLToPath(new URL('../fixtures', import.meta.url));
}
