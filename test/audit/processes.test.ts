import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openTrail } from '../../src/audit/trail.ts';
import { verifyTrail } from '../../src/audit/verify.ts';
import { buildDriver } from '../support/driver.ts';
import { type Finished, finished } from '../support/server.ts';
import { createWorld, type World } from '../support/world.ts';
import { readLines, trailFiles, writeCalls } from './entries.ts';

/** How a process ends: it is done, it is killed from outside, or it dies in the middle of its Nth write. */
type End = 'done' | 'killed' | number;

const EIGHT: End[] = ['done', 'done', 'done', 10, 20, 30, 'killed', 'killed'];

const MS = 2500;

async function run(world: World, maxBytes: number, end: End): Promise<Finished> {
  const death = typeof end === 'number' ? end : 0;
  const args = ['write', world.at('state'), MS, maxBytes, death].map(String);
  const child = spawn(process.execPath, [world.at('driver.mjs'), ...args]);
  child.stdin.end();
  const ended = finished(child);
  if (end === 'killed') {
    await setTimeout(MS * (0.3 + 0.6 * Math.random()));
    child.kill('SIGKILL');
  }
  return ended;
}

const acknowledged = (ends: readonly Finished[], word: string) =>
  ends.flatMap(({ stdout }) =>
    [...stdout.matchAll(new RegExp(`^${word} (\\S+)$`, 'gm'))].map(([, id]) => id),
  );

describe('eight processes that write at once', () => {
  it.each([
    ['to one file', 1e9],
    ['to files that are rotated all the time', 8000],
  ])('leave a valid chain %s, whoever is killed, with every acknowledged line once', async (_, maxBytes) => {
    const world = createWorld();
    await buildDriver(world.path, 'audit/driver.ts');
    const ends = await Promise.all(EIGHT.map((end) => run(world, maxBytes, end)));
    expect(ends.slice(0, 3).map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    const stateDir = world.at('state');
    // Whoever comes next seals what the last one to be killed may have left.
    const trail = openTrail(stateDir, { log: () => {} });
    await writeCalls(trail, 1);
    await trail.close();

    const lines = readLines(stateDir);
    const idsOf = (kind: string) =>
      lines.flatMap((line) => ('id' in line && line.kind === kind ? [line.id] : []));
    for (const [word, kind] of [
      ['decided', 'decision'],
      ['concluded', 'outcome'],
    ] as const) {
      const ids = idsOf(kind);
      expect(new Set(ids).size).toBe(ids.length);
      const told = acknowledged(ends, word);
      expect(told.length).toBeGreaterThan(EIGHT.length);
      expect(told.filter((id) => !ids.includes(id as string))).toEqual([]);
    }
    const open = idsOf('decision').length - idsOf('outcome').length;
    const verified = verifyTrail(stateDir);
    expect(verified).toMatchObject({
      ok: true,
      value: {
        isSound: true,
        lines: lines.length,
        head: { seq: lines.length },
        anchor: null,
        openCount: open,
      },
    });
    // To cut between two lines, of all places, is a chance of one in hundreds for each.
    expect(verified.ok && verified.value.torn.length).toBeGreaterThan(0);
    expect(trailFiles(stateDir).length > 5).toBe(maxBytes === 8000);
    // All of them had the same arguments, and one key, though they started at the same time.
    const keys = lines.flatMap((line) => (line.kind === 'decision' ? [line.arguments] : []));
    expect(new Set(keys.slice(0, -1)).size).toBe(1);
    expect(readdirSync(stateDir).filter((name) => name.startsWith('audit.key'))).toEqual(['audit.key']);
  });
});
