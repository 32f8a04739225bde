/** The `code` of a Node.js system error (`ENOENT`, ...), or undefined for any other thrown value. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
