import * as z from 'zod';
import type { Discretion } from '../../addons/sources.ts';
import { type Result, refuse } from '../../base/refusal.ts';
import { quoted } from '../../base/text.ts';
import type { Turns } from '../../base/turns.ts';
import type { PastCall, PastCalls, ServiceContext } from '../context.ts';
import { message, ownWords, type ReportOf } from '../own-words.ts';

/** A change of a module's link: who made it, when, and by which call. */
export const ChangeSchema = z.strictObject({
  time: z.string(),
  action: z.enum(['create', 'replace', 'remove']),
  tool: z.string(),
  client: ownWords.exactOptional().describe('As it names itself.'),
  along_with: z
    .array(z.string())
    .exactOptional()
    .describe('The modules that the call named, if it did not name this one.'),
  along_more: z.int().exactOptional().describe('How many more it named.'),
});

/** The last changes of a module. */
export const HistorySchema = z.strictObject({
  changes: z.array(ChangeSchema).exactOptional(),
  note: message.exactOptional(),
});

export type History = ReportOf<typeof HistorySchema>;

/** How many changes are told. */
const MOST_CHANGES = 5;
/** How many modules of a call are named. */
const MOST_NAMED = 5;

/**
 * The last changes of a module's links in an instance, newest first, from the audit trail.
 * @param context `mayName` decides which other modules are named; those that are not are counted.
 * @returns Null if there are none and none could be missing.
 */
export async function moduleHistory(
  module: string,
  instance: string,
  context: Pick<ServiceContext, 'readPast'> & Partial<Pick<Discretion, 'mayName'>>,
  turns: Turns,
): Promise<History | null> {
  const past = readPast(module, context, turns);
  if (past === null) return null;
  if (!past.ok) return { note: past.refusal.message };
  const changes: z.infer<typeof ChangeSchema>[] = [];
  const withheld = new Set<string>();
  for await (const call of past.value.outcomes) {
    if (call.instance !== instance || call.outcome !== 'done') continue;
    for (const { action } of call.links.filter((change) => change.module === module)) {
      const along = call.modules.includes(module) ? [] : call.modules;
      const named: string[] = [];
      for (const other of along.slice(0, MOST_NAMED)) {
        if ((await context.mayName?.(other)) === false) withheld.add(other);
        else named.push(other);
      }
      changes.push(describe(action, call, alongWith(along, named)));
    }
    if (changes.length >= MOST_CHANGES) break;
  }
  const isShort = changes.length < MOST_CHANGES && !past.value.isWhole;
  if (changes.length === 0 && !isShort) return null;
  const notes = [
    ...(withheld.size > 0 ? [`Along with modules that the policy does not show: ${withheld.size}.`] : []),
    ...(isShort ? ['Older parts of the audit trail were not read.'] : []),
  ];
  return {
    ...(changes.length > 0 && { changes: changes.slice(0, MOST_CHANGES) }),
    ...(notes.length > 0 && { note: notes.join(' ') }),
  };
}

function describe(
  action: z.infer<typeof ChangeSchema>['action'],
  { time, tool, client }: PastCall,
  along: ReturnType<typeof alongWith>,
) {
  return {
    time,
    action,
    tool,
    ...(client !== null && { client: quoted(client.name) }),
    ...along,
  };
}

/**
 * The end of the audit trail, for a call that tells of it.
 * @returns Null if nobody keeps one; a refusal that names no path if it cannot be read.
 */
export function readPast(
  module: string | undefined,
  context: Pick<ServiceContext, 'readPast'>,
  turns: Turns,
): Result<PastCalls> | null {
  const past = context.readPast?.(module, turns);
  if (past === undefined || past.ok) return past ?? null;
  return refuse('io_error', 'The audit trail cannot be read.', {
    hint: 'Ask the operator to run odoo-link-mcp audit verify.',
  });
}

/**
 * What a call named, as far as an answer tells it: the first names, and how many more there are.
 * @param shown Those that may be told, of the first.
 */
export function alongWith(
  all: readonly string[],
  shown: readonly string[] = all.slice(0, MOST_NAMED),
): { along_with?: string[]; along_more?: number } {
  const more = all.length - MOST_NAMED;
  return {
    ...(shown.length > 0 && { along_with: [...shown] }),
    ...(more > 0 && { along_more: more }),
  };
}

/** `along with a, b and 3 more`. */
export function describeNamed(names: readonly string[], more = 0): string {
  return `along with ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A change as a sentence. */
export function describeChange({
  time,
  action,
  tool,
  client,
  along_with = [],
  along_more,
}: ReportOf<typeof ChangeSchema>): string {
  const what = { create: 'Linked', replace: 'Linked anew', remove: 'Unlinked' }[action];
  const by = client === undefined ? '' : ` by ${client}`;
  const along = along_with.length > 0 ? `, ${describeNamed(along_with, along_more)}` : '';
  return `${what} on ${time}${by} with ${tool}${along}.`;
}
