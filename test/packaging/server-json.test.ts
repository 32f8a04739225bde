import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { serverJson } from '../../scripts/server-json.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { SERIES } from '../../src/manifest/series.ts';

const read = (name: string) => JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const schema = read('server.schema.json');
const validate = ajv.compile(schema);
const written = read('../../server.json');

/** What the schema has against a document. */
function faults(document: unknown): string[] {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('server.json', () => {
  it('is on the schema of the registry that is kept here, and fits it', () => {
    expect(written.$schema).toBe(schema.$id);
    expect(faults(written)).toEqual([]);
  });

  it('would not fit without what the schema asks for', () => {
    expect(faults({ ...written, description: 'x'.repeat(101) })).toHaveLength(1);
    expect(faults({ ...written, name: 'no-namespace' })).toHaveLength(1);
    expect(faults({ ...written, repository: { url: 'no address', source: 'github' } })).toHaveLength(1);
    const [{ transport: _, ...listed }] = written.packages;
    expect(faults({ ...written, packages: [listed] })).toHaveLength(1);
  });

  it('declares every setting, the series as a choice', () => {
    for (const { environmentVariables } of written.packages) {
      expect(environmentVariables.map(({ name }: { name: string }) => name)).toEqual(
        Object.values(SETTINGS).map(({ variable }) => variable),
      );
      expect(environmentVariables).toContainEqual(
        expect.objectContaining({ name: 'ODOO_LINK_SERIES', choices: [...SERIES] }),
      );
    }
  });

  it('fits with a bundle, too, whose checksum only a release knows', () => {
    const identifier = 'https://github.com/a/b/releases/download/v1.0.0/odoo-link-mcp-1.0.0.mcpb';
    const bundle = { registryType: 'mcpb', identifier, fileSha256: 'a'.repeat(64) };
    expect(faults(serverJson([bundle]))).toEqual([]);
    expect(faults(serverJson([{ ...bundle, fileSha256: 'A' }]))).toHaveLength(1);
  });
});
