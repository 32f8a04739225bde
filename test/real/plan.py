"""What linking each OCA module of a folder of checkouts takes, computed without any code of the product.

    python3 test/real/plan.py TREE SERIES [--core DIR] [--lists src/data/core-addons.json]

prints one JSON object a line for each module name under TREE, for an addons directory that is empty:

    {"module": name, "plan": [names, sorted], "satisfied": {name: "core" | "core_list"}}
    {"module": name, "refused": [codes, sorted]}

The manifests are read by CPython itself and judged as Odoo's `load_manifest` and then `update_list` would.
test/real/plans.ts compares this with what the server plans.
"""
import argparse
import ast
import functools
import json
import os
import re
import stat
import warnings
from collections.abc import Collection, Iterable
from pathlib import Path
from textwrap import dedent

LEFT_OUT = {'setup', '__unported__', 'node_modules'}
LICENSES = {
    'GPL-2', 'GPL-2 or any later version', 'GPL-3', 'GPL-3 or any later version', 'AGPL-3', 'LGPL-3',
    'Other OSI approved licence', 'OEEL-1', 'OPL-1', 'Other proprietary',
}
DEFAULTS = {
    'auto_install': False, 'category': 'Uncategorized', 'countries': [], 'depends': [], 'description': '',
    'installable': True, 'sequence': 100, 'version': '1.0',
}
MODULE_NAME = re.compile(r'[A-Za-z_][A-Za-z0-9_]{0,255}')
# Odoo's series so far: 6.0 and 6.1, then a new first number each year.
FOREIGN_VERSION = re.compile(r'(6\.[01]|[7-9]\.0|[1-9][0-9]\.0)\.[0-9]+\.[0-9]+\.[0-9]+')
SERIES_BRANCH = re.compile(r'([1-9][0-9]*\.0)(?![0-9A-Za-z])')
MAX_MANIFEST = 1 << 20


class Refused(Exception):
    """The manifest cannot be used; the first argument is the code."""


def is_module(folder, series):
    """True if the folder has an entry with the name of a manifest, whatever it is."""
    return any(os.path.lexists(folder / name) for name in manifest_names(series))


def manifest_names(series):
    return ['__manifest__.py'] if series == '19.0' else ['__manifest__.py', '__openerp__.py']


def folders(parent):
    """The folders in `parent` in which Odoo modules are looked for, links to folders included."""
    for entry in sorted(parent.iterdir()):
        if not entry.name.startswith('.') and entry.name not in LEFT_OUT and entry.is_dir():
            yield entry


def offers(tree, series):
    """Every module name under the tree with the real folders that have it, each folder once."""
    found = {}
    for repository in folders(tree):
        for folder in folders(repository):
            if is_module(folder, series):
                real = folder.resolve()
                found.setdefault(real.name, set()).add(real)
    return found


def read_manifest(folder, series):
    """The manifest with Odoo's defaults, as `load_manifest` has it before it checks anything."""
    path = next((folder / name for name in manifest_names(series) if (folder / name).is_file()), None)
    if path is None:
        raise Refused('manifest_missing')
    try:
        if path.stat().st_size > MAX_MANIFEST:
            raise Refused('manifest_unreadable')
        text = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise Refused('manifest_unreadable') from error
    try:
        manifest = dict(DEFAULTS)
        manifest.update(ast.literal_eval(text))
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError) as error:
        raise Refused('manifest_invalid') from error
    if series == '14.0' and 'active' in manifest and not manifest['auto_install']:
        manifest['auto_install'] = manifest['active']
    if series == '19.0' and not manifest['depends']:
        manifest['depends'] = ['base']
    return manifest


def depends_of(manifest):
    """The names in `depends`, each once; None if it is not a collection of names."""
    depends = manifest['depends']
    if not isinstance(depends, (list, tuple, set)) or not all(isinstance(name, str) for name in depends):
        return None
    return list(dict.fromkeys(depends))


