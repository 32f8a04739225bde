/**
 * A value as JSON in which the order of object keys does not matter. Not recursive, because unchecked values may be nested very
 * deeply.
 */
export function canonicalJson(given: unknown): string {
  let text = '';
  /** What remains to be written, next one last: a value, or text to write unchanged. */
  const rest: ({ readonly value: unknown } | string)[] = [{ value: given }];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    if (typeof next === 'string') text += next;
    else if (typeof next.value !== 'object' || next.value === null) {
      // JSON has no undefined; it counts as no arguments.
      text += JSON.stringify(next.value) ?? 'null';
    } else {
      const [open, close] = Array.isArray(next.value) ? '[]' : '{}';
      text += open;
      rest.push(close as string);
      const members = membersOf(next.value);
      for (const [index, [key, value]] of members.entries())
        rest.push({ value }, index < members.length - 1 ? `,${key}` : key);
    }
  }
  return text;
}

/** The members of an object or array in reverse order, each with the text that precedes it. */
function membersOf(value: object): [string, unknown][] {
  if (Array.isArray(value)) return value.map((inner): [string, unknown] => ['', inner]).reverse();
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([key, inner]) => [`${JSON.stringify(key)}:`, inner]);
}
