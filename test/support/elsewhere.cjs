// For `node --require`, and before tests: a process takes its system for macOS, which has no /proc and names its boot by sysctl.
const childProcess = require('node:child_process');
const { syncBuiltinESMExports } = require('node:module');
require('./no-proc.cjs');

Object.defineProperty(process, 'platform', { value: 'darwin' });
const { execFileSync } = childProcess;
childProcess.execFileSync = (file, ...rest) =>
  file === '/usr/sbin/sysctl' ? '5E4F3A9C-0000-4000-8000-000000000000\n' : execFileSync(file, ...rest);
syncBuiltinESMExports();
