import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturesFolder, packageVersion } from '../package.ts';
import { connect, type Session } from '../server/client.ts';
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
    return 0;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

function prepare(scratch: string, addonsDir: string): string {
  cpSync(fixturesFolder(), join(scratch, 'src'), { recursive: true });
  mkdirSync(addonsDir);
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
  writeFileSync(
    config,
    JSON.stringify({ instances: { demo: instance }, policy, stateDir: 'state' }, null, 2),
  );
  return config;
}

async function tell(session: Session, addonsDir: string): Promise<void> {
  heading('dim', `The client sees the tools ${(await session.listTools()).join(', ')}.`);
  await show(session, 'Link an OCA module with everything it needs', 'oca_link', {
    module: 'report_stamp_greeting',
  });
  await show(session, 'Ask again: nothing is done twice', 'oca_link', { module: 'report_stamp_greeting' });
  await show(session, 'Link chosen Enterprise modules; a dry run only tells', 'ee_link', {
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
  await show(session, 'What is linked, and is it well?', 'link_status', {});
  heading('cyan', '\n# A runaway agent: the same call again and again');
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
  const shown = whole || result.isError === true ? text : (text.split('\n', 1)[0] as string);
  say(result.isError === true ? paint('red', shown) : shown);
}

function heading(style: 'bold' | 'dim' | 'cyan', text: string): void {
  say(paint(style, text));
}
