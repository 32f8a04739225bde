/** The same jobs through every client, whichever revision of the protocol it speaks. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { packageVersion } from '../../src/package.ts';
import { preload } from '../support/beneath.ts';
import { CLIENT_NAMES, CLIENTS, type ClientName } from '../support/clients.ts';
import { eventually } from '../support/patience.ts';
import { finished, runCli, spawnCli, startServer } from '../support/server.ts';
import { snapshot } from '../support/snapshot.ts';
import { talkTo, wireOf } from '../support/wire.ts';
import { createWorld, type World } from '../support/world.ts';

const ALLOW = { version: '1', default: 'allow' };
const ASK = { ...ALLOW, approval_channel: 'elicit', tools: { oca_link: { action: 'require_approval' } } };

/** A world with a module, and its server with a client. The policy is in a file. */
async function start(
  client: ClientName,
  policy: object = ALLOW,
  given: (world: World) => string[] | undefined = () => undefined,
) {
  const world = createWorld();
  world.module('src/oca/web/web_a', { summary: 'A summary' });
  const before = given(world);
  const file = world.file('policy.json', JSON.stringify(policy));
  const server = await startServer(['--config', world.config({}, { policy: file })], {
    client,
    ...(before !== undefined && { command: [process.execPath, ...before] }),
    answerForm: () => ({ action: 'accept', content: { name: 'web_a' } }),
  });
  const links = () => readdirSync(world.at('linked'));
  const obey = (next: object) => writeFileSync(file, JSON.stringify(next));
  /** Who the audit trail says has called. */
  const callers = () => {
    const lines = readFileSync(world.at('state/audit.jsonl'), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line).client);
  };
  return { world, server, client: server.client, links, obey, callers };
}

