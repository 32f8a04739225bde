import { describe, expect, it } from 'vitest';
import { listTools } from '../../src/server/server.ts';
import { TOOLS } from '../../src/server/tools.ts';
import { TOOL_NAMES, toolEntry } from '../../src/tool-table.ts';
import { gateOf } from '../policy/policies.ts';

const listed = listTools(gateOf(null), [{ addonsDirs: [] }, { addonsDirs: [] }]);

describe('the tools', () => {
  it('are the ones a policy knows', () => {
    expect(TOOLS.map(({ name }) => name)).toEqual(TOOL_NAMES);
  });

  it.each(listed)('$name: title, description, schemas and annotations are what was reviewed', (tool) => {
    expect(tool).toMatchSnapshot();
  });

  it.each(listed)(
    '$name takes a strict object and answers with an object',
    ({ inputSchema, outputSchema }) => {
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({
        type: 'object',
        anyOf: [{}, { properties: { status: { const: 'refused' } } }],
      });
    },
  );

  it.each(TOOLS)(
    '$name is called read-only exactly when the policy says it does not write',
    ({ name, annotations }) => {
      expect(annotations.readOnlyHint).toBe(!toolEntry(name).writes);
      expect(Object.keys(annotations).sort()).toEqual([
        'destructiveHint',
        'idempotentHint',
        'openWorldHint',
        'readOnlyHint',
      ]);
    },
  );
});
