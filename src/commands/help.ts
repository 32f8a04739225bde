import type { Command } from './command.ts';
import { COMMANDS } from './commands.ts';

const PROGRAM = 'odoo-link-mcp';

/** The text of `odoo-link-mcp --help`. */
export function helpText(): string {
  return [
    `${PROGRAM}: links OCA and Odoo Enterprise modules into an Odoo addons path, safely.`,
    '',
    'Usage:',
    ...COMMANDS.flatMap((command) => {
      return command.usage.map((usage, index) =>
        row(`${PROGRAM} ${usage}`.trim(), index === 0 ? command.summary : ''),
      );
    }),
    row(`${PROGRAM} COMMAND --help`, 'the options of a command'),
    row(`${PROGRAM} --version`, ''),
    '',
    'Exit codes: 0 done; 1 refused, or a problem was found; 2 usage or configuration error.',
    '',
  ].join('\n');
}

/** The text of `odoo-link-mcp COMMAND --help`. */
export function commandHelpText({ usage, summary, options }: Command): string {
  const rows = Object.entries(options).map(([name, { short, value, help }]) => {
    const letter = short === undefined ? '' : `-${short}, `;
    return row(`${letter}--${name}${value === undefined ? '' : ` ${value}`}`, help);
  });
  const forms = usage.map((form) => `  ${PROGRAM} ${form}`.trimEnd());
  const listed = rows.length > 0 ? ['', 'Options:', ...rows] : [];
  return [summary.charAt(0).toUpperCase() + summary.slice(1), '', 'Usage:', ...forms, ...listed, ''].join(
    '\n',
  );
}

function row(left: string, right: string): string {
  return right === '' ? `  ${left}` : `  ${left.padEnd(38)} ${right}`;
}
