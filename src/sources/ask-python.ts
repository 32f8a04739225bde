import { type ChildProcess, spawn } from 'node:child_process';
import { smallEnvironment } from '../base/small-environment.ts';

/** How long the interpreter may take: a call should not wait longer for its answer. */
const PATIENCE_MS = 5000;
const MOST_OUTPUT = 1024 * 1024;

/**
 * Runs a script of this program with a Python interpreter, and waits no longer than {@link PATIENCE_MS}. The interpreter
 * gets its own process group, which is killed at the end with everything it started.
 *
 * It finds what Odoo would find that is started by this user: the environment's packages and, where Python looks there, those
 * of the user (`pip install --user`). The server's working directory and environment do not affect that (`-E`: PYTHONPATH and
 * the like; no secret of the server is in it), and no bytecode is written (`-B`).
 * @param script Begins after the working directory was taken off the path, so that its imports cannot come from there.
 * @param input For its standard input.
 * @returns What it printed; null if it fails, does not answer in time, or prints more than 1 MiB.
 */
export function askPython(python: string, script: string, input: string): Promise<string | null> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(
        python,
        ['-EB', '-c', `import sys\nsys.path[:] = [path for path in sys.path if path]\n${script}`],
        {
          cwd: '/',
          env: smallEnvironment(process.env),
          stdio: ['pipe', 'pipe', 'ignore'],
          detached: true,
        },
      );
    } catch {
      // Lack of memory, and other errors that are thrown instead of emitted as an event.
      resolve(null);
      return;
    }
    const { stdin, stdout } = child;
    let output = '';
    const end = (answer: string | null) => {
      clearTimeout(late);
      stdout?.destroy();
      killGroup(child.pid);
      resolve(answer);
    };
    const late = setTimeout(end, PATIENCE_MS, null);
    // Registered first: without file descriptors there are no pipes, and an unhandled error event would end the server.
    child.once('error', () => end(null));
    child.once('close', (code) => end(code === 0 ? output : null));
    for (const pipe of [stdin, stdout]) pipe?.on('error', () => {});
    stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.length > MOST_OUTPUT) end(null);
    });
    stdin?.end(input);
  });
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has already ended.
  }
}