describe.each(CLIENT_NAMES)('%s', (name) => {
  it('connects, and speaks the newest revision that it knows', async () => {
    const { server, client } = await start(name);
    expect(client.getServerVersion()).toMatchObject({ name: 'odoo-link-mcp' });
    expect(client.getInstructions()).toContain('prod (Odoo 17.0');
    if (name !== 'SDK 1') expect(client.getNegotiatedProtocolVersion()).toBe(CLIENTS[name]);
    expect(server.stderr()).toBe('');
  });

  it('lists tools, prompts, resources and their templates', async () => {
    const { client } = await start(name);
    expect((await client.listTools()).tools).toHaveLength(8);
    expect((await client.listPrompts()).prompts).toHaveLength(2);
    expect((await client.listResources()).resources).toHaveLength(2);
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(2);
  });

  it('links a module, under its own name in the audit trail', async () => {
    const { server, links, callers } = await start(name);
    const { data, text } = await server.call('oca_link', { module: 'web_a' });
    expect(data).toMatchObject({ status: 'linked', links: [{ module: 'web_a' }] });
    expect(text).toContain('web_a');
    expect(links()).toEqual(['web_a']);
    const caller = { name: 'test', version: '0' };
    expect(callers()).toEqual([caller, caller]);
  });

  it('is refused with a code, by the service and by the policy', async () => {
    const { server, links } = await start(name, { ...ALLOW, tools: { ee_link: { action: 'deny' } } });
    expect((await server.call('oca_link', { module: 'none' })).data).toMatchObject({
      code: 'module_not_found',
    });
    expect((await server.call('oca_link', { modul: 'a' })).data).toMatchObject({ code: 'invalid_argument' });
    expect((await server.call('ee_link', { modules: ['a'] })).data).toMatchObject({ code: 'policy_denied' });
    expect(links()).toEqual([]);
  });

  it('asks its user for an approval', async () => {
    const { server, links } = await start(name, ASK);
    expect((await server.call('oca_link', { module: 'web_a' })).data).toMatchObject({ status: 'linked' });
    expect(links()).toEqual(['web_a']);
  });

  it('asks its user for an approval to read a resource', async () => {
    const policy = { ...ASK, tools: { link_status: { action: 'require_approval' } } };
    const { client } = await start(name, policy);
    const read = client.readResource({ uri: 'odoo-link://prod/links' });
    // The word for a call that changes nothing is the name of the tool: this user types another one.
    expect(await read.catch((error) => error.message)).toMatch(/the typed name is not the one asked for/);
  });

  it('reads a resource, and is told in the same way of one that is not there', async () => {
    const { client } = await start(name);
    const { contents } = await client.readResource({ uri: 'odoo-link://prod/modules/web_a' });
    expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ module: 'web_a' });
    const missing = client.readResource({ uri: 'odoo-link://prod/modules/none' });
    expect(await missing.catch(({ code, data }) => ({ code, data }))).toEqual({
      code: -32602,
      data: { uri: 'odoo-link://prod/modules/none' },
    });
  });

  it('completes names, and gets a prompt', async () => {
    const { client } = await start(name);
    const { completion } = await client.complete({
      ref: { type: 'ref/prompt', name: 'why_not_visible' },
      argument: { name: 'module', value: 'web' },
    });
    expect(completion.values).toEqual(['web_a']);
    const { messages } = await client.getPrompt({ name: 'why_not_visible', arguments: { module: 'web_a' } });
    expect(JSON.stringify(messages)).toContain('web_a');
  });

  const names = Array.from({ length: 200 }, (_, index) => `m${index}`);
  const many = (world: World) => {
    for (const module of names) world.module(`src/oca/web/${module}`);
    return undefined;
  };
  /** Each link takes its time, so that a client is in time to cancel the call however busy the machine is. */
  const slowly = (world: World) => {
    many(world);
    return preload(
      world,
      'slow-links',
      `const fs = require('node:fs');
       const { symlinkSync } = fs;
       const nobody = new Int32Array(new SharedArrayBuffer(4));
       fs.symlinkSync = (...given) => {
         Atomics.wait(nobody, 0, 0, 50);
         return symlinkSync(...given);
       };
       require('node:module').syncBuiltinESMExports();`,
    );
  };

  it('is told how far a call has come', async () => {
    const { server } = await start(name, ALLOW, many);
    const seen: number[] = [];
    const onprogress = ({ progress }: { progress: number }) => void seen.push(progress);
    const { data } = await server.call('oca_link', { module: names }, { onprogress });
    expect(data.status).toBe('linked');
    expect(seen.length).toBeGreaterThan(1);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  it('cancels a call in the middle, and nothing of it is left', async () => {
    const { world, server } = await start(name, ALLOW, slowly);
    const before = snapshot(world.at('linked'));
    const cancel = new AbortController();
    const options = { signal: cancel.signal, onprogress: () => cancel.abort() };
    const pending = server.call('oca_link', { module: names }, options);
    expect(await pending.then(String, (error: Error) => error.message)).toMatch(/abort/i);
    await eventually(() => expect(snapshot(world.at('linked')).length).toBe(before.length));
    expect((await server.call('oca_link', { module: 'web_a' })).data.status).toBe('linked');
  });

  it('is told when another policy changes what is listed, though it makes no call', async () => {
    const { server, client, obey } = await start(name);
    const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    if (CLIENTS[name] === '2026-07-28') await client.listen(all);
    obey({ ...ALLOW, hide: ['link_status', 'addon_info'] });
    await eventually(() => {
      expect([...server.told].sort()).toEqual([
        'notifications/prompts/list_changed',
        'notifications/resources/list_changed',
        'notifications/tools/list_changed',
      ]);
    });
    expect((await client.listTools()).tools).toHaveLength(6);
    expect((await client.listPrompts()).prompts).toHaveLength(1);
    expect((await client.listResources()).resources).toHaveLength(1);
  });
});

