import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { SERIES } from '../../manifest/series.ts';
import { describeStatus, linkStatus } from '../../services/status/link-status.ts';
import { message, nextCursor, outputOf, ownWords } from '../schemas.ts';
import { defineTool, PAGE_ROOM, WORDS_OF_MODULES } from './tool.ts';

const state = z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]);

const output = outputOf(
  z.strictObject({
    status: z.literal('ok'),
    instance: z.string(),
    series: z.enum(SERIES),
    target_dirs: z.array(z.string()),
    counts: z.record(state, z.int()).describe('Entries by state.'),
    off_path: z
      .array(z.string())
      .describe(
        'Addons directories that are not on the addons path of odoo.conf: Odoo finds nothing in them.',
      ),
    path_unknown: z
      .array(z.strictObject({ dir: z.string(), because: z.string() }))
      .describe('Addons directories of which cannot be told whether Odoo looks there, and why.'),
    interrupted: z
      .array(z.string())
      .describe(
        'Addons directories in which a change was interrupted; the next call that changes links undoes it.',
      ),
    links: z.array(
      z.strictObject({
        module: z.string(),
        link: z.string(),
        state,
        source: z.string().nullable().describe('Where it leads; null for a broken or foreign link.'),
        family: z.enum(FAMILIES).nullable(),
        repo: z.string().nullable(),
        version: ownWords.nullable(),
        problem: message.nullable(),
        remedy: z.string().nullable().describe('What to do about it.'),
      }),
    ),
    next_cursor: nextCursor,
  }),
);

export const linkStatusTool = defineTool('link_status', {
  description:
    'Lists the links and folders in the addons directories of an instance, each with a state and, where it is not ok, ' +
    `the problem and a remedy. ${Object.entries(LINK_STATES)
      .map(([name, meaning]) => `${name}: ${meaning}`)
      .join('. ')}. ${WORDS_OF_MODULES} Changes nothing. Call it first when Odoo does not see a module.`,
  output,
  run: (args, context) => linkStatus({ ...args, room: PAGE_ROOM }, context),
  describe: describeStatus,
  more: 'Call again with a state, or with the cursor.',
});
