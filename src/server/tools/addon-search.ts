import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { VERDICTS } from '../../manifest/judgement.ts';
import { SERIES } from '../../manifest/series.ts';
import { describeSearch, searchAddons } from '../../services/modules/search-addons.ts';
import { outputOf, ownWords } from '../schemas.ts';
import { defineTool, PAGE_ROOM, WORDS_OF_MODULES } from './tool.ts';

const family = z.enum(FAMILIES);

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
          .describe('Whether the module itself could be linked; its dependencies are not checked.'),
        verdict: z.enum(VERDICTS),
        application: z.boolean(),
        depends: z.array(z.string()),
      }),
    ),
    next_cursor: z.string().nullable().describe('For the next page; null on the last.'),
  }),
);

export const addonSearchTool = defineTool('addon_search', {
  description:
    'Finds modules in the configured sources by technical name, title, dependency, summary and category, best first: ' +
    'an exact name, then names that begin with or contain the words, titles, modules that depend on the named one, ' +
    `summaries, categories. A misspelt name finds the nearest ones. ${WORDS_OF_MODULES} Changes nothing.`,
  output,
  run: (args, context) => searchAddons({ ...args, room: PAGE_ROOM }, context),
  describe: describeSearch,
  more: 'Search again with more words, or with the cursor.',
});
