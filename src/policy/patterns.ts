import { RE2JS } from 're2js';
import { ok, type Result, refused } from '../base/refusal.ts';

/** A regular expression that searches in time linear in the text. */
export interface Pattern {
  /** Whether it matches anywhere in the text; `^` and `$` anchor it. */
  isFoundIn(text: string): boolean;
}

/** Together with the longest text, this bounds the work of one search: each step is one instruction on one character. */
const MOST_INSTRUCTIONS = 1000;

/**
 * Compiles a regular expression in RE2's syntax.
 *
 * JavaScript's own engine backtracks: an agent could choose a text on which `(a+)+$` never ends. RE2's automata read each
 * character once, so they have no lookaround and no backreferences.
 * @returns The pattern, or what is wrong with it.
 */
export function compilePattern(source: string): Result<Pattern, string> {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    return refused((error as Error).message.replace(/^error parsing regexp: /, ''));
  }
  if (compiled.programSize() > MOST_INSTRUCTIONS)
    return refused('the pattern is too large; use `in` for a list of names');
  return ok({ isFoundIn: (text) => compiled.test(text) });
}
