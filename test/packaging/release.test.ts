import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeChangelog, sectionOf } from '../../scripts/changelog.ts';
import { copyOf, release } from '../../scripts/release.ts';

const ROOT = join(import.meta.dirname, '../..');
const { version: NOW } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NEXT = NOW.replace(/\d+$/, (patch: string) => String(Number(patch) + 1));

/** A copy of this checkout that can be released; it has something to release. */
function prepare(): string {
  const copy = copyOf(ROOT);
  onTestFinished(() => rmSync(copy, { recursive: true }));
  const changelog = join(copy, 'CHANGELOG.md');
  const text = readFileSync(changelog, 'utf8').replace(/^## Unreleased\n/m, '');
  writeFileSync(changelog, text.replace('# Changelog\n', '# Changelog\n\n## Unreleased\n\n- What is new.\n'));
  execFileSync('git', ['-C', copy, 'commit', '-qam', 'Something new']);
  return copy;
}

describe('npm run release', () => {
  it('writes the version everywhere, makes all files, commits and tags', () => {
    const copy = prepare();
    const git = (...args: string[]) => execFileSync('git', ['-C', copy, ...args], { encoding: 'utf8' });
    const read = (name: string) => readFileSync(join(copy, name), 'utf8');
    release(copy, NEXT);
    expect(git('describe', '--exact-match').trim()).toBe(`v${NEXT}`);
    expect(git('status', '--porcelain')).toBe('');
    expect(JSON.parse(read('package.json')).version).toBe(NEXT);
    expect(JSON.parse(read('package-lock.json')).packages[''].version).toBe(NEXT);
    const server = JSON.parse(read('server.json'));
    expect([server.version, server.packages[0].version]).toEqual([NEXT, NEXT]);
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(`^## ${NEXT} \\(\\d{4}-\\d\\d-\\d\\d\\)\n\n- What is new\\.$`, 'm'),
    );
    // Nobody copies the name of a file that this release does not have.
    const pages = ['README.md', ...readdirSync(join(copy, 'docs')).map((name) => `docs/${name}`)];
    for (const page of pages) {
      const named = read(page).match(/odoo-link-mcp-\d+\.\d+\.\d+\.\w+|rev: v\d+\.\d+\.\d+/g) ?? [];
      expect([page, named.filter((name) => !name.includes(NEXT))]).toEqual([page, []]);
    }

    const files = [`odoo-link-mcp-${NEXT}.mcpb`, `odoo-link-mcp-${NEXT}.tgz`, 'sbom.cdx.json', 'server.json'];
    expect(readdirSync(join(copy, 'release')).sort()).toEqual(['SHA256SUMS', ...files]);
    const sums = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], {
      cwd: join(copy, 'release'),
    });
    expect(sums.status).toBe(0);
    expect(read('release/SHA256SUMS').trim().split('\n')).toHaveLength(files.length);
    const packed = ['-xzOf', join(copy, 'release', files[1] as string), 'package/package.json'];
    expect(JSON.parse(execFileSync('tar', packed, { encoding: 'utf8' })).version).toBe(NEXT);

    const listed = JSON.parse(read('release/server.json'));
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'server.schema.json'), 'utf8'));
    expect([ajv.validate(schema, listed), ajv.errors]).toEqual([true, null]);
    const { identifier, fileSha256 } = listed.packages[1];
    expect(identifier.endsWith(`/v${NEXT}/${files[0]}`)).toBe(true);
    expect(read('release/SHA256SUMS')).toContain(`${fileSha256}  ${files[0]}`);

    // The bill names what is bundled, and what is only used to build is not in it.
    const { components, metadata } = JSON.parse(read('release/sbom.cdx.json'));
    const names = components.map(({ name }: { name: string }) => name);
    expect([metadata.component.name, metadata.component.version]).toEqual(['odoo-link-mcp', NEXT]);
    expect(names).toEqual(expect.arrayContaining(['zod', 'pg', 're2js']));
    expect(names).not.toEqual(expect.arrayContaining(['vitest']));
    const licences = read('dist/THIRD_PARTY_LICENSES.txt').match(/^\S+ \d+\.\d+\.\d+\S* \(/gm);
    expect(components).toHaveLength(licences?.length ?? 0);
  });

  it.each<[string, (copy: string) => void, string]>([
    ['9.9', () => {}, 'is not a version such as 1.2.3'],
    [NOW, () => {}, `does not come after ${NOW}`],
    ['0.0.1', () => {}, `does not come after ${NOW}`],
    [NEXT, (copy) => execFileSync('git', ['-C', copy, 'tag', `v${NEXT}`]), `There is a tag v${NEXT}`],
    [NEXT, (copy) => appendFileSync(join(copy, 'README.md'), 'x'), 'not committed'],
  ])('refuses %s, and changes nothing: case %#', (version, spoil, message) => {
    const copy = prepare();
    spoil(copy);
    const status = () => execFileSync('git', ['-C', copy, 'status', '--porcelain'], { encoding: 'utf8' });
    const before = status();
    expect(() => release(copy, version)).toThrow(message);
    expect(status()).toBe(before);
  });

  it('refuses a version that the changelog says nothing of', () => {
    const copy = prepare();
    writeFileSync(join(copy, 'CHANGELOG.md'), '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- First.\n');
    execFileSync('git', ['-C', copy, 'commit', '-qam', 'Nothing new']);
    expect(() => release(copy, NEXT)).toThrow('nothing under "## Unreleased"');
  });

  it('says how it is called', () => {
    const script = join(ROOT, 'scripts/release.ts');
    for (const args of [[], [NEXT, '--dry']]) {
      const { status, stderr } = spawnSync('npx', ['tsx', script, ...args], { cwd: ROOT, encoding: 'utf8' });
      expect([status, stderr]).toEqual([1, 'Say which version: npm run release -- VERSION [--dry-run]\n']);
    }
  });
});

describe('the changelog', () => {
  const text = '# Changelog\n\n## Unreleased\n\n- One.\n- Two.\n\n## 0.1.0 (2026-01-31)\n\nFirst.\n';

  it('gives a version the entries that were not released', () => {
    const closed = closeChangelog(text, '0.2.0', '2026-02-28');
    expect(sectionOf(closed, '0.2.0')).toBe('- One.\n- Two.');
    expect(sectionOf(closed, '0.1.0')).toBe('First.');
    expect(sectionOf(closed, 'Unreleased')).toBe('');
  });

  it('is not taken at its word where it says nothing', () => {
    expect(() => closeChangelog('# Changelog\n\n## 0.1.0\n\nFirst.\n', '0.2.0', '2026-02-28')).toThrow();
  });
});
