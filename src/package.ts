import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };

/** The version in package.json, the only place it is written down; built into the bundle. */
export function packageVersion(): string {
  return manifest.version;
}

/** The folder with the modules that `demo` links. Both `src/` and `dist/` lie one folder below the package's own. */
export function fixturesFolder(): string {
  return fileURLToPath(new URL('../fixtures', import.meta.url));
}
