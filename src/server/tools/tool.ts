import type * as z from 'zod';
import type { ToolName } from '../../policy/tools.ts';
import type { Result } from '../../refusal.ts';
import type { LinkContext, LinkReport } from '../../services/link-call.ts';

/** A tool as data; what it does stands in the services. */
export interface Tool<Arguments = unknown> {
  readonly name: ToolName;
  readonly title: string;
  readonly description: string;
  /** A strict object: an unknown argument is an error that names it. */
  readonly input: z.ZodType<Arguments>;
  readonly output: z.ZodType;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
  run(args: Arguments, context: LinkContext): Promise<Result<LinkReport>>;
}
