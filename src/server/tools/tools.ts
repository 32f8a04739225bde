import { addonConflictsTool } from './addon-conflicts.ts';
import { addonInfoTool } from './addon-info.ts';
import { addonSearchTool } from './addon-search.ts';
import { eeLink } from './ee-link.ts';
import { linkStatusTool } from './link-status.ts';
import { ocaLink } from './oca-link.ts';
import type { Tool } from './tool.ts';
import { eeUnlink, ocaUnlink } from './unlink.ts';

/** All tools, in the order in which they are listed. */
export const TOOLS: readonly Tool[] = [
  ocaLink,
  eeLink,
  ocaUnlink,
  eeUnlink,
  addonSearchTool,
  addonInfoTool,
  linkStatusTool,
  addonConflictsTool,
];
