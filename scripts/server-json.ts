import manifest from '../package.json' with { type: 'json' };
import { SETTINGS } from '../src/config/settings.ts';
import { SERIES } from '../src/manifest/series.ts';

/** Where the source is, as a browser opens it; from `repository` in package.json. */
export const REPOSITORY = manifest.repository.url.replace(/^git\+|\.git$/g, '');

/** A package that the registry of MCP servers lists. */
export interface ListedPackage {
  readonly registryType: string;
  readonly identifier: string;
  readonly version?: string;
  readonly fileSha256?: string;
}

/**
 * What the registry of MCP servers lists, `server.json`. The schema of the registry is test/packaging/server.schema.json.
 * @param more Packages beside the one on npm, such as a bundle, whose checksum is known once it is made.
 */
export function serverJson(more: readonly ListedPackage[] = []): Record<string, unknown> {
  const { name, version, description, mcpName } = manifest;
  const npm: ListedPackage = { registryType: 'npm', identifier: name, version };
  return {
    $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
    name: mcpName,
    title: 'Odoo module links',
    description,
    version,
    repository: { url: REPOSITORY, source: 'github' },
    packages: [npm, ...more].map((listed) => ({
      ...listed,
      transport: { type: 'stdio' },
      environmentVariables: variables(),
    })),
  };
}

/** The settings as environment variables: a client asks for each by its own kind of field. */
function variables(): Record<string, unknown>[] {
  return Object.entries(SETTINGS).map(([flag, { variable, many, help }]) => {
    if (flag === 'series') return { name: variable, description: help, choices: [...SERIES] };
    if (many)
      return { name: variable, description: `${help}; several with ":" between them, on Windows ";"` };
    return { name: variable, description: help, format: 'filepath' };
  });
}
