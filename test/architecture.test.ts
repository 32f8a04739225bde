import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WATCHED } from './support/changes.ts';
import { MAY_USE } from './support/rooms.ts';

const SRC = join(import.meta.dirname, '../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** What a file imports, types too: modules by their names, files by their path under src/. */
function imports(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(/^\s*(?:import|export)\s[^;]*?from '([^']+)'|import\('([^']+)'/gm);
  return [...found].map(([, fixed, lazy]) => {
    const name = (fixed ?? lazy) as string;
    return name.startsWith('.') ? relative(SRC, join(SRC, dirname(file), name)) : name;
  });
}

/** The folder of a file; the files that lie in none are rooms of their own. */
const room = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : file);

describe('the rooms of src/', () => {
  it.each(files)('%s imports only what lies below it', (file) => {
    const allowed = [room(file), ...(MAY_USE[room(file)] ?? [])];
    const inside = imports(file).filter((name) => name.endsWith('.ts') || name.endsWith('.json'));
    expect(inside.map(room).filter((other) => !allowed.includes(other))).toEqual([]);
  });

  it('lie one above the other', () => {
    const floors = [...Object.keys(MAY_USE), '..'];
    for (const [above, used] of Object.entries(MAY_USE)) {
      expect(used.filter((below) => floors.indexOf(below) <= floors.indexOf(above))).toEqual([]);
    }
    expect(new Set(files.map(room))).toEqual(new Set(Object.keys(MAY_USE)));
  });

  it('have no files that import one another', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): string[] => {
      if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(' -> ')];
      if (done.has(file)) return [];
      const circles = imports(file).flatMap((other) =>
        files.includes(other) ? visit(other, [...path, file]) : [],
      );
      done.add(file);
      return circles;
    };
    expect(files.flatMap((file) => visit(file, []))).toEqual([]);
  });

  it('confine the SDK to server/', () => {
    const users = files.filter((file) =>
      imports(file).some((name) => name.startsWith('@modelcontextprotocol/')),
    );
    expect([...new Set(users.map(room))]).toEqual(['server']);
  });

  it('keep fs-extra out of all but the demo and the staging of clones: its ensure and remove hide the errors that other rooms must see', () => {
    const users = files.filter((file) => imports(file).some((name) => name.startsWith('fs-extra')));
    expect(users).toEqual(['commands/demo.ts', 'sources/remote/staging.ts']);
  });

  const pure = files.filter((file) => {
    return (
      room(file) === 'manifest' ||
      [
        'addons/dependencies.ts',
        'addons/licenses.ts',
        'addons/conflicts.ts',
        'addons/graph.ts',
        'catalog/search.ts',
        'links/plan-links.ts',
      ].includes(file) ||
      /^policy\/(policy|evaluate|conditions|patterns)\.ts$/.test(file) ||
      file === 'approvals/approval.ts' ||
      /^limiter\/(window|ledger|stores\/journal-(fold|record|protocol))\.ts$/.test(file)
    );
  });
  it.each(pure)('%s is pure: no file system, clock or randomness', (file) => {
    expect(imports(file).filter((name) => /^node:(?!path|buffer|zlib|crypto)/.test(name))).toEqual([]);
    expect(readFileSync(join(SRC, file), 'utf8')).not.toMatch(
      /Date\.now|new Date|performance\.|Math\.random|randomUUID|process\./,
    );
  });

  it('change the file system in the steps of links/ and in the modules of its state, but for checkouts and the temporary folders of demo, doctor and git', () => {
    const changing =
      /\b(symlink|unlink|rename|rm|rmdir|mkdir|mkdtemp|writeFile|appendFile|cp|chmod|truncate|utimes)(Sync)?\(|\b(link|write)Sync\(/;
    const users = files.filter((file) => changing.test(readFileSync(join(SRC, file), 'utf8')));
    const addonsDirs = ['links/aside.ts', 'links/take-step.ts'];
    const state = [
      'audit/appender.ts',
      'audit/key.ts',
      'links/journal.ts',
      'limiter/stores/journal-folder.ts',
      'state/record-folder.ts',
      'sources/private-git-folder.ts',
      'state/folder.ts',
      'state/lock.ts',
      'state/replace-file.ts',
    ];
    const checkouts = files.filter((file) => file.startsWith('sources/remote/'));
    const temporary = ['commands/demo.ts', 'services/diagnose-sources.ts', 'services/diagnose-system.ts'];
    const elsewhere = users.filter((file) => !checkouts.includes(file));
    expect(elsewhere.sort()).toEqual([...temporary, ...addonsDirs, ...state].sort());
  });

  it('print through terminal.ts alone, where what a tree holds is kept from being a command', () => {
    const printing = /process\.std(?:out|err)\.write\(|console\./;
    const users = files.filter((file) => {
      return room(file) === 'commands' && printing.test(readFileSync(join(SRC, file), 'utf8'));
    });
    expect(users).toEqual(['commands/terminal.ts']);
  });

  it('change addons directories, and what records it, by calls that the tests can make fail', () => {
    const reading = ['constants', 'closeSync', 'existsSync', 'fstatSync', 'lstatSync', 'readdirSync'];
    const more = ['readFileSync', 'readSync', 'readlinkSync', 'realpathSync', 'statSync'];
    const watched: string[] = [...WATCHED, 'fsync'];
    for (const file of files.filter((name) => ['links', 'state'].includes(room(name)))) {
      const text = readFileSync(join(SRC, file), 'utf8');
      const names =
        /import \{([^}]*)\} from 'node:fs'/
          .exec(text)?.[1]
          ?.replace(/\btype \w+/g, '')
          .match(/\w+/g) ?? [];
      const others = names.filter((name) => ![...reading, ...more, ...watched].includes(name));
      expect([file, ...others, /node:fs\/|import fs /.test(text)]).toEqual([file, false]);
    }
  });
});
