import * as z from 'zod';
import { SERIES } from '../manifest/series.ts';

// PATH_MAX of Linux: a longer path cannot be opened.
const path = z.string().min(1).max(4096);
const paths = z.array(path).max(1000);

const RootsSchema = z.strictObject({
  oca: paths
    .optional()
    .describe('Checkouts of OCA repositories, or folders of such checkouts; patterns allowed.'),
  ee: paths.optional().describe('Checkouts of Odoo Enterprise; patterns allowed.'),
  core: paths
    .optional()
    .describe('Checkouts of Odoo Community. Without one the built-in name lists of the series stand in.'),
});

export const InstanceSchema = z.strictObject({
  series: z.enum(SERIES).describe('The Odoo series of the instance.'),
  addonsDirs: paths
    .min(1)
    .describe('The allowlist: the only folders links are created in. The first one is the default target.'),
  roots: RootsSchema.describe('Where modules come from, by family.'),
  odooConf: path.optional().describe('An odoo.conf; addons_path and data_dir are read from it.'),
  linkStyle: z
    .enum(['absolute', 'relative'])
    .default('absolute')
    .describe('How link targets are written. Relative ones survive another mount point if both sides move.'),
  licenses: z
    .enum(['warn', 'refuse'])
    .default('warn')
    .describe('What to do when a module depends on one whose licence it may not build on.'),
  python: path
    .optional()
    .describe('The Python interpreter Odoo runs with: external dependencies are looked for in it.'),
});

export const ConfigSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  instances: z
    .record(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name without spaces'),
      InstanceSchema,
    )
    .optional()
    .describe('The Odoo installations, by name. At least one, unless flags or the environment describe it.'),
  policy: z
    .union([path, z.record(z.string(), z.unknown())])
    .optional()
    .describe('The policy: a path, or the policy itself. Without it the built-in policy holds.'),
  stateDir: path
    .optional()
    .describe('Where the server keeps its own state. Default: odoo-link-mcp under XDG_STATE_HOME.'),
});

export type InstanceConfig = z.infer<typeof InstanceSchema>;
export type Config = z.infer<typeof ConfigSchema>;
