import * as z from 'zod';
import { SERIES } from '../manifest/series.ts';
import { SecretSchema } from './secret.ts';

// PATH_MAX of Linux: a longer path cannot be opened.
const path = z.string().min(1).max(4096);
const paths = z.array(path).max(1000);

const RootsSchema = z.strictObject({
  oca: paths
    .optional()
    .describe('Checkouts of OCA repositories, or folders of such checkouts; patterns allowed.'),
  ee: paths.optional().describe('Checkouts of Odoo Enterprise; patterns allowed.'),
  own: paths
    .optional()
    .describe(
      "The company's own repositories, or folders of them; patterns allowed. oca_link links their modules.",
    ),
  core: paths
    .optional()
    .describe('Checkouts of Odoo Community. Without one, the built-in list of module names is used.'),
  auto: paths
    .optional()
    .describe(
      'Folders in which repositories of all families lie side by side, such as custom/src of doodba. Each repository is sorted by what it contains when the server starts; `doctor` says how.',
    ),
});

const onConflict = z.enum(['warn', 'refuse']);

const LicenseRulesSchema = z.strictObject({
  conflicts: onConflict
    .default('warn')
    .describe('What to do if a module depends on another whose licence does not allow it.'),
  lgpl_on_proprietary: z
    .enum(['allow', 'warn', 'refuse'])
    .default('allow')
    .describe('What to do if an LGPL-3 or permissive module depends on an OEEL-1 or OPL-1 one.'),
});

const OdooSchema = z.strictObject({
  url: path.describe('Its address, such as http://127.0.0.1:8069. Over http only on this machine.'),
  database: z.string().min(1).max(200).describe('The database.'),
  login: z.string().min(1).max(200).describe('The login of an administrator.'),
  password: SecretSchema.optional().describe(`Its password: "\${NAME}" or { "file": "..." }.`),
  apiKey: SecretSchema.optional().describe('An API key of that user instead, written like a password.'),
  insecure: z.boolean().optional().describe('Whether http to another machine is allowed. Default: false.'),
  restart: z
    .array(z.string().min(1).max(4096))
    .min(1)
    .max(64)
    .optional()
    .describe(
      'The command that restarts it: a program, by its name or an absolute path, and its arguments as they are, such as ["systemctl", "restart", "odoo"]. No shell reads them. It must not end before the old process has.',
    ),
});

export const InstanceSchema = z.strictObject({
  series: z.enum(SERIES).describe('The Odoo series of the instance.'),
  addonsDirs: paths
    .min(1)
    .describe('The only folders in which links are created. The first one is the default.'),
  roots: RootsSchema.describe('Where modules come from, by family.'),
  odooConf: path
    .optional()
    .describe(
      'The odoo.conf of the instance; addons_path, data_dir and server_wide_modules are read from it.',
    ),
  odooCwd: path
    .optional()
    .describe('The working directory of the Odoo process, where relative paths in its odoo.conf start.'),
  paths: z
    .record(path, path)
    .optional()
    .describe(
      'For Odoo in a container: folders of this host, and the paths at which Odoo sees them. Links are written as Odoo sees them.',
    ),
  linkStyle: z
    .enum(['absolute', 'relative'])
    .default('absolute')
    .describe(
      'How link targets are written. Relative links keep working if links and sources move together, for example to another mount point.',
    ),
  licenses: z
    .union([onConflict, LicenseRulesSchema])
    .default('warn')
    .describe('What to do if a module depends on another whose licence does not allow it.'),
  python: path
    .optional()
    .describe('The Python interpreter Odoo runs with, in which external dependencies are looked up.'),
  odoo: OdooSchema.optional().describe(
    'The running Odoo: it can then be asked to read its list of modules again, and what it knows of them.',
  ),
});

const SourceSchema = z.strictObject({
  url: path
    .optional()
    .describe(
      'Where the repositories are: an https or ssh address, or an absolute path. `{repo}` stands for the name of a repository; without it, the name follows at the end.',
    ),
  token: SecretSchema.optional().describe(`Shown to an https address: "\${NAME}" or { "file": "..." }.`),
  user: z
    .string()
    .regex(/^[\w.@-]{1,100}$/, 'must be a user name')
    .optional()
    .describe('The user of the token. Default: x-access-token, as GitHub has it.'),
  credentialHelper: z
    .string()
    .min(1)
    .max(1000)
    .optional()
    .describe('A credential helper of git, instead of a token, such as "store" or "cache".'),
});

const SourcesSchema = z.strictObject({
  oca: SourceSchema.default({}).describe('The OCA repositories. Default: those of github.com/OCA.'),
  ee: SourceSchema.extend({
    url: path.describe('Where the Odoo Enterprise repository is, like `oca.url`; there is no default.'),
  })
    .optional()
    .describe('Odoo Enterprise, for those who have access to it.'),
  maxBytes: z
    .int()
    .min(1024 * 1024)
    .default(2 * 1024 ** 3)
    .describe('The most bytes that one repository may take. Default: 2 GiB.'),
  timeout: z
    .int()
    .min(1)
    .max(86_400)
    .default(600)
    .describe('The longest that git may take for one repository, in seconds. Default: 600.'),
});

export const ConfigSchema = z.strictObject({
  $schema: z.string().optional().describe('For editors; ignored.'),
  instances: z
    .record(
      z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'must be a short name without spaces'),
      InstanceSchema,
    )
    .optional()
    .describe(
      'The Odoo installations, by name. At least one, unless flags or environment variables describe it.',
    ),
  policy: z
    .union([path, z.record(z.string(), z.unknown())])
    .optional()
    .describe('The policy: a path, or the policy itself. Without it, the built-in policy applies.'),
  sources: SourcesSchema.optional().describe(
    'Where repositories may be cloned and updated from. Without it, the server never uses a network.',
  ),
  stateDir: path
    .optional()
    .describe('Where the server keeps its own state. Default: odoo-link-mcp under XDG_STATE_HOME.'),
});

export type SourcesConfig = z.infer<typeof SourcesSchema>;
export type SourceConfig = z.infer<typeof SourceSchema>;
export type OdooConfig = z.infer<typeof OdooSchema>;
export type InstanceConfig = z.infer<typeof InstanceSchema>;
export type Config = z.infer<typeof ConfigSchema>;
