/**
 * Reports as they leave the program: without what says nothing.
 *
 * Each null, empty list and empty object costs an agent tokens in every row, and tells no more than its absence.
 */

/**
 * Structured data without the fields that are null, undefined, an empty list or an empty object, or become one. The elements
 * of lists all stay, because their places may mean something.
 */
export function lean<T>(value: T): T {
  return leaned(value) as T;
}

function leaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leaned);
  if (typeof value !== 'object' || value === null) return value;
  const kept: [string, unknown][] = [];
  for (const [name, field] of Object.entries(value)) {
    const inner = leaned(field);
    if (!isEmpty(inner)) kept.push([name, inner]);
  }
  return Object.fromEntries(kept);
}

/** Whether a field with this value is left out. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
