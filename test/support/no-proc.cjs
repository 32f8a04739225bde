// For `node --require`, and before tests: /proc is as it is where it is not mounted, an empty folder.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const isBelow = (path) => typeof path === 'string' && path.startsWith('/proc/');
for (const name of [
  'openSync',
  'readFileSync',
  'readlinkSync',
  'realpathSync',
  'statSync',
  'lstatSync',
  'symlinkSync',
]) {
  const real = fs[name];
  const withoutProc = (...args) => {
    if (!args.some(isBelow)) return real(...args);
    if (args[1]?.throwIfNoEntry === false) return undefined;
    throw Object.assign(new Error(`ENOENT: no such file or directory, ${args[0]}`), { code: 'ENOENT' });
  };
  // realpathSync.native
  fs[name] = Object.assign(withoutProc, real);
}
syncBuiltinESMExports();
