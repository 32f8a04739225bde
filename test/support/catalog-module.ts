import { basename, dirname } from 'node:path';
import type { Family } from '../../src/addons/roots.ts';
import { ok } from '../../src/base/refusal.ts';
import { CatalogModule } from '../../src/catalog/catalog-module.ts';
import { parseLiteral } from '../../src/manifest/literal.ts';
import { manifestText } from './world.ts';

/** A module that is on no disk. */
export function catalogModule(
  path: string,
  manifest: Readonly<Record<string, unknown>> = {},
  family: Family | null = 'oca',
): CatalogModule {
  return catalogModuleOf(path, manifestText({ name: '', depends: [], ...manifest }), family);
}

/** The same with the text of its manifest. */
export function catalogModuleOf(path: string, text: string, family: Family | null): CatalogModule {
  const parsed = parseLiteral(text);
  const read = { name: basename(path), path: `/src/${path}`, series: '17.0' } as const;
  const folder = dirname(read.path);
  const repository = {
    name: basename(folder),
    path: folder,
    root: { family: 'oca', path: '/src' },
  } as const;
  return new CatalogModule(
    { ...read, manifest: ok({ file: '__manifest__.py', parsed, sha256: '' }), readReadme: () => null },
    repository,
    family,
  );
}
