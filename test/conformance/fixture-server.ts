/** The server, as `serve` starts it, with what the suite of conformance asks for. Its argument is a file of configuration. */
import { serveThrough } from '../../src/commands/serve.ts';
import { withFixtures } from './fixtures.ts';

void serveThrough(withFixtures, { positionals: [], values: { config: process.argv[2] as string } }).then(
  (code) => {
    process.exitCode = code;
  },
);
