import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Instance } from '../../src/config/instance.ts';
import { runTool } from '../../src/server/call-tool.ts';
import { refusalResult, successResult } from '../../src/server/results.ts';
import { TOOLS } from '../../src/server/tools.ts';
import type { ToolName } from '../../src/tool-table.ts';
import type { World } from '../support/world.ts';
import { partsFor } from './connected.ts';

/** The two forms of an answer: a client shows its model one of them. */
export interface Forms {
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever they expect to be there
  readonly data: any;
}

/** Calls a tool of a server in this process; the answer is held to the tool's schema. */
export async function ask(
  world: World,
  instances: readonly Instance[],
  name: ToolName,
  args: Record<string, unknown>,
): Promise<Forms> {
  const tool = TOOLS.find((one) => one.name === name);
  if (tool === undefined) throw new Error(`no tool is called ${name}`);
  const outcome = await runTool(tool, args, partsFor(world, instances));
  const result: CallToolResult = outcome.ok
    ? successResult(outcome.report, tool.describe(outcome.report), outcome.limit, tool.more)
    : refusalResult(outcome.refusal);
  tool.output.parse(result.structuredContent);
  const [first] = result.content;
  return { text: first?.type === 'text' ? first.text : '', data: result.structuredContent };
}
