/**
 * Calls in hints, in the words of whoever reads them: an agent calls tools, an operator runs commands. Either call works as it
 * stands: it names the instance and the addons directory where the reader would have to.
 */

/** Arguments of a tool; those that are undefined are left out. */
export type CallArguments = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** The arguments that say where a call works; empty when there is one instance with one addons directory. */
export interface CallPlace {
  readonly instance?: string;
  readonly target_dir?: string;
}

/** How the reader of a hint makes calls. */
export interface Surface {
  /** A whole call with its verb: ``Call oca_link {"module":"a"}``, or ``Run `odoo-link-mcp link oca a` ``. */
  call(tool: string, args: CallArguments): string;
  /** The same call as before with more arguments: `call again with replace: true`, or ``run it again with `--replace` ``. */
  again(args: CallArguments): string;
  /** A tool by its name: `oca_link`, or `link oca`. */
  tool(name: string): string;
  /** An argument by its name: `repo`, or `--repo`. With a tool, as that one's command takes it: `repos`, or `REPO`. */
  argument(name: string, tool?: string): string;
  /** Several names for one argument: `["a","b"]`, or `a b`. */
  list(names: readonly string[]): string;
  /** Whether there is a tool that not every configuration or policy has, such as oca_clone. */
  has(tool: string): boolean;
  /** The same surface, whose calls go to a place. */
  at(place: CallPlace): Surface;
}

/** Which of the tools there are that not everybody has; none without it. */
type HasTool = (tool: string) => boolean;
const NONE: HasTool = () => false;

/** For agents. */
export function toolSurface(place: CallPlace = {}, has: HasTool = NONE): Surface {
  return {
    call: (tool, args) => `Call ${tool} ${JSON.stringify({ ...args, ...placeFor(tool, place) })}`,
    again: (args) => {
      const said = Object.entries(args).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
      return `call again with ${said.join(', ')}`;
    },
    tool: (name) => name,
    argument: (name) => name,
    list: (names) => JSON.stringify(names),
    has,
    at: (other) => toolSurface({ ...place, ...other }, has),
  };
}

/** What a hint is written for if nothing else is said. */
export const TOOLS: Surface = toolSurface();

/** Arguments that commands take without an option. */
const PLAIN: ReadonlySet<string> = new Set(['module', 'modules']);

/** Tools that have no `target_dir`. */
const EVERYWHERE: ReadonlySet<string> = new Set([
  ...['addon_search', 'addon_info', 'addon_conflicts'],
  ...['oca_clone', 'ee_clone', 'oca_update', 'ee_update', 'oca_status'],
  ...['odoo_refresh', 'odoo_install', 'odoo_upgrade'],
]);

/** The place of a call, as far as its tool has arguments for it. */
function placeFor(tool: string, { instance, target_dir }: CallPlace): CallPlace {
  const isThere = target_dir !== undefined && !EVERYWHERE.has(tool);
  return { ...(instance !== undefined && { instance }), ...(isThere && { target_dir }) };
}

/** The command of each tool, and the argument that it takes without an option. */
const COMMANDS: Readonly<Record<string, readonly [command: string, plain?: string]>> = {
  oca_link: ['link oca', 'module'],
  ee_link: ['link ee', 'modules'],
  oca_unlink: ['unlink oca', 'modules'],
  ee_unlink: ['unlink ee', 'modules'],
  addon_search: ['search', 'query'],
  addon_info: ['info', 'module'],
  link_status: ['status'],
  addon_conflicts: ['conflicts'],
  oca_clone: ['source clone oca', 'repos'],
  ee_clone: ['source clone ee', 'repos'],
  oca_update: ['source update oca', 'repos'],
  ee_update: ['source update ee', 'repos'],
  oca_status: ['source status', 'repo'],
  odoo_refresh: ['odoo refresh', 'modules'],
  odoo_install: ['odoo install', 'modules'],
  odoo_upgrade: ['odoo upgrade', 'modules'],
};

/**
 * For operators.
 * @param options The options that a command needs to find the same configuration, as they were given.
 */
export function commandSurface(
  options: readonly string[] = [],
  place: CallPlace = {},
  has: HasTool = NONE,
): Surface {
  const flags = (args: CallArguments) =>
    Object.entries(args).flatMap(([name, value]) => optionOf(name, value));
  return {
    call(tool, args) {
      const [command, plain = ''] = commandOf(tool, args);
      const { [plain]: names = [], ...rest } = args;
      const words = [names].flat().map(String).map(shellWord);
      const all = [
        command,
        ...words,
        ...flags({ ...rest, ...placeFor(tool, place) }),
        ...options.map(shellWord),
      ];
      return `Run \`odoo-link-mcp ${all.join(' ')}\``;
    },
    again: (args) => `run it again with \`${flags(args).join(' ')}\``,
    tool: (name) => (COMMANDS[name] as readonly [string, string?])[0],
    argument: argumentOf,
    list: (names) => names.map(shellWord).join(' '),
    has,
    at: (other) => commandSurface(options, { ...place, ...other }, has),
  };
}

/**
 * A hint for an operator, who is not told to ask one: `Check X, or move it.` instead of `Ask the operator to check X, or to move it.`
 * What stands in quotes is not the hint's, and stays.
 * @param options Those that a command needs to find the same configuration: commands that the hint has without them get them.
 */
export function forOperator(hint: string, options: readonly string[] = []): string {
  // What else is asked for in the same sentence is said in the same way.
  const sentence = /\b([Aa])sk the operator to ([a-z])((?:"(?:[^"\\]|\\.)*"|(?!\. ).)*)/g;
  const told = hint.replace(sentence, (_, ask: string, first: string, rest: string) => {
    const others = rest.replace(
      /("(?:[^"\\]|\\.)*")|\b(and|or|otherwise) to /g,
      (_, inQuotes?: string, word?: string) => inQuotes ?? `${word} `,
    );
    return `${ask === 'A' ? first.toUpperCase() : first}${others}`;
  });
  if (options.length === 0) return told;
  const tail = ` ${options.map(shellWord).join(' ')}`;
  return told.replace(/`odoo-link-mcp [^`]*`/g, (command) =>
    command.endsWith(`${tail}\``) ? command : `${command.slice(0, -1)}${tail}\``,
  );
}

/** The command for a call. What becomes of links in a later series is a command of its own. */
function commandOf(tool: string, args: CallArguments): readonly [command: string, plain?: string] {
  if (tool === 'link_status' && args.to !== undefined) return ['migrate'];
  return COMMANDS[tool] as readonly [string, string?];
}

/** What stands for an argument in the usage of a command. */
function argumentOf(name: string, tool?: string): string {
  const isPlain = tool === undefined ? PLAIN.has(name) : COMMANDS[tool]?.[1] === name;
  return isPlain ? name.replace(/s$/, '').toUpperCase() : optionName(name);
}

/** Options that are repeated say one. */
const SINGULAR: Readonly<Record<string, string>> = { modules: 'module' };

function optionName(argument: string): string {
  return `--${(SINGULAR[argument] ?? argument).replaceAll('_', '-')}`;
}

function optionOf(name: string, value: CallArguments[string]): string[] {
  if (value === undefined) return [];
  const option = optionName(name);
  if (value === true) return [option];
  if (value === false) return [option.replace('--with-', '--no-')];
  return [value].flat().map((one) => `${option} ${shellWord(String(one))}`);
}

/** A word of a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