def version_raises(version, series):
    """Whether `adapt_version` raises ValueError; AttributeError on what is no text is passed on."""
    if series == '19.0':
        parts = str(version).split('.')
        try:
            [int(part) for part in parts]
        except ValueError:
            return True
        return not 2 <= len(parts) <= 5
    own = version != series and version.startswith(series + '.')
    if series in ('17.0', '18.0'):
        return not re.match(r'^[0-9]+\.[0-9]+(?:\.[0-9]+)?$', version[len(series) + 1:] if own else version)
    return False


def is_installable(manifest, series):
    """The truth of `installable`; 19.0 gives it up, too, when the version is another series'."""
    if not manifest['installable']:
        return False
    version = str(manifest['version'])
    if series != '19.0' or version.startswith(series + '.'):
        return True
    return not version.startswith(series) and len(version.split('.')) <= 3


def is_invisible(manifest, series):
    """Whether `load_manifest` raises."""
    depends, auto_install = manifest['depends'], manifest['auto_install']
    if series == '19.0' and not isinstance(depends, Collection):
        return True
    try:
        if isinstance(auto_install, Iterable):
            if set(auto_install).difference(depends):
                return True
        elif auto_install:
            set(depends)
        return version_raises(manifest['version'], series) and bool(manifest['installable'])
    except (TypeError, AttributeError):
        return True


def breaks_update(manifest, folder, series):
    """Whether `update_list` raises on the values of the manifest."""
    license = manifest.get('license') or 'LGPL-3'
    try:
        if license not in LICENSES or not isinstance(manifest['category'], str):
            return True
        if not -(2**31) <= int(manifest['sequence'] or 0) < 2**31:
            return True
        ', '.join(manifest.get('contributors', []))
        set(manifest['depends'] or [])
        set(manifest.get('excludes') or [])
        if series >= '17.0':
            dedent(description_of(manifest, folder, series))
            [code.upper() for code in manifest['countries']]
    except (TypeError, ValueError, AttributeError, OverflowError):
        return True
    return any(not is_storable(text) for text in stored_texts(manifest, series))


def description_of(manifest, folder, series):
    """The description, for which the README stands in when it is empty."""
    names = ['README.rst', 'README.md', 'README.txt'] + (['README'] if series == '19.0' else [])
    if manifest['description'] or not (series == '19.0' or any((folder / name).is_file() for name in names)):
        return manifest['description']
    return ''


def stored_texts(manifest, series):
    """The texts of a manifest that Odoo writes into its database; 19.0 stores no icon that is not a file."""
    keys = ['name', 'summary', 'description', 'author', 'maintainer', 'website', 'category']
    values = [manifest.get(key) for key in keys] + [manifest.get('url') or manifest.get('live_test_url')]
    if series != '19.0':
        values.append(manifest.get('icon'))
    for key in ('contributors', 'depends', 'excludes'):
        values.extend(manifest.get(key) or [])
    return [value for value in values if isinstance(value, str)]


def is_storable(text):
    """PostgreSQL refuses a NUL and half of a surrogate pair."""
    return '\0' not in text and not any(0xD800 <= ord(char) < 0xE000 for char in text)


def manifest_code(manifest, folder, series):
    """The code under which a manifest is refused, None if Odoo can install the module."""
    version = manifest['version']
    foreign = FOREIGN_VERSION.fullmatch(version.strip()) if isinstance(version, str) else None
    # A module of another series that says it cannot be installed is only not migrated yet.
    if foreign and foreign[1] != series and manifest.get('installable', True):
        return 'wrong_series'
    if is_invisible(manifest, series):
        return 'manifest_invalid'
    if breaks_update(manifest, folder, series):
        return 'breaks_update'
    if depends_of(manifest) is None:
        return 'manifest_invalid'
    return None if is_installable(manifest, series) else 'not_installable'


def examine(folder, series):
    """The codes a module is refused under for what its folder holds, and the names it needs if it says so."""
    codes = set() if (folder / '__init__.py').is_file() else {'not_importable'}
    try:
        manifest = read_manifest(folder, series)
    except Refused as refused:
        return codes | {refused.args[0]}, []
    return (codes | {manifest_code(manifest, folder, series)}) - {None}, depends_of(manifest) or []


