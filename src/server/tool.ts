import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { Result } from '../base/refusal.ts';
import type { ServiceContext } from '../services/context.ts';
import { type ArgumentsOf, type ToolName, toolEntry } from '../tool-table.ts';
import { inputOf, leanSchema, outputOf } from './schemas.ts';

/** What a tool has besides its entry in the table of tools. */
interface ToolParts<Name extends ToolName, Report extends { readonly status: string }> {
  readonly description: string;
  /** The report; an answer may also be a refusal. */
  readonly output: z.ZodObject;
  run(args: ArgumentsOf<Name>, context: ServiceContext): Promise<Result<Report>>;
  /** The report as text for a person. */
  describe(report: Report): string;
  /** A sentence: how to get what did not fit into an answer. */
  readonly more: string;
}

/** A tool in a list of tools. Its `describe` takes only reports of its own `run`. */
// biome-ignore lint/suspicious/noExplicitAny: a list of tools knows nothing of their arguments and reports
export interface Tool extends Omit<ToolParts<ToolName, any>, 'run' | 'output'> {
  readonly name: ToolName;
  readonly title: string;
  readonly input: z.ZodType<Record<string, unknown>>;
  /** The report alone, as it is answered, and every answer: a report or a refusal. */
  readonly report: z.ZodObject;
  readonly output: z.ZodType;
  run(args: unknown, context: ServiceContext): Promise<Result<{ readonly status: string }>>;
  readonly annotations: ToolAnnotations;
}

/** Makes a tool from its entry in the table of tools and the rest. The services do the work. */
export function defineTool<Name extends ToolName, Report extends { readonly status: string }>(
  name: Name,
  parts: ToolParts<Name, Report>,
): Tool {
  const { title, writes } = toolEntry(name);
  const hints = {
    readOnlyHint: !writes,
    destructiveHint: writes,
    idempotentHint: true,
    openWorldHint: false,
  };
  const schemas = {
    input: inputOf(name) as Tool['input'],
    report: leanSchema(parts.output),
    output: outputOf(parts.output),
  };
  return { ...parts, ...schemas, name, title, annotations: hints } as Tool;
}
