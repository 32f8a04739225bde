import { mkdtempSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { copySync, ensureDirSync, outputJsonSync, removeSync } from 'fs-extra/esm';
import { fixturesFolder, packageVersion } from '../package.ts';
import { connect, type Session } from '../server/client.ts';
import { isOffered, TOOL_NAMES } from '../tool-table.ts';
import { type Run, UsageError } from './command.ts';
import { paint, say } from './terminal.ts';

/** `demo`: the main job, seen from an agent's side, in a scratch folder that is removed at the end. */
export const demo: Run = async ({ positionals }) => {
  if (positionals.length > 0) throw new UsageError('demo takes no arguments.');
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-demo-')));
  try {
    const addonsDir = join(scratch, 'linked');
    const config = prepare(scratch, addonsDir);
    heading('bold', `A scratch Odoo 17.0 in ${scratch}`);
    const session = await connect(process.argv[1] as string, ['serve', '--config', config], packageVersion());
    try {
      await tell(session, addonsDir);
    } finally {
      await session.close();
    }
    tellWhatNext();
    return 0;
  } finally {
    removeSync(scratch);
  }
};

function prepare(scratch: string, addonsDir: string): string {
  copySync(fixturesFolder(), join(scratch, 'src'));
  ensureDirSync(addonsDir);
  const config = join(scratch, 'odoo-link.json');
  const instance = {
    series: '17.0',
    addonsDirs: [addonsDir],
    roots: { oca: ['src/oca', 'src/broken'], ee: ['src/ee'], core: ['src/core'] },
  };
  const tenAMinute = (counter: string) => ({
    limits: [{ counter, window: 'minute', max: 10, scope: 'grant' }],
  });
  const policy = {
    version: '1',
    default: 'deny',
    tools: {
      oca_link: tenAMinute('oca_link_rate'),
      ee_link: tenAMinute('ee_link_rate'),
      oca_unlink: tenAMinute('oca_unlink_rate'),
      link_status: {},
    },
  };
  outputJsonSync(config, { instances: { demo: instance }, policy, stateDir: 'state' }, { spaces: 2 });
  return config;
}

async function tell(session: Session, addonsDir: string): Promise<void> {
  const tools = await session.listTools();
  heading(
    'dim',
    `The client sees ${tools.length} of the server's ${TOOL_NAMES.filter((name) => isOffered(name, null)).length} tools: ${tools.join(', ')}. ` +
      "The demo's policy denies the others, and a client is not shown what it may never call.",
  );
  await show(session, 'Link an OCA module with everything it needs', 'oca_link', {
    module: 'report_stamp_greeting',
  });
  await show(session, 'Ask again: nothing is done twice', 'oca_link', { module: 'report_stamp_greeting' });
  await show(session, 'Choose Enterprise modules; a dry run changes nothing', 'ee_link', {
    modules: ['ledger_lite_budget', 'planner_lite'],
    dry_run: true,
  });
  await show(session, 'What another module needs is not taken away', 'oca_unlink', {
    modules: ['contact_nickname'],
  });
  await show(session, 'A module of another series is refused', 'oca_link', { module: 'contact_old_field' });
  await show(session, 'A manifest that would break the whole instance is refused', 'oca_link', {
    module: 'license_unknown',
  });
  await show(session, 'A name that is a path is refused', 'oca_link', { module: '../../etc/cron.d' });
  await show(session, 'What is linked, and in which state', 'link_status', {});
  heading('cyan', '\n# A runaway agent: the same call again and again');
  heading(
    'dim',
    'The policy allows ten oca_link calls a minute. The counter stands at two: the two calls above that succeeded. ' +
      'A refused call is given back.',
  );
  for (let call = 0; call < 20; call++) {
    const result = await session.call('oca_link', { module: 'report_stamp' });
    print(result);
    if (result.isError === true) break;
  }
  heading('cyan', '\n# What the addons directory holds now');
  for (const name of readdirSync(addonsDir).sort()) {
    say(`${name} -> ${readlinkSync(join(addonsDir, name))}`);
  }
}

/** The command to go on with. It is not wrapped, so that it can be copied. */
function tellWhatNext(): void {
  const program = process.argv[1] as string;
  const name = basename(program);
  heading('cyan', '\n# Now with your own Odoo');
  heading(
    'dim',
    'SERIES is your Odoo version, such as 17.0; CHECKOUTS a folder with clones of OCA repositories; LINKS an existing, ' +
      'empty folder for the links. --dry-run only shows what would be done.',
  );
  say(`${name === 'cli.js' ? `node ${program}` : name} link oca MODULE \\`);
  say('  --series SERIES --oca CHECKOUTS --addons-dir LINKS --dry-run');
}

async function show(
  session: Session,
  title: string,
  tool: string,
  args: Record<string, unknown>,
): Promise<void> {
  heading('cyan', `\n# ${title}`);
  heading('dim', `${tool} ${JSON.stringify(args)}`);
  print(await session.call(tool, args), true);
}

function print(result: Awaited<ReturnType<Session['call']>>, whole = false): void {
  const [first] = result.content;
  const text = first?.type === 'text' ? first.text : '';
  const shown = wrap(whole || result.isError === true ? text : (text.split('\n', 1)[0] as string));
  say(result.isError === true ? paint('red', shown) : shown);
}

function heading(style: 'bold' | 'dim' | 'cyan', text: string): void {
  say(paint(style, wrap(text)));
}

/**
 * Breaks lines at spaces, where a terminal would break them inside a word.
 * @param width Of the terminal, in columns. Where none is known (a file, a terminal of width 0) nothing is broken.
 */
export function wrap(text: string, width = process.stdout.columns || Number.POSITIVE_INFINITY): string {
  return text
    .split('\n')
    .map((line) => {
      let column = 0;
      return line.replace(/( *)([^ ]+)/g, (_, spaces: string, word: string) => {
        const end = column + spaces.length + word.length;
        const breaks = column > 0 && end > width;
        column = breaks ? 2 + word.length : end;
        return breaks ? `\n  ${word}` : `${spaces}${word}`;
      });
    })
    .join('\n');
}