def branch_of(repository):
    """The branch a checkout is on, '' without git or on no branch. Reads the file git itself reads."""
    git = repository / '.git'
    try:
        if stat.S_ISREG(git.lstat().st_mode):
            git = repository / git.read_text().removeprefix('gitdir:').strip()
        head = (git / 'HEAD').read_text()
    except OSError:
        return ''
    return head.removeprefix('ref: refs/heads/').strip() if head.startswith('ref: refs/heads/') else ''


class Planner:
    """Plans modules of one tree for one series."""

    def __init__(self, tree, series, core, lists):
        self.series = series
        self.tree = tree
        self.core = core
        self.offers = offers(tree, series)
        at = lists['series'].index(series)
        self.family = {name: letters[at] for name, letters in lists['modules'].items()}

    @functools.cache
    def judge(self, folder):
        """The codes a module of the tree is refused under, and the names it needs."""
        if not folder.is_relative_to(self.tree):
            return {'source_outside_roots'}, []
        codes, needs = examine(folder, self.series)
        branch = SERIES_BRANCH.match(branch_of(folder.parent))
        return codes | ({'wrong_series'} if branch and branch[1] != self.series else set()), needs

    def core_state(self, name):
        """'core' or 'core_list' if Odoo itself has the module, 'dead' if it cannot install it, else None."""
        if self.core is None:
            return 'core_list' if self.family.get(name) == 'c' else None
        for parent in (self.core / 'odoo/addons', self.core / 'addons'):
            folder = parent / name
            if is_module(folder, self.series):
                return 'dead' if examine(folder, self.series)[0] else 'core'
        return None

    def resolve(self, name):
        """Where a dependency comes from: core_state's word, 'oca' and a folder, or 'refused' and a code."""
        if not MODULE_NAME.fullmatch(name):
            return 'refused', 'dependency_missing'
        state = self.core_state(name)
        if state is not None:
            return ('refused', 'dependency_missing') if state == 'dead' else (state, None)
        if name in self.offers:
            return self.choose(name)
        enterprise = self.family.get(name) == 'e'
        return 'refused', 'dependency_needs_enterprise' if enterprise else 'dependency_missing'

    def choose(self, name):
        found = self.offers[name]
        return ('refused', 'ambiguous_module') if len(found) > 1 else ('oca', next(iter(found)))

    def plan(self, asked):
        """What the program prints for one module name."""
        if not MODULE_NAME.fullmatch(asked):
            return {'module': asked, 'refused': ['invalid_module_name']}
        kind, found = self.choose(asked)
        if kind == 'refused':
            return {'module': asked, 'refused': [found]}
        needs, codes, satisfied = {}, set(), {}
        todo = [(asked, found)]
        while todo:
            name, folder = todo.pop()
            if name in needs:
                continue
            own, depends = self.judge(folder)
            codes |= own
            needs[name] = depends
            for needed in depends:
                kind, found = self.resolve(needed)
                if kind == 'oca':
                    todo.append((needed, found))
                elif kind == 'refused':
                    codes.add(found)
                else:
                    satisfied[needed] = kind
        if has_cycle({name: [n for n in names if n not in satisfied] for name, names in needs.items()}):
            codes.add('dependency_cycle')
        if codes:
            return {'module': asked, 'refused': sorted(codes)}
        return {'module': asked, 'plan': sorted(needs), 'satisfied': dict(sorted(satisfied.items()))}


def has_cycle(needs):
    """Whether any modules need one another: something is left when those that need nothing are taken away."""
    left = {name: {needed for needed in names if needed in needs} for name, names in needs.items()}
    while free := {name for name, names in left.items() if not names & left.keys()}:
        left = {name: names for name, names in left.items() if name not in free}
    return bool(left)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition('\n')[0])
    parser.add_argument('tree', type=Path)
    parser.add_argument('series')
    parser.add_argument('--core', type=Path)
    parser.add_argument('--lists', type=Path, default=Path(__file__).parents[2] / 'src/data/core-addons.json')
    given = parser.parse_args()
    warnings.simplefilter('ignore')  # unknown escapes in a manifest are none of our business
    planner = Planner(given.tree.resolve(), given.series, given.core, json.loads(given.lists.read_text()))
    for name in sorted(planner.offers):
        print(json.dumps(planner.plan(name)))


main()
