/**
 * npx tsx test/limits/hammer-servers.ts [SECONDS] [journal | postgres]: eight built servers share one `grant` budget, on
 * one host or, with PostgreSQL, on two hosts whose clocks differ by minutes; some are killed, stopped for a while and
 * started again at random. Prints what they did and what their audit trails say, and exits with 1 if anything is not as
 * it should be; half a minute on the journal by default.
 */
import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readLines } from '../audit/entries.ts';
import { startPostgres } from '../support/postgres.ts';
import { runCli } from '../support/server.ts';
import { openWorld, type World } from '../support/world.ts';
import { type Evidence, type HostRemains, judgeTrails, type Verdict } from './judge-trails.ts';
import { type SeenCall, type ServerUser, startUser, type Wish } from './server-user.ts';

export type Store = 'journal' | 'postgres';

export interface HammerReport {
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  /** How long calls were made. */
  readonly seconds: number;
  readonly servers: number;
  readonly kills: number;
  readonly stops: number;
  /** How often each answer was given; in place of those that never came, why. */
  readonly answers: Readonly<Record<string, number>>;
  /** What `audit verify` says of each host's trail. */
  readonly chains: readonly { readonly isSound: boolean; readonly lines: number; readonly torn: number }[];
  /** By how much the clocks of the hosts differ, as their trails tell it. */
  readonly clocksApartMinutes: number;
  /** Everything that is not as it should be. */
  readonly faults: readonly string[];
}

export const LIMIT = { counter: 'linking', max: 10, windowUs: 1_000_000 };
const PLACES = 8;
/** How many calls a user has in hand. */
const LANES = 2;
/** How far the clock of each host is off. */
const SKEWS_MS = { journal: [0], postgres: [0, 7 * 60_000] };
/** What counts are kept by. */
const CLOCKS = { journal: monotonicUs, postgres: () => Date.now() * 1000 };
/** A run goes on until it proves something, on a slow machine too; but not for longer than this. */
const MOST_SECONDS = 500;
/** Refusals that calls are made for; a machine that is slow enough adds `busy`. */
const EXPECTED = ['rate_limited', 'module_not_found', 'not_linked', 'busy'];
/** What a server says of its own accord. */
const HARMLESS = / an interrupted change (was|could not be) undone/;

/** A state directory, an addons directory and a clock. */
interface Host {
  readonly name: string;
  readonly world: World;
  readonly config: string;
  readonly env: Record<string, string>;
}

/** Hammers for that long, and judges what is left. */
export async function hammerServers(store: Store, seconds: number): Promise<HammerReport> {
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'odoo-link-hammer-')));
  const database = store === 'postgres' ? await startPostgres() : null;
  try {
    const limiter = database === null ? {} : { limiter: { postgres: database.url() } };
    const hosts = SKEWS_MS[store].map((skewMs, index) => openHost(scratch, `host${index}`, skewMs, limiter));
    return await hammerHosts(hosts, seconds, CLOCKS[store]);
  } finally {
    await database?.remove();
    rmSync(scratch, { recursive: true });
  }
}

