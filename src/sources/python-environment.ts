import { type ChildProcess, spawn } from 'node:child_process';
import * as z from 'zod';

/** Python packages and programs that modules need, as named in `external_dependencies`. */
export interface ExternalNames {
  readonly python: readonly string[];
  readonly bin: readonly string[];
}

/** How long the interpreter may take: linking should not wait longer for its answer. */
const PATIENCE_MS = 5000;
const MOST_OUTPUT = 1024 * 1024;

const AnswerSchema = z.object({ python: z.array(z.string()), bin: z.array(z.string()) });

/**
 * Asks a Python interpreter which packages and programs are missing, without importing any.
 *
 * A Python package is looked up as Odoo does (`odoo/modules/module.py`, `check_python_external_dependency`): as the name
 * of a distribution, then of a module. Versions and markers are checked if the environment has `packaging`, as in Odoo
 * 18.0 and later.
 * @param python The path of the interpreter Odoo runs with.
 * @returns The missing ones; null if the interpreter does not answer in time.
 */
export async function findMissingExternals(
  python: string,
  names: ExternalNames,
): Promise<ExternalNames | null> {
  const answer = await run(python, JSON.stringify(names));
  try {
    const missing = AnswerSchema.parse(JSON.parse(answer ?? ''));
    // Keeps only names that were asked about, whatever the program printed.
    const among = (list: readonly string[], asked: readonly string[]) =>
      asked.filter((name) => list.includes(name));
    return { python: among(missing.python, names.python), bin: among(missing.bin, names.bin) };
  } catch {
    return null;
  }
}

/**
 * Runs the script and waits no longer than {@link PATIENCE_MS}. The interpreter gets its own process group, which is
 * killed at the end with everything it started. `-I`: the server's working directory and environment do not affect what is
 * found.
 */
function run(python: string, input: string): Promise<string | null> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(python, ['-I', '-c', SCRIPT], {
        cwd: '/',
        stdio: ['pipe', 'pipe', 'ignore'],
        detached: true,
      });
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

const SCRIPT = `
import importlib.util, json, re, shutil, sys
try:
    from importlib import metadata
except ImportError:
    metadata = None
try:
    from packaging.requirements import Requirement
except ImportError:
    Requirement = None

def has_module(name):
    try:
        return importlib.util.find_spec(name.split('.')[0]) is not None
    except (ImportError, ValueError):
        return False

def has_python(text):
    name = re.split(r'[^A-Za-z0-9._-]', text.strip(), maxsplit=1)[0]
    wanted = None
    if Requirement is not None:
        try:
            wanted = Requirement(text)
            name = wanted.name
            if wanted.marker and not wanted.marker.evaluate():
                return True
        except Exception:
            wanted = None
    if metadata is not None:
        try:
            version = metadata.version(name)
            return wanted is None or wanted.specifier.contains(version, prereleases=True)
        except Exception:
            pass
    return has_module(name)

asked = json.load(sys.stdin)
json.dump({
    'python': [name for name in asked['python'] if not has_python(name)],
    'bin': [name for name in asked['bin'] if shutil.which(name) is None],
}, sys.stdout)
`;
