/**
 * Puts the values of environment variables in the place of `${NAME}`.
 * @returns The text, and the names of variables that are not set or empty.
 */
export function expandVariables(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): { text: string; unset: string[] } {
  const unset: string[] = [];
  // No name has a brace in it; looking for its end past another one would be done once for each of them.
  const expanded = text.replaceAll(/\$\{([^{}]+)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined || value === '') unset.push(name);
    return value ?? '';
  });
  return { text: expanded, unset };
}
