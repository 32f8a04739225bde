/**
 * Stops the Odoo of a scratch folder and starts it again, as `systemctl restart` would: does not wait until it answers.
 * Usage: node restart.cjs FOLDER [end]; after `end` it starts no more. FOLDER has odoo.json, `{ command, args, cwd }`, and gets odoo.pid and odoo.out.
 */
const { spawn } = require('node:child_process');
const { existsSync, openSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [folder, order] = process.argv.slice(2);
const at = (name) => join(folder, name);

/** @param {number} pid @param {NodeJS.Signals | 0} signal */
function send(pid, signal) {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Where nobody waits for orphans, as in many containers, one that has ended stays as a zombie. */
function isRunning(pid) {
  if (!send(pid, 0)) return false;
  try {
    return !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return send(pid, 0);
  }
}

/** Odoo ends in order on the first SIGTERM; on a second one, at once. */
async function stop() {
  let pid;
  try {
    pid = Number(readFileSync(at('odoo.pid'), 'utf8'));
  } catch {
    return;
  }
  const begun = Date.now();
  send(pid, 'SIGTERM');
  while (isRunning(pid)) {
    if (Date.now() - begun > 20_000) send(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  rmSync(at('odoo.pid'));
}

function start() {
  const { command, args, cwd } = JSON.parse(readFileSync(at('odoo.json'), 'utf8'));
  const out = openSync(at('odoo.out'), 'a');
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', out, out] });
  writeFileSync(at('odoo.pid'), String(child.pid));
  child.unref();
}

if (order === 'end') rmSync(at('odoo.json'), { force: true });
stop().then(() => existsSync(at('odoo.json')) && start());
