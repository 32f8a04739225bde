import { type ChildProcess, spawn } from 'node:child_process';
import * as z from 'zod';

/** What modules need beside Odoo, as `external_dependencies` names it. */
export interface ExternalNames {
  readonly python: readonly string[];
  readonly bin: readonly string[];
}

/** How long the interpreter may take. A link is worth more than this answer. */
const PATIENCE_MS = 5000;
const MOST_OUTPUT = 1024 * 1024;

const AnswerSchema = z.object({ python: z.array(z.string()), bin: z.array(z.string()) });

/**
 * Asks a Python interpreter which packages and programs it does not find, without importing any.
 *
 * A Python package is looked for as Odoo does (`odoo/modules/module.py`, `check_python_external_dependency`): by the
 * name of its distribution, then by that of a module. Versions and markers are judged where the environment has
 * `packaging`, as Odoo 18.0 and later do.
 * @param python Path of the interpreter Odoo runs with.
 * @returns Those that are missing; null when the interpreter gives no answer in time.
 */
export async function findMissingExternals(
  python: string,
  names: ExternalNames,
): Promise<ExternalNames | null> {
  const answer = await run(python, JSON.stringify(names));
  try {
    const missing = AnswerSchema.parse(JSON.parse(answer ?? ''));
    // What is not one of the names that were asked about is not the script's answer.
    const among = (list: readonly string[], asked: readonly string[]) =>
      asked.filter((name) => list.includes(name));
    return { python: among(missing.python, names.python), bin: among(missing.bin, names.bin) };
  } catch {
    return null;
  }
}

/**
 * Runs the script and waits no longer than {@link PATIENCE_MS}, whatever the program does or starts: it gets a process
 * group of its own, which is killed as a whole. `-I`: neither the working directory nor the environment of the server
 * decides what is found.
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
      // Not enough memory, and whatever else is not told by an event.
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
    // Before anything else: without descriptors left there are no pipes, and an error that nobody takes ends the server.
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
    // All of it has ended.
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
