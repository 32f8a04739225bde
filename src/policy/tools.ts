/**
 * The tools a policy can speak about. `writes` says whether a tool can change an addons directory: those are the ones
 * the built-in policy limits.
 */
export const TOOLS = {
  oca_link: { writes: true },
  ee_link: { writes: true },
  oca_unlink: { writes: true },
  ee_unlink: { writes: true },
  addon_search: { writes: false },
  addon_info: { writes: false },
  link_status: { writes: false },
  addon_conflicts: { writes: false },
} as const satisfies Record<string, { writes: boolean }>;

export type ToolName = keyof typeof TOOLS;
export const TOOL_NAMES = Object.keys(TOOLS) as ToolName[];
