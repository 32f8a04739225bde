import * as z from 'zod';
import { FAMILIES } from '../../addons/roots.ts';
import { LINK_STATES, type LinkState } from '../../links/link-states.ts';
import { VERDICTS } from '../../manifest/judgement.ts';
import { SERIES } from '../../manifest/series.ts';
import { addonInfo } from '../../services/modules/addon-info.ts';
import { describeInfo } from '../../services/modules/describe-info.ts';
import { conflictSchema, message, outputOf, ownWords } from '../schemas.ts';
import { defineTool, WORDS_OF_MODULES } from './tool.ts';

const family = z.enum(FAMILIES);
const names = z.array(z.string());

const output = outputOf(
  z.strictObject({
    status: z.literal('ok'),
    instance: z.string(),
    series: z.enum(SERIES),
    module: z.string(),
    family: family.nullable().describe('Null for a module that only odoo.conf or an addons directory adds.'),
    repo: z.string().nullable(),
    path: z.string().nullable().describe('Null when no root contains it.'),
    verdict: z.enum(VERDICTS).nullable(),
    linkable: z
      .boolean()
      .describe('Whether the link tool of its family would link it, with everything it needs.'),
    reasons: z.array(message).describe('Why it cannot be linked.'),
    problems: z.array(
      z.strictObject({
        code: z.string(),
        level: z.enum(['error', 'warning']),
        message,
        line: z.int().optional(),
        column: z.int().optional(),
      }),
    ),
    manifest: z
      .strictObject({
        name: ownWords,
        summary: ownWords,
        version: ownWords,
        odoo_version: ownWords.optional(),
        license: ownWords,
        category: ownWords,
        application: z.boolean(),
        auto_install: z.union([z.boolean(), names]),
        depends: names,
        excludes: names,
        external_dependencies: z.strictObject({ python: z.array(ownWords), bin: z.array(ownWords) }),
      })
      .nullable(),
    branch: z.string().nullable(),
    commit: z.string().nullable(),
    dirty: z.boolean().nullable(),
    linked: z.array(
      z.strictObject({
        link: z.string(),
        state: z.enum(Object.keys(LINK_STATES) as [LinkState, ...LinkState[]]),
        source: z.string().nullable(),
      }),
    ),
    needed_by: names.describe('Linked modules that depend on it.'),
    dependencies: z
      .array(
        z.strictObject({
          module: z.string(),
          depends: names,
          state: z.enum(['asked', 'core', 'core_list', 'addons_path', 'linked', 'available', 'missing']),
          family: family.nullable(),
          repo: z.string().nullable(),
          sound: z.boolean().describe('Whether Odoo could install it.'),
        }),
      )
      .describe("The module, then everything it needs, nearest first. Odoo's own modules are not followed."),
    conflicts: z.array(conflictSchema),
    graph: z.string().nullable(),
  }),
);

export const addonInfoTool = defineTool('addon_info', {
  description:
    "Shows everything known about one module: its manifest and Odoo's verdict on it, its dependency tree and where " +
    'each dependency is, external dependencies, branch and commit, where it is linked and in which state, and conflicts. ' +
    `${WORDS_OF_MODULES} Changes nothing.`,
  output,
  run: addonInfo,
  describe: describeInfo,
  more: 'Call addon_info for one of its dependencies to see what that one needs.',
});
