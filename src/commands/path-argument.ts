import { isAbsolute } from 'node:path';
import { describeLost, workingDirectory } from '../base/paths.ts';
import { UsageError } from './command.ts';

/**
 * A path that was typed, as it is.
 * @throws A {@link UsageError} for a relative one when the working directory is gone.
 */
export function pathArgument(path: string): string {
  if (!isAbsolute(path) && workingDirectory() === null) throw new UsageError(`${describeLost(path)}.`);
  return path;
}