describe('on the wire', () => {
  const start = (era: 'legacy' | 'modern', policy: object | string, hasHello = true) => {
    const world = createWorld();
    const child = spawnCli(['serve', '--config', world.config({}, { policy })]);
    const wire = wireOf(era);
    if (hasHello) child.stdin.write(wire.hello);
    return { child, talk: talkTo(child, wire) };
  };

  it('lists are the same in both eras, but for what the revision adds', async () => {
    const lists = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
    for (const list of lists) {
      const [legacy, modern] = [start('legacy', ALLOW), start('modern', ALLOW)];
      const [before, { resultType, ttlMs, cacheScope, _meta, ...now }] = await Promise.all([
        legacy.talk.ask(list).then(({ result }) => result),
        modern.talk.ask(list).then(({ result }) => result),
      ]);
      expect(now).toEqual(before);
      // A release changes the version, and nothing else of it.
      const { version, ...server } = _meta['io.modelcontextprotocol/serverInfo'];
      expect(version).toBe(packageVersion());
      expect({ resultType, ttlMs, cacheScope, server }).toMatchSnapshot(list);
      for (const { child } of [legacy, modern]) child.stdin.end();
    }
  });

  it('lists may be kept only where no file can change them, and what a resource says never', async () => {
    const file = createWorld().file('policy.json', JSON.stringify(ALLOW));
    for (const [policy, lasting] of [
      [ALLOW, 3_600_000],
      [file, 0],
    ] as const) {
      const { child, talk } = start('modern', policy);
      for (const method of ['server/discover', 'tools/list', 'resources/templates/list'])
        expect((await talk.ask(method)).result).toMatchObject({ ttlMs: lasting, cacheScope: 'private' });
      const { result } = await talk.ask('resources/read', { uri: 'odoo-link://instances' });
      expect(result).toMatchObject({ ttlMs: 0, cacheScope: 'private' });
      child.stdin.end();
    }
  });

  it('an error has the words of the server alone', async () => {
    for (const era of ['legacy', 'modern'] as const) {
      const { child, talk } = start(era, ALLOW);
      const { error } = await talk.ask('tools/call', { name: 'none' });
      expect(error).toEqual({ code: -32602, message: 'No tool has this name.' });
      const { error: other } = await talk.ask('resources/read', {});
      expect(other).toEqual({ code: -32602, message: expect.stringMatching(/^params\.uri: /) });
      child.stdin.end();
    }
  });

  it('a client that asks for the revisions first may still begin with a handshake', async () => {
    const [later, earlier] = [wireOf('modern'), wireOf('legacy')];
    const hello = earlier.hello.replace('"id":0', '"id":1');
    const input = [later.hello, hello, earlier.request(2, 'tools/list')].join('');
    const { stdout } = await runCli(['serve', '--config', createWorld().config()], { input });
    const [revisions, handshake, list] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).result);
    expect(revisions.supportedVersions).toEqual(['2026-07-28']);
    expect(handshake.protocolVersion).toBe('2025-11-25');
    expect(Object.keys(list)).toEqual(['tools']);
  });

  it('a request of another revision is refused, at the beginning and later', async () => {
    const { child, talk } = start('modern', ALLOW, false);
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2099-01-01',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    for (const method of ['tools/list', 'server/discover', 'tools/call', 'subscriptions/listen']) {
      const { error } = await talk.ask(method, { _meta, name: 'link_status' });
      expect(error).toMatchObject({
        code: -32022,
        data: { supported: ['2026-07-28'], requested: '2099-01-01' },
      });
      expect((await talk.ask('tools/list')).result.tools).toHaveLength(8);
    }
    child.stdin.end();
  });

  it('a client that asks for the newest revision may still begin with a handshake', async () => {
    const { child, talk } = start('modern', ALLOW);
    const legacy = talkTo(child, wireOf('legacy'));
    const handshake = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'x', version: '0' },
    };
    expect((await legacy.ask('initialize', handshake)).result.protocolVersion).toBe('2025-06-18');
    expect((await legacy.ask('tools/list')).result).not.toHaveProperty('resultType');
    // From here on a revision in a request says nothing.
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    expect((await legacy.ask('tools/list', { _meta })).result.tools).toHaveLength(8);
    expect(talk.told).toEqual([]);
    child.stdin.end();
  });

  it.each(['legacy', 'modern'] as const)(
    'arguments that are a text of a megabyte are refused at once, and arguments nested deeply have a line in the trail: %s',
    async (era) => {
      const world = createWorld();
      const child = spawnCli(['serve', '--config', world.config()]);
      const wire = wireOf(era);
      child.stdin.write(wire.hello);
      const talk = talkTo(child, wire);
      const long = await talk.ask('tools/call', { name: 'oca_link', arguments: 'x'.repeat(1_000_000) });
      expect(long.result.structuredContent).toMatchObject({ code: 'invalid_argument' });
      let nested: unknown = [];
      for (let depth = 0; depth < 3000; depth++) nested = [nested];
      const deep = await talk.ask('tools/call', { name: 'oca_link', arguments: { module: 'a', x: nested } });
      expect(deep.result.structuredContent).toMatchObject({ code: 'invalid_argument' });
      child.stdin.end();
      await finished(child);
      const lines = readFileSync(world.at('state/audit.jsonl'), 'utf8').split('\n');
      expect(lines.filter((line) => line.includes('"decision"'))).toHaveLength(2);
    },
  );

  it('a notification before the first request does not decide how the client speaks', async () => {
    const { child, talk } = start('modern', ALLOW);
    child.stdin.write(wireOf('legacy').notification('notifications/cancelled', { requestId: 'x' }));
    expect((await talk.ask('tools/list')).result).toHaveProperty('resultType', 'complete');
    child.stdin.end();
  });

  it('a subscription is answered when the server ends', async () => {
    const { child, talk } = start('modern', ALLOW);
    const answered = talk.ask('subscriptions/listen', { notifications: { toolsListChanged: true } });
    await eventually(() => expect(talk.told).toHaveLength(1));
    expect(talk.told[0]?.params.notifications).toEqual({ toolsListChanged: true });
    child.kill('SIGTERM');
    expect((await answered).result).toMatchObject({ resultType: 'complete' });
  });
});
