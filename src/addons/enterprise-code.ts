import { join } from 'node:path';
import type { CoreLists } from './core-lists.ts';
import type { Repository } from './discover.ts';
import { hasManifest } from './module-folders.ts';

/** What tells Odoo Enterprise's code from other code. */
interface Origin {
  readonly name: string;
  readonly repositories: readonly Pick<Repository, 'path'>[];
  /** The licence in its manifest; undefined if it was not read. */
  readonly license?: string | undefined;
}

/**
 * Whether a module is Odoo Enterprise's, whatever root it lies in: it has its licence and one of its names, or lies in a
 * checkout of Odoo's repository `enterprise`, which contains `web_enterprise`.
 */
export function isEnterpriseCode(
  { name, repositories, license }: Origin,
  { enterprise }: CoreLists,
): boolean {
  if (license === 'OEEL-1' && enterprise.has(name)) return true;
  return repositories.some(({ path }) => hasManifest(join(path, 'web_enterprise')));
}
