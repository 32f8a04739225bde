import { isAbsolute } from 'node:path';
import { describeLost, workingDirectory } from '../base/paths.ts';
import { UsageError } from './command.ts';

/**
 * Returns a path from the command line unchanged.
 * @throws UsageError for a relative path if the working directory no longer exists.
 */
export function pathArgument(path: string): string {
  if (!isAbsolute(path) && workingDirectory() === null) throw new UsageError(`${describeLost(path)}.`);
  return path;
}
