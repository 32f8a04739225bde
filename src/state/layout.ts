import { createHash, randomUUID } from 'node:crypto';

/** The names of the server's entries in its state directory. It opens and removes nothing else there. */
export const LAYOUT = {
  /** A folder for each addons directory. */
  addonsDirs: 'addons-dirs',
  /** A folder for each root into which repositories are cloned. */
  roots: 'roots',
  approvals: 'approvals',
  limits: 'limits',
  /** What is known of remotes: an index, and git folders that can be made anew. */
  sources: 'sources',
  trailLock: 'audit-lock',
  /** The current file of the audit trail. */
  trail: 'audit.jsonl',
  trailKey: 'audit.key',
} as const;

/** A complete file of the trail, named by the number of its last line. */
const COMPLETE_TRAIL = /^audit-\d{16}\.jsonl$/;

/** Whether a name in the state directory (not in a folder of it) is one of the server's. */
export function isOwnName(name: string): boolean {
  return Object.values<string>(LAYOUT).includes(name) || isCompleteTrail(name);
}

export function isCompleteTrail(name: string): boolean {
  return COMPLETE_TRAIL.test(name);
}

/**
 * The name of the folder in the state directory for a folder elsewhere. After the path, because device numbers may change when
 * the machine restarts.
 */
export function nameForPath(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16);
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const DRAFT = new RegExp(`^draft-${UUID}$`);
const STAGED = new RegExp(`^staged-${UUID}$`);
const ASIDE = new RegExp(`^aside-${UUID}-\\d+$`);

/** A file that is renamed once it is complete. */
export const draftName = () => `draft-${randomUUID()}`;
export const isDraft = (name: string) => DRAFT.test(name);
/** A link that is renamed over another one. */
export const stagedName = () => `staged-${randomUUID()}`;
export const isStaged = (name: string) => STAGED.test(name);
/** An entry that was moved out of an addons directory: it may have any type and owner. */
export const asideName = (transaction: string, index: number) => `aside-${transaction}-${index}`;
export const isAside = (name: string) => ASIDE.test(name);
