/** An option of a command, as `util.parseArgs` wants it, with what `--help` says about it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** One letter. */
  readonly short?: string;
  readonly help: string;
  /** What stands for the value in `--help`. */
  readonly value?: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** What was typed after the command's name. */
export interface Invocation {
  readonly positionals: readonly string[];
  readonly values: OptionValues;
}

/** 0 done, 1 refused or a problem was found, 2 usage or configuration error. */
export type ExitCode = 0 | 1 | 2;

export type Run = (invocation: Invocation) => Promise<ExitCode>;

/** One command as data; its code is loaded only when it is called, or one that is loaded with it. */
export interface Command {
  readonly name: string;
  /** What follows the program's name, one form a line. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly options: Readonly<Record<string, Option>>;
  load(): Promise<Run>;
}

/** A mistake in what was typed: shown with a pointer to `--help`, exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Whether it is a {@link UsageError}. By its name: each file of the built program has a class of its own. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && error.name === 'UsageError';
}
