import { parseArgs } from 'node:util';
import { didYouMean } from '../base/nearest.ts';
import { inQuotes } from '../base/text.ts';
import { packageVersion } from '../package.ts';
import { type Command, type ExitCode, type Invocation, isUsageError, UsageError } from './command.ts';
import { COMMANDS } from './commands.ts';
import { commandHelpText, helpText } from './help.ts';
import { log, say } from './terminal.ts';

/** Reads the command line, runs the command it names, and ends the process with its exit code. */
export function main(argv: readonly string[]): void {
  // A reader may close the pipe early (`check | head`); that is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    log(`the output cannot be written (${error.code}).`);
    process.exit(2);
  });
  run(argv).then(
    (code) => exit(code),
    (error: unknown) => {
      if (isUsageError(error)) log(`${error.message} See --help.`);
      else for (const line of String((error as Error).stack).split('\n')) log(line);
      exit(2);
    },
  );
}

async function run(argv: readonly string[]): Promise<ExitCode> {
  const [first] = argv;
  if (first === '--help' || first === '-h' || first === 'help') return print(helpText());
  if (first === '--version' || first === '-v') return print(`${packageVersion()}\n`);
  const named = first !== undefined && !first.startsWith('-');
  const name = named ? first : 'serve';
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const names = COMMANDS.map((candidate) => candidate.name);
    throw new UsageError(`There is no command ${inQuotes(name)}.${didYouMean(name, names)}`);
  }
  const invocation = parseInvocation(command, argv.slice(named ? 1 : 0));
  if (invocation.values.help === true) return print(commandHelpText(command));
  const [late] = invocation.positionals;
  if (!named && late !== undefined)
    throw new UsageError(
      `${inQuotes(late)} comes after an option; a command comes first: odoo-link-mcp status --config FILE.`,
    );
  const runCommand = await command.load();
  return runCommand(invocation);
}

function parseInvocation({ options }: Command, args: string[]): Invocation {
  const known = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple, short }]) => [
      name,
      { type, multiple: multiple === true, ...(short !== undefined && { short }) },
    ]),
  );
  try {
    const parsed = parseArgs({
      args,
      options: { ...known, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    return { positionals: parsed.positionals, values: parsed.values };
  } catch (error) {
    const message = (error as Error).message.split(/\. |\n/, 1)[0]?.replace(/\.$/, '') as string;
    const unknown = /option '(--[^']+)'/.exec(message)?.[1] ?? '';
    throw new UsageError(
      `${message}.${didYouMean(
        unknown,
        Object.keys(options).map((name) => `--${name}`),
      )}`,
    );
  }
}

function print(text: string): ExitCode {
  say(text.trimEnd());
  return 0;
}

/** Ends the process once all output is written: exiting earlier would truncate it in a pipe. */
function exit(code: ExitCode | 2): void {
  process.exitCode = code;
  if (process.stdout.writableLength === 0) process.exit();
  process.stdout.once('drain', () => process.exit());
  process.stdout.once('error', () => process.exit());
}
