import { isAbsolute } from 'node:path';
import { didYouMean } from '../base/nearest.ts';
import { describeLost, workingDirectory } from '../base/paths.ts';

/** An option of a command, in the form of `util.parseArgs`, with its help text. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** One letter. */
  readonly short?: string;
  readonly help: string;
  /** The placeholder for the value in `--help`. */
  readonly value?: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** The arguments and options after the command's name. */
export interface Invocation {
  readonly positionals: readonly string[];
  readonly values: OptionValues;
}

/** 0: done; 1: refused, or a problem was found; 2: usage or configuration error. */
export type ExitCode = 0 | 1 | 2;

export type Run = (invocation: Invocation) => Promise<ExitCode>;

/** A command. Its code is loaded only when it runs. */
export interface Command {
  readonly name: string;
  /** The forms of the command, without the program's name. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  load(): Promise<Run>;
}

/** A mistake on the command line: shown with a pointer to `--help`, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Whether it is a {@link UsageError}, judged by its name: each file of the built program has its own copy of the class. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && error.name === 'UsageError';
}

/** An option that takes one value. */
export function textOption(values: OptionValues, name: string): string | undefined {
  return values[name] as string | undefined;
}

/**
 * The value of an option that takes one of several words.
 * @throws UsageError
 */
export function wordOption<Word extends string>(
  values: OptionValues,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = textOption(values, name);
  const word = words.find((one) => one === value);
  if (value !== undefined && word === undefined) throw notOneOf(`--${name}`, value, words);
  return word;
}

/** What is said of a value of an option that is none of its words. */
export function notOneOf(name: string, value: string, words: readonly string[]): UsageError {
  return new UsageError(`${name} must be one of ${words.join(', ')}.${didYouMean(value, words)}`);
}

/** What is said where a command needs to be told what to do. @param forms How each action is written. */
export function needsAction(
  command: string,
  action: string | undefined,
  actions: readonly string[],
  forms: string,
): UsageError {
  const meant = action === undefined || actions.includes(action) ? '' : didYouMean(action, actions);
  return new UsageError(`${command} needs an action: ${forms}.${meant}`);
}

/**
 * Returns a path from the command line unchanged.
 * @throws UsageError for a relative path if the working directory no longer exists.
 */
export function pathArgument(path: string): string {
  if (!isAbsolute(path) && workingDirectory() === null) throw new UsageError(`${describeLost(path)}.`);
  return path;
}