async function hammerHosts(
  hosts: readonly Host[],
  seconds: number,
  clock: () => number,
): Promise<HammerReport> {
  const everyone: ServerUser[] = [];
  const start = ({ config, env }: Host, name: string): ServerUser => {
    const user = startUser({ name, config, env, clock });
    everyone.push(user);
    return user;
  };

  const begin = performance.now();
  const elapsed = () => (performance.now() - begin) / 1000;
  let isOver = false;
  const lives: Promise<void>[] = [];
  const occupy = (place: number): ServerUser => {
    const user = start(hosts[place % hosts.length] as Host, `p${place}-${everyone.length}`);
    for (const wishes of wishesOf(place)) lives.push(liveOn(user, wishes, () => isOver));
    return user;
  };
  const places = Array.from({ length: PLACES }, (_, place) => occupy(place));
  let kills = 0;
  let stops = 0;
  while (elapsed() < seconds || (!provesSomething(kills, everyone) && elapsed() < MOST_SECONDS)) {
    await pause(50 + Math.random() * 250);
    const place = Math.floor(Math.random() * PLACES);
    const victim = places[place] as ServerUser;
    if (Math.random() < 0.3) {
      // Up to a window, so that others overtake it in whatever it was doing.
      victim.signal('SIGSTOP');
      await pause((Math.random() * LIMIT.windowUs) / 1000);
      victim.signal('SIGCONT');
      stops++;
    } else {
      victim.signal('SIGKILL');
      kills++;
      places[place] = occupy(place);
    }
  }
  isOver = true;
  await Promise.all(lives);
  const hammered = elapsed();
  await Promise.all(places.map((user) => user.end()));
  // Whoever comes last undoes and seals what those who were killed have left.
  for (const host of hosts) {
    const user = start(host, `last-${host.name}`);
    await untilAdmitted(user, { tool: 'oca_link', modules: ['last'] });
    await user.end();
  }

  const evidence = {
    limits: [LIMIT],
    hosts: hosts.map(remainsOf),
    calls: everyone.flatMap(({ calls }) => calls),
  };
  const verdict = judgeTrails(evidence);
  const chains = await Promise.all(hosts.map(verifyChain));
  const ends = await Promise.all(everyone.map((user) => user.end()));
  const complaints = ends.flatMap(({ stderr }) => stderr.split('\n')).filter((line) => line !== '');
  return {
    evidence,
    verdict,
    seconds: hammered,
    servers: everyone.length,
    kills,
    stops,
    answers: countAnswers(evidence.calls),
    chains,
    clocksApartMinutes: minutesApart(evidence.hosts),
    faults: [
      ...verdict.faults,
      ...chains.flatMap(({ isSound }, index) => (isSound ? [] : [`host${index}: the chain is broken`])),
      ...unexpected(evidence.calls),
      ...ends.flatMap(({ code, signal }) =>
        code === 0 || signal === 'SIGKILL' ? [] : [`ended with ${code}`],
      ),
      ...complaints.filter((line) => !HARMLESS.test(line)).map((line) => `said by a server: ${line}`),
      ...starved(everyone),
    ],
  };
}

function openHost(folder: string, name: string, skewMs: number, limiter: object): Host {
  const world = openWorld(join(folder, name));
  for (const module of Array.from({ length: PLACES * LANES }, (_, index) => `m${index}`)) {
    world.module(`src/oca/web/${module}`, { depends: [`${module}_base`] });
    world.module(`src/oca/web/${module}_base`);
    world.module(`src/oca/web/${module}_maybe`);
  }
  world.module('src/oca/web/last');
  const { counter, max, windowUs } = LIMIT;
  const limits = [{ counter, max, window: windowUs / 1_000_000, scope: 'grant' }];
  const tools = { oca_link: { limits }, oca_unlink: { limits } };
  const config = world.config({}, { policy: { version: '1', default: 'deny', tools, ...limiter } });
  const shift = `const now = Date.now;\nDate.now = () => now() + ${skewMs};\n`;
  return { name, world, config, env: { NODE_OPTIONS: `--require ${world.file('clock.cjs', shift)}` } };
}

/** What the user at a place calls over and over, lane by lane; the modules are nobody else's. */
function wishesOf(place: number): Wish[][] {
  return Array.from({ length: LANES }, (_, lane) => {
    const module = `m${place * LANES + lane}`;
    const both = [module, `${module}_base`];
    return [
      { tool: 'oca_link', modules: [module] },
      { tool: 'oca_link', modules: [module] },
      { tool: 'oca_link', modules: [module], isDryRun: true },
      { tool: 'oca_link', modules: [`${module}_maybe`], isCancelled: true },
      { tool: 'oca_unlink', modules: both },
      { tool: 'oca_unlink', modules: both },
      { tool: 'oca_link', modules: ['absent'] },
      { tool: 'oca_unlink', modules: [`${module}_maybe`] },
    ];
  });
}

/** Calls as fast as answers come; one that is refused for its rate again, sooner than it is told to. */
async function liveOn(user: ServerUser, wishes: readonly Wish[], isOver: () => boolean): Promise<void> {
  for (let next = Math.floor(Math.random() * wishes.length); user.isAlive() && !isOver(); ) {
    const { answer, retryAfterMs } = await user.make(wishes[next % wishes.length] as Wish);
    if (answer === 'rate_limited') await pause(Math.random() * retryAfterMs);
    else next++;
  }
}

async function untilAdmitted(user: ServerUser, wish: Wish): Promise<void> {
  for (;;) {
    const { answer, retryAfterMs } = await user.make(wish);
    if (answer !== 'rate_limited') return;
    await pause(retryAfterMs);
  }
}

