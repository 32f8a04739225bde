// For `node --require`: from here on the process is a user that no list of users has. Where it cannot become another
// one, it is told so by what it asks.
const os = require('node:os');
const { syncBuiltinESMExports } = require('node:module');

const UNLISTED = 54321;

if (process.getuid?.() === 0) {
  process.setgroups([]);
  process.setgid(UNLISTED);
  process.setuid(UNLISTED);
} else {
  const fail = () => {
    throw Object.assign(new Error('A system error occurred'), { code: 'ERR_SYSTEM_ERROR' });
  };
  os.userInfo = fail;
  if (!process.env.HOME) os.homedir = fail;
  syncBuiltinESMExports();
}
