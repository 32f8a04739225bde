/** The names of what the server keeps in its state directory. Nothing else in there is ever opened or removed. */
export const LAYOUT = {
  /** A folder for each addons directory. */
  addonsDirs: 'addons-dirs',
  approvals: 'approvals',
  limits: 'limits',
  trailLock: 'audit-lock',
  /** The file that lines of the audit trail are appended to. */
  trail: 'audit.jsonl',
  trailKey: 'audit.key',
} as const;

/** A file of the trail that is complete, named by the number of its last line. */
const COMPLETE_TRAIL = /^audit-\d{16}\.jsonl$/;

/** Whether a name directly in the state directory is one of the server's. */
export function isOwnName(name: string): boolean {
  return Object.values<string>(LAYOUT).includes(name) || isCompleteTrail(name);
}

export function isCompleteTrail(name: string): boolean {
  return COMPLETE_TRAIL.test(name);
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const DRAFT = new RegExp(`^draft-${UUID}$`);
const STAGED = new RegExp(`^staged-${UUID}$`);
const ASIDE = new RegExp(`^aside-${UUID}-\\d+$`);

/** A file that is to be renamed when it is whole. */
export const isDraft = (name: string) => DRAFT.test(name);
/** A link that is to be renamed over another one. */
export const isStaged = (name: string) => STAGED.test(name);
/** An entry of an addons directory that was moved out of it: it may be anybody's, and anything. */
export const isAside = (name: string) => ASIDE.test(name);
