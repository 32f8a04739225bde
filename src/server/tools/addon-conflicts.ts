import * as z from 'zod';
import { CONFLICT_KINDS, type ConflictKind } from '../../addons/conflicts.ts';
import { SERIES } from '../../manifest/series.ts';
import { addonConflicts, describeConflicts } from '../../services/conflicts/addon-conflicts.ts';
import { conflictSchema, nextCursor, outputOf } from '../schemas.ts';
import { defineTool, PAGE_ROOM, WORDS_OF_MODULES } from './tool.ts';

const kind = z.enum(Object.keys(CONFLICT_KINDS) as [ConflictKind, ...ConflictKind[]]);

const output = outputOf(
  z.strictObject({
    status: z.literal('ok'),
    instance: z.string(),
    series: z.enum(SERIES),
    counts: z.record(kind, z.int()).describe('Conflicts by kind.'),
    conflicts: z.array(conflictSchema),
    next_cursor: nextCursor,
  }),
);

export const addonConflictsTool = defineTool('addon_conflicts', {
  description:
    'Lists the conflicts of an instance: names that several sources offer, on disk and in the ' +
    `built-in lists of Odoo's own modules, and conflicts among the linked modules. ${Object.entries(
      CONFLICT_KINDS,
    )
      .map(([name, meaning]) => `${name}: ${meaning}`)
      .join('. ')}. ${WORDS_OF_MODULES} Changes nothing.`,
  output,
  run: (args, context) => addonConflicts({ ...args, room: PAGE_ROOM }, context),
  describe: describeConflicts,
  more: 'Call again with a kind, or with the cursor.',
});
