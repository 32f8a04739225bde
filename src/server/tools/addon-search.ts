import * as z from 'zod';
import { SERIES } from '../../manifest/series.ts';
import {
  DEFAULT_FOUND,
  describeSearch,
  MOST_FOUND,
  MOST_QUERY,
  type SearchReport,
  searchAddons,
} from '../../services/modules/search-addons.ts';
import { cursorShape, instanceShape, outputOf, ownWords } from '../schemas.ts';
import { PAGE_ROOM, READ_ONLY, type Tool, WORDS_OF_MODULES } from './tool.ts';

const family = z.enum(['oca', 'ee', 'core']);

const input = z.strictObject({
  query: z
    .string()
    .max(MOST_QUERY)
    .optional()
    .describe('Words to look for; all have to match. Without it, all modules by name.'),
  family: family.optional().describe('Only modules of this family.'),
  repo: z.string().max(4096).optional().describe('Only modules of this repository.'),
  installable: z
    .boolean()
    .optional()
    .describe('Only modules that could be linked, or only those that could not.'),
  limit: z
    .int()
    .min(1)
    .max(MOST_FOUND)
    .default(DEFAULT_FOUND)
    .describe('Modules on a page, at most: an answer has room for so much.'),
  ...cursorShape,
  ...instanceShape,
});

const output = outputOf(
  z.strictObject({
    status: z.literal('ok'),
    instance: z.string(),
    series: z.enum(SERIES),
    total: z.int().describe('Modules that match, on all pages.'),
    modules: z.array(
      z.strictObject({
        module: z.string(),
        title: ownWords,
        summary: ownWords,
        category: ownWords.nullable(),
        version: ownWords.nullable(),
        license: ownWords.nullable(),
        family,
        repo: z.string(),
        path: z.string(),
        installable: z
          .boolean()
          .describe('Whether nothing about the module itself keeps it from being linked.'),
        verdict: z.enum(['installable', 'uninstallable', 'invisible', 'breaks_update']),
        application: z.boolean(),
        depends: z.array(z.string()),
      }),
    ),
    next_cursor: z.string().nullable().describe('For the next page; null on the last.'),
  }),
);

export const addonSearchTool: Tool<z.infer<typeof input>, SearchReport> = {
  name: 'addon_search',
  title: 'Search modules',
  description:
    'Finds modules in the configured sources by technical name, title, dependency, summary and category, best first: ' +
    'an exact name, then names that begin with or hold the words, titles, modules that depend on the one that was ' +
    `asked for, summaries, categories. A misspelt name finds the nearest ones. ${WORDS_OF_MODULES} Changes nothing.`,
  input,
  output,
  annotations: READ_ONLY,
  run: (args, context) => searchAddons({ ...args, room: PAGE_ROOM }, context),
  describe: describeSearch,
  more: 'Ask again for more words, or with the cursor.',
};
