import { keepCompiledCode } from './commands/compile-cache.ts';
import { describeOldNode } from './package.ts';

// The build writes this file so that very old versions of Node can read it, and it loads the rest only for those that can
// run it: they would end with an error that names a piece of syntax, or a function that they lack.
const tooOld = describeOldNode(process.versions.node);
if (tooOld === null) {
  // What is loaded from here on is what the cache is for.
  keepCompiledCode(process.env);
  import('./commands/main.ts').then(({ main }) => main(process.argv.slice(2)));
} else {
  process.stderr.write(`odoo-link-mcp: ${tooOld}\n`);
  process.exitCode = 2;
}
