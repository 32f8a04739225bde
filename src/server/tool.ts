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
    destructiveHint: writes !== false,
    idempotentHint: true,
    openWorldHint: writes === 'checkouts' || writes === 'odoo',
  };
  const { output, ...rest } = parts;
  const input = once(() => inputOf(name) as Tool['input']);
  const report = once(() => leanSchema(output) as z.ZodObject);
  const answer = once(() => outputOf(output));
  return {
    ...(rest as Omit<Tool, 'input' | 'report' | 'output'>),
    ...{ name, title, annotations: hints },
    // Made when they are first asked for: a client waits for the start, and all of them take a sixth of it.
    get input() {
      return input();
    },
    get report() {
      return report();
    },
    get output() {
      return answer();
    },
  };
}

/** Calls a function the first time, and returns what it returned from then on. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
