import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Bom {
  readonly metadata: { readonly component: Record<string, unknown>; readonly tools: unknown };
  readonly components: readonly { readonly 'bom-ref': string }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/**
 * The software bill of materials (CycloneDX) of the built program: of what `npm sbom` lists, the packages that are bundled
 * into dist/, which dist/THIRD_PARTY_LICENSES.txt names, be it as copies inside others. The time and the random number are left out, so that the same
 * source gives the same file.
 * @param root A checkout, built.
 */
export function billOfMaterials(root: string): Record<string, unknown> {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const text = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const { serialNumber: _, ...bom } = JSON.parse(text) as Bom & { serialNumber: string };
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const licenses = readFileSync(join(root, 'dist/THIRD_PARTY_LICENSES.txt'), 'utf8');
  const found = [...licenses.matchAll(/^(\S+) (\d+\.\d+\.\d+\S*) \((.*)\)$/gm)];
  const bundled = new Set(found.map(([, one, version]) => `${one}@${version}`));
  const known = new Set(bom.components.map((component) => component['bom-ref']));
  const own = bom.metadata.component['bom-ref'] as string;
  return {
    ...bom,
    metadata: { tools: bom.metadata.tools, component: { ...bom.metadata.component, name } },
    components: [
      ...bom.components.filter((component) => bundled.has(component['bom-ref'])),
      // Copies that a package has in its own files are in no lock file.
      ...found.flatMap(([, one = '', version, expression]) => {
        const ref = `${one}@${version}`;
        const purl = `pkg:npm/${one.replace('@', '%40')}@${version}`;
        if (known.has(ref)) return [];
        return [{ 'bom-ref': ref, type: 'library', name: one, version, purl, licenses: [{ expression }] }];
      }),
    ],
    dependencies: bom.dependencies
      .filter(({ ref }) => ref === own || bundled.has(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => bundled.has(one)) })),
  };
}
