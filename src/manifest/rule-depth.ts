/** How deep CPython 3.11's parser may go before it raises MemoryError (MAXSTACK in Parser/parser.c). */
export const MAX_RULE_DEPTH = 6000;

/**
 * Steps of that depth: the rule functions CPython's parser calls, along Grammar/python.gram, on its way from one `atom`
 * to the next one inside it. An element costs as much where there is none, after a comma or between empty brackets: the
 * parser goes all the way down to find out.
 */
export const RULES = {
  /** From the start rule to the atom of the first, and of a later, top-level expression. */
  top: 25,
  topLater: 27,
  /** From a list, dict or set to the atom of its first, and of a later, element. */
  element: 29,
  elementLater: 30,
  /** From a parenthesis to the atom of its first, second, and a later element. */
  paren: 28,
  parenSecond: 30,
  parenLater: 31,
  /** From a string's atom to the loop that joins strings; from `set` to what may be an argument. */
  string: 2,
  setCall: 24,
} as const;
