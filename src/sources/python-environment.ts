import * as z from 'zod';
import type { Series } from '../manifest/series.ts';
import { isSince } from '../manifest/series.ts';
import { askPython } from './ask-python.ts';

/** Python packages and programs that modules need, as named in `external_dependencies`. */
export interface ExternalNames {
  readonly python: readonly string[];
  readonly bin: readonly string[];
}

/** What an environment lacks. */
export interface MissingExternals extends ExternalNames {
  /** The installed versions of distributions that are there in another version than is needed, by the needed text. */
  readonly installed: ReadonlyMap<string, string>;
  /** What Odoo itself needs to read requirements, if it is not there. */
  readonly lacks: 'packaging' | 'pkg_resources' | null;
}

const AnswerSchema = z.object({
  python: z.array(z.string()),
  bin: z.array(z.string()),
  installed: z.record(z.string(), z.string()).default({}),
  lacks: z.enum(['packaging', 'pkg_resources']).nullable().default(null),
});

/**
 * Asks a Python interpreter which packages and programs are missing, as Odoo of a series decides that before it installs a
 * module. The packages are not imported.
 *
 * - 14.0 to 17.0: `pkg_resources.get_distribution`, with versions, and else a module of that name
 *   (`check_python_external_dependency`, `odoo/addons/base/models/ir_module.py`, from 17.0 on `odoo/modules/module.py`).
 *   A marker does not excuse it: a distribution that is missing is missing. Where the environment has no pkg_resources, Odoo
 *   does not start; what is told then goes by `importlib.metadata`.
 * - 18.0, 19.0: `packaging` for versions and markers, `importlib.metadata`, and else a module of that name. Without
 *   `packaging`, Odoo takes plain names only, and refuses whatever has a version, a dot or a marker.
 *
 * A program must be in the PATH of the server (`find_in_path`, `odoo/tools/misc.py`).
 * @param python The path of the interpreter Odoo runs with.
 * @returns The missing ones; null if the interpreter does not answer in time.
 */
export async function findMissingExternals(
  python: string,
  names: ExternalNames,
  series: Series,
): Promise<MissingExternals | null> {
  const rule = isSince(series, '18.0') ? 'packaging' : 'pkg_resources';
  const answer = await askPython(python, SCRIPT, JSON.stringify({ ...names, rule }));
  try {
    const missing = AnswerSchema.parse(JSON.parse(answer ?? ''));
    // Keeps only names that were asked about, whatever the program printed.
    const among = (list: readonly string[], asked: readonly string[]) => {
      const told = new Set(list);
      return asked.filter((name) => told.has(name));
    };
    const found = among(missing.python, names.python);
    const installed = new Map(Object.entries(missing.installed).filter(([name]) => found.includes(name)));
    return { python: found, bin: among(missing.bin, names.bin), installed, lacks: missing.lacks };
  } catch {
    return null;
  }
}

const SCRIPT = `
import importlib.machinery, importlib.util, json, re, shutil
try:
    from importlib import metadata
except ImportError:
    metadata = None
try:
    from packaging.requirements import Requirement
except Exception:
    Requirement = None

asked = json.load(sys.stdin)
installed = {}
pkg_resources = None
if asked['rule'] == 'pkg_resources' and asked['python']:
    try:
        import pkg_resources
    except Exception:
        pass

def has_module(name):
    try:
        parts = name.split('.')
        spec = importlib.util.find_spec(parts[0])
        for end in range(2, len(parts) + 1):
            if spec is None or spec.submodule_search_locations is None:
                return False
            spec = importlib.machinery.PathFinder.find_spec('.'.join(parts[:end]), spec.submodule_search_locations)
        return spec is not None
    except (ImportError, ValueError):
        return False

def is_met_by_pkg_resources(text):
    # What get_distribution does, without searching the whole path for each that is missing.
    wanted = pkg_resources.Requirement.parse(text)
    try:
        if pkg_resources.working_set.find(wanted) is not None:
            return True
    except pkg_resources.VersionConflict as e:
        installed[text] = str(e.dist.version)
        return False
    # It fails on a requirement that is missing and need not be there.
    return (wanted.marker is None or wanted.marker.evaluate()) and has_module(text)

class Plain:
    def __init__(self, text):
        if not re.fullmatch(r'[\\w\\-]+', text):
            raise ValueError(text)
        self.name, self.marker, self.specifier = text, None, None

def is_met_by_metadata(text):
    wanted = (Requirement or Plain)(text)
    if wanted.marker and not wanted.marker.evaluate():
        return True
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return has_module(text)
    if not wanted.specifier or wanted.specifier.contains(version):
        return True
    installed[text] = str(version)
    return False

def is_met_by_name(text):
    name = re.split(r'[^A-Za-z0-9._-]', text.strip(), maxsplit=1)[0]
    wanted = None
    if Requirement is not None:
        try:
            wanted = Requirement(text)
            name = wanted.name
        except Exception:
            wanted = None
    if metadata is not None:
        try:
            version = metadata.version(name)
            if wanted is None or not wanted.specifier or wanted.specifier.contains(version, prereleases=True):
                return True
            installed[text] = str(version)
            return False
        except Exception:
            pass
    return has_module(name)

if pkg_resources is not None:
    is_met = is_met_by_pkg_resources
elif asked['rule'] == 'packaging' and metadata is not None:
    is_met = is_met_by_metadata
else:
    is_met = is_met_by_name

def is_missing(text):
    try:
        return not is_met(text)
    except Exception:
        return True

missing = [name for name in asked['python'] if is_missing(name)]
has_reader = has_module('pkg_resources') if asked['rule'] == 'pkg_resources' else Requirement is not None
json.dump({
    'python': missing,
    'bin': [name for name in asked['bin'] if shutil.which(name) is None],
    'installed': installed,
    'lacks': None if has_reader else asked['rule'],
}, sys.stdout)
`;