/** Whether enough has happened: kills, calls that were let through, at each place, and calls that were not. */
function provesSomething(kills: number, everyone: readonly ServerUser[]): boolean {
  const limited = everyone.reduce((sum, user) => sum + answersOf(user, 'rate_limited'), 0);
  const linked = everyone.reduce((sum, user) => sum + answersOf(user, 'linked'), 0);
  const enough = PLACES * LIMIT.max;
  return kills >= PLACES && limited >= enough && linked >= 4 * LIMIT.max && starved(everyone).length === 0;
}

/** The places where nothing could ever be linked. */
function starved(everyone: readonly ServerUser[]): string[] {
  const places = Array.from({ length: PLACES }, (_, place) => `p${place}`);
  const isServed = (place: string) =>
    everyone.some((user) => user.name.startsWith(`${place}-`) && answersOf(user, 'linked') > 0);
  return places.filter((place) => !isServed(place)).map((place) => `${place} never linked anything`);
}

function answersOf({ calls }: ServerUser, answer: string): number {
  return calls.filter((call) => call.answer === answer).length;
}

function unexpected(calls: readonly SeenCall[]): string[] {
  return calls.flatMap(({ client, tool, answer, isSuccess }) => {
    const isFine = isSuccess || answer === null || EXPECTED.includes(answer);
    return isFine ? [] : [`${client}: ${tool} was answered with ${answer}`];
  });
}

/** What lasted of what the limit allows in that time. */
function shareOf({ admitted, givenBack }: Verdict, seconds: number): number {
  return (admitted - givenBack) / ((LIMIT.max * seconds * 1_000_000) / LIMIT.windowUs);
}

function remainsOf({ name, world }: Host): HostRemains {
  const names = readdirSync(world.at('linked'));
  const links = Object.fromEntries(names.map((link) => [link, readlinkSync(world.at('linked', link))]));
  return { name, lines: readLines(world.at('state')), links };
}

async function verifyChain({ config }: Host): Promise<HammerReport['chains'][number]> {
  const { code, stdout } = await runCli(['audit', 'verify', '--json', '--config', config]);
  const { isSound, lines, torn } = JSON.parse(stdout);
  return { isSound: isSound && code === 0, lines, torn: torn.length };
}

/** The servers that come last write one shortly after the other. */
function minutesApart(hosts: readonly HostRemains[]): number {
  const [first, last] = [hosts.at(0), hosts.at(-1)].map((host) => Date.parse(host?.lines.at(-1)?.time ?? ''));
  return Math.round(((last as number) - (first as number)) / 60_000);
}

function countAnswers(calls: readonly SeenCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { answer, isCancelled } of calls) {
    const told = answer ?? (isCancelled === true ? 'taken back' : 'killed');
    counts[told] = (counts[told] ?? 0) + 1;
  }
  return counts;
}

function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** The figures of a run. */
export function summary(report: HammerReport): string {
  const { evidence, verdict, seconds, servers, kills, stops, answers, chains, clocksApartMinutes, faults } =
    report;
  const { admitted, givenBack, open, mostInOneWindow } = verdict;
  const share = `${(shareOf(verdict, seconds) * 100).toFixed(0)} %`;
  const told = chains.map(
    ({ lines, torn, isSound }) => `${lines} lines, ${torn} torn, ${isSound ? 'whole' : 'broken'}`,
  );
  return [
    `${PLACES} processes at a time for ${seconds.toFixed(1)} s, ${servers} servers: ${kills} kills, ${stops} stops`,
    `${evidence.calls.length} calls, answered ${JSON.stringify(answers)}`,
    `${admitted} admissions, ${givenBack} of them given back, ${open} without an outcome`,
    `most in one window: ${JSON.stringify(mostInOneWindow)}, where ${LIMIT.max} are allowed; ${share} of all that are`,
    `trails: ${told.join('; ')}; clocks ${clocksApartMinutes} minutes apart`,
    `${faults.length} faults`,
    ...faults.slice(0, 50),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const store = process.argv[3] === 'postgres' ? 'postgres' : 'journal';
  const report = await hammerServers(store, Number(process.argv[2] ?? 30));
  process.stdout.write(`${summary(report)}\n`);
  process.exitCode = report.faults.length > 0 ? 1 : 0;
}
