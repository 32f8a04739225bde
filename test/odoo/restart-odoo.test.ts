import { chmodSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { OdooConnection } from '../../src/odoo/odoo-connection.ts';
import { type RestartOptions, restartOdoo } from '../../src/odoo/restart-odoo.ts';
import { type StandIn, type StandInOptions, startStandIn } from '../support/odoo.ts';
import { eventually } from '../support/patience.ts';
import { createWorld } from '../support/world.ts';

/** Longer than any test waits. */
const LIMIT = 600_000;
const DONE = { ok: true, value: undefined };

const fault = (kind: string, said: unknown = '') => ({ ok: false, refusal: { kind, said } });
/** The arguments that run a script with Node.js. */
const script = (text: string, ...args: string[]) => [process.execPath, '-e', text, ...args];

/** Restarts by a script. */
function restart(
  odoo: Pick<StandIn, 'url'>,
  command: readonly string[],
  { limit = LIMIT, ...options }: Partial<RestartOptions> = {},
) {
  const secret = { kind: 'password', value: 'pass-word' } as const;
  const connection: OdooConnection = {
    ...{ url: new URL(odoo.url), database: 'prod', login: 'admin', secret, series: '17.0' },
    restart: command,
  };
  return restartOdoo(connection, { limit, ...options });
}

/** An Odoo that can go away, and come back at the same address. */
async function startMortal() {
  let now = await startStandIn();
  const { url } = now;
  const port = Number(new URL(url).port);
  let looks = 0;
  const looked = async () => {
    // One may have begun before, the next may end after.
    const enough = looks + 3;
    await eventually(() => expect(looks).toBeGreaterThanOrEqual(enough));
  };
  return {
    url,
    /** Counts how often it is looked for. */
    onProgress: () => {
      looks++;
    },
    /** Waits until it is looked for again. */
    looked,
    stop: () => now.close(),
    /** Comes back, but not before its absence can have been seen. */
    async start(options: StandInOptions = {}) {
      await looked();
      now = await startStandIn({ ...options, port });
    },
  };
}

/** Where scripts tell how far they are: `tell('x')` in a script runs `steps.x` here, and waits for it. */
async function listenToScripts(steps: Readonly<Record<string, () => unknown>>) {
  const told: string[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const step = (request.url ?? '').slice(1);
    told.push(step);
    await steps[step]?.();
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const tell = `const tell = async (step) => { await (await fetch('http://127.0.0.1:${port}/' + step)).text(); };`;
  return { told, run: (text: string) => script(`${tell} (async () => { ${text} })();`) };
}

/** Whether a process is there, and no zombie. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
}

describe('a restart', () => {
  it('is over once Odoo answers again', async () => {
    const odoo = await startMortal();
    const scripts = await listenToScripts({ stop: odoo.stop, start: odoo.start });
    const progress: [number, number, string][] = [];
    const done = await restart(odoo, scripts.run("await tell('stop'); await tell('start');"), {
      onProgress: (...step) => {
        odoo.onProgress();
        progress.push(step);
      },
    });
    expect(done).toEqual(DONE);
    expect(scripts.told).toEqual(['stop', 'start']);
    const numbers = progress.map(([spent]) => spent);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect([...new Set(progress.map(([, limit, what]) => `${limit} ${what}`))]).toEqual([
      `${LIMIT} the restart command runs`,
      `${LIMIT} Odoo starts`,
    ]);
  });

  it('waits for an Odoo that starts long after the command has ended', async () => {
    const odoo = await startMortal();
    const scripts = await listenToScripts({ stop: odoo.stop });
    let isOver = false;
    const done = restart(odoo, scripts.run("await tell('stop');"), odoo).finally(() => {
      isOver = true;
    });
    await odoo.looked();
    await eventually(() => expect(scripts.told).toEqual(['stop']));
    await odoo.looked();
    expect(isOver).toBe(false);
    await odoo.start();
    expect(await done).toEqual(DONE);
  });

  it('does not take the old process, which has not ended yet, for the new one', async () => {
    const odoo = await startMortal();
    let isAfter = false;
    const onProgress = (_: number, __: number, what: string) => {
      odoo.onProgress();
      isAfter ||= what === 'Odoo starts';
    };
    let isOver = false;
    const done = restart(odoo, ['true'], { settle: LIMIT, onProgress }).finally(() => {
      isOver = true;
    });
    await eventually(() => expect(isAfter).toBe(true));
    // The old one answers.
    await odoo.looked();
    expect(isOver).toBe(false);
    await odoo.stop();
    await odoo.start();
    expect(await done).toEqual(DONE);
  });

  it('has not happened where Odoo was never away', async () => {
    const odoo = await startStandIn();
    expect(await restart(odoo, script(''), { settle: 0 })).toEqual(fault('not_restarted'));
    expect(odoo.sent.every((request) => request.includes('"version"'))).toBe(true);
  });

  it('has not happened where the old process was only silent while the command ran', async () => {
    let isSilent = true;
    const odoo = await startStandIn({ instead: () => isSilent });
    const scripts = await listenToScripts({
      // Until a question was not answered in time.
      stalled: () => eventually(() => expect(odoo.sent.length).toBeGreaterThan(1)),
      answer: () => {
        isSilent = false;
      },
    });
    const done = restart(odoo, scripts.run("await tell('stalled'); await tell('answer');"), { settle: 0 });
    expect(await done).toEqual(fault('not_restarted'));
  });

  it('is told where Odoo does not come back, or as another', async () => {
    const away = await startMortal();
    await away.stop();
    expect(await restart(away, ['true'], { limit: 5000 })).toEqual(fault('not_back', 'cannot be reached'));
    const other = await startMortal();
    const scripts = await listenToScripts({ stop: other.stop, start: () => other.start({ series: '16.0' }) });
    const done = restart(other, scripts.run("await tell('stop'); await tell('start');"), other);
    expect(await done).toEqual(fault('other_series', 'Odoo 16.0'));
  });

  it('that has begun is brought to its end where the call is cancelled', async () => {
    const odoo = await startMortal();
    const cancel = new AbortController();
    const scripts = await listenToScripts({ begun: () => cancel.abort(), stop: odoo.stop });
    const command = scripts.run("await tell('begun'); await tell('stop'); await tell('end');");
    expect(await restart(odoo, command, { signal: cancel.signal })).toEqual(fault('cancelled'));
    expect(scripts.told).toEqual(['begun', 'stop', 'end']);
    expect(await restart(odoo, command, { signal: cancel.signal })).toEqual(fault('cancelled'));
    expect(scripts.told).toHaveLength(3);
  });

  it('is no longer waited for where the call is cancelled after the command', async () => {
    const odoo = await startMortal();
    await odoo.stop();
    const cancel = new AbortController();
    const onProgress = (_: number, __: number, what: string) => {
      if (what === 'Odoo starts') cancel.abort();
    };
    expect(await restart(odoo, ['true'], { signal: cancel.signal, onProgress })).toEqual(fault('cancelled'));
  });
});

describe('the command of a restart', () => {
  it('is run by no shell, and sees nothing of the server but what it needs', async () => {
    const odoo = await startMortal();
    process.env.ODOO_TEST_SECRET = 'sesame-open-4';
    process.env.DOCKER_HOST = 'unix:///run/docker.sock';
    onTestFinished(() => {
      delete process.env.ODOO_TEST_SECRET;
      delete process.env.DOCKER_HOST;
    });
    const world = createWorld();
    const seen = world.at('seen.json');
    const words = ['a b', '$(id)', ';true', '*', '"', ''];
    const look = `
      let input = '';
      process.stdin.on('data', (text) => { input += text; }).on('end', () => {
        const { argv, env } = process;
        const seen = { words: argv.slice(2), env, input, cwd: process.cwd() };
        require('fs').writeFileSync(argv[1], JSON.stringify(seen));
        process.exitCode = 7;
      });`;
    expect(await restart(odoo, script(look, seen, ...words))).toEqual(fault('restart_failed', 'exit code 7'));
    const { env, ...rest } = JSON.parse(readFileSync(seen, 'utf8'));
    expect(rest).toEqual({ words, input: '', cwd: '/' });
    expect(env).toMatchObject({ PATH: process.env.PATH, DOCKER_HOST: 'unix:///run/docker.sock' });
    expect(JSON.stringify(env)).not.toMatch(/sesame|pass-word/);
    expect(Object.keys(env).filter((name) => /^(?:npm_|VITEST|NODE_)/.test(name))).toEqual([]);
  });

  it('that fails is told with its last words, in one line', async () => {
    const odoo = await startMortal();
    const say = (words: string) => script(`process.stderr.write(${words}); process.exitCode = 5;`);
    const cases: [words: string, said: string][] = [
      ["''", 'exit code 5'],
      ["'Unit odoo.service not found.\\n'", 'exit code 5: Unit odoo.service not found.'],
      ["'one\\ntwo\\r\\n\\n  three\\tfour  \\nfive\\n\\n'", 'exit code 5: two / three four / five'],
      ["'\\x1b[31mred\\x1b[0m\\x1b]0;title\\x07 \\u202ereversed'", 'exit code 5: red \\u{202e}reversed'],
      ["'x'.repeat(200_000) + 'the end'", `exit code 5: …${'x'.repeat(243)}the end`],
    ];
    for (const [words, said] of cases)
      expect(await restart(odoo, say(words))).toEqual(fault('restart_failed', said));
    const killed = script("process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);");
    expect(await restart(odoo, killed)).toEqual(fault('restart_failed', 'signal SIGKILL'));
  });

  it('that does not end is killed with all it has started, also what does not listen', async () => {
    const odoo = await startMortal();
    const stubborn = `
      process.on('SIGTERM', () => {});
      const { spawn } = require('child_process');
      const child = "process.on('SIGTERM', () => {}); console.log('deaf', process.pid); setInterval(() => {}, 1000);";
      spawn(process.execPath, ['-e', child], { stdio: 'inherit' });
      console.log('deaf', process.pid);
      setInterval(() => {}, 1000);`;
    // Both have to have come so far, however slow the machine is.
    for (let limit = 1000; ; limit *= 2) {
      const ended = await restart(odoo, script(stubborn), { limit });
      expect(ended).toEqual(fault('restart_timed_out', expect.any(String)));
      const pids = ended.ok
        ? []
        : [...ended.refusal.said.matchAll(/deaf (\d+)/g)].map(([, pid]) => Number(pid));
      for (const pid of pids) await eventually(() => expect(isAlive(pid)).toBe(false));
      if (pids.length === 2) break;
    }
  });

  it('that prints without end is stopped, and little of it is kept', async () => {
    const odoo = await startMortal();
    const pour = script("for (;;) require('fs').writeSync(1, 'more and more\\n'.repeat(1000));");
    for (let limit = 1000; ; limit *= 2) {
      const ended = await restart(odoo, pour, { limit });
      expect(ended).toEqual(fault('restart_timed_out', expect.any(String)));
      if (!ended.ok && ended.refusal.said === 'more and more / more and more / more and more') break;
      expect(ended).toEqual(fault('restart_timed_out', ''));
    }
  });

  it('that prints more than a text can hold is understood all the same', async () => {
    const odoo = await startMortal();
    const pour = ['sh', '-c', "head -c 600000000 /dev/zero | tr '\\0' x; exit 5"];
    expect(await restart(odoo, pour)).toEqual(fault('restart_failed', `exit code 5: …${'x'.repeat(250)}`));
  });

  it.each(['0', '9'])(
    'has ended with %s although what it leaves running keeps its output open',
    async (code) => {
      const odoo = await startMortal();
      const scripts = await listenToScripts({ stop: odoo.stop, start: odoo.start });
      const left = () => scripts.told.map(Number).filter((pid) => pid > 0);
      onTestFinished(() => {
        for (const pid of left()) process.kill(pid);
      });
      const leave = `
        const child = require('child_process').spawn(
          process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
        await tell(child.pid);
        await tell('stop');
        await tell('start');
        process.exit(${code});`;
      const done = await restart(odoo, scripts.run(leave), odoo);
      expect(done).toEqual(code === '0' ? DONE : fault('restart_failed', 'exit code 9'));
      // It may be Odoo.
      expect(left().map(isAlive)).toEqual([true]);
    },
  );

  it('that cannot be started is told so', async () => {
    const odoo = await startMortal();
    const world = createWorld();
    expect(await restart(odoo, [world.at('none')])).toEqual(fault('restart_missing'));
    expect(await restart(odoo, ['no-such-program-anywhere'])).toEqual(fault('restart_missing'));
    const orphan = world.file('orphan', '#!/no/such/interpreter\n');
    expect(await restart(odoo, [orphan])).toEqual(fault('restart_denied'));
    chmodSync(orphan, 0o755);
    expect(await restart(odoo, [orphan])).toEqual(fault('restart_missing'));
  });
});
