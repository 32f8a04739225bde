import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** What a file imports: modules by their names, files by their path under src/. Type imports do not count. */
function imports(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(/^\s*(?:import|export)\s(?!type\b)[^;]*?from '([^']+)'|import\('([^']+)'/gm);
  return [...found].map(([, fixed, lazy]) => {
    const name = (fixed ?? lazy) as string;
    return name.startsWith('.') ? relative(SRC, join(SRC, dirname(file), name)) : name;
  });
}

const room = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : '.');

/** Which rooms a room may use; a call travels down this list, nothing looks up. */
const MAY_USE: Record<string, string[]> = {
  // `..` is package.json, for the version.
  '.': ['.', 'commands', '..'],
  commands: ['.', 'commands', 'server', 'services', 'config', 'policy', 'sources', 'addons', 'manifest'],
  server: ['.', 'server', 'services', 'policy', 'manifest'],
  services: ['.', 'services', 'links', 'addons', 'sources', 'manifest'],
  config: ['.', 'config', 'links', 'addons', 'manifest'],
  policy: ['.', 'policy', 'config'],
  links: ['.', 'links', 'addons'],
  sources: ['.', 'manifest'],
  addons: ['.', 'addons', 'manifest', 'data'],
  manifest: ['manifest', 'data'],
  data: [],
};

describe('the rooms of src/', () => {
  it.each(files)('%s imports only what lies below it', (file) => {
    const allowed = MAY_USE[room(file)] ?? [];
    const inside = imports(file).filter((name) => name.endsWith('.ts') || name.endsWith('.json'));
    expect(inside.map(room).filter((other) => !allowed.includes(other))).toEqual([]);
  });

  it('confine the SDK to server/', () => {
    const users = files.filter((file) =>
      imports(file).some((name) => name.startsWith('@modelcontextprotocol/')),
    );
    expect([...new Set(users.map(room))]).toEqual(['server']);
  });

  const pure = files.filter((file) => {
    return (
      room(file) === 'manifest' ||
      ['addons/dependencies.ts', 'links/plan.ts', 'policy/policy.ts'].includes(file) ||
      /^policy\/limiter\/(core|ledger|journal-fold|journal-record|journal-protocol)\.ts$/.test(file)
    );
  });
  it.each(pure)('%s is pure: no file system, clock or randomness', (file) => {
    expect(imports(file).filter((name) => /^node:(?!path|buffer|zlib|crypto)/.test(name))).toEqual([]);
    expect(readFileSync(join(SRC, file), 'utf8')).not.toMatch(
      /Date\.now|new Date|performance\.|Math\.random|randomUUID|process\./,
    );
  });

  it('change the file system in links/apply.ts and the journal alone, but for the scratch folder of demo', () => {
    const changing =
      /\b(symlink|link|unlink|rename|rm|rmdir|mkdir|mkdtemp|writeFile|appendFile|cp|chmod|truncate)(Sync)?\(/;
    const users = files.filter((file) => changing.test(readFileSync(join(SRC, file), 'utf8')));
    expect(users.sort()).toEqual(['commands/demo.ts', 'links/apply.ts', 'policy/limiter/journal-folder.ts']);
  });
});
