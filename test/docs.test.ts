import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate } from '../scripts/generate.ts';
import { parseJsonc, validateJsonc } from '../src/config/jsonc.ts';
import { ConfigSchema } from '../src/config/schema.ts';
import { policySchema } from '../src/policy/schema.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', name), 'utf8');

describe('what is generated', () => {
  it('is fresh: npm run generate would change nothing', async () => {
    for (const [name, text] of Object.entries(await generate())) expect(read(name), name).toBe(text);
  });
});

describe('README.md', () => {
  const blocks = [...read('README.md').matchAll(/```jsonc\n([\s\S]*?)```/g)].map(
    (match) => match[1] as string,
  );

  it('shows configurations and policies that are valid', () => {
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) {
      const parsed = parseJsonc(block);
      if ('problems' in parsed) throw new Error(parsed.problems.join('\n'));
      const schema = block.includes('"instances"') ? ConfigSchema : policySchema();
      expect(validateJsonc(parsed.document, schema as never)).toHaveProperty('value');
    }
  });

  it('names every dependency', () => {
    const { devDependencies, dependencies = {} } = JSON.parse(read('package.json'));
    for (const name of Object.keys({ ...devDependencies, ...dependencies }))
      expect(read('README.md')).toContain(`\`${name}\``);
  });
});

describe('package-lock.json', () => {
  it('names no host', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "https?:/);
  });
});
