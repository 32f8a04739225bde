/** What comes back with an answer to a question is the client's to choose: none of it may be believed unchecked. */
import { readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spawnCli } from '../support/server.ts';
import { type Message, talkTo, wireOf } from '../support/wire.ts';
import { createWorld, type World } from '../support/world.ts';

const ASK = { action: 'require_approval' };
const POLICY = {
  version: '1',
  default: 'allow',
  approval_channel: 'elicit',
  tools: { oca_link: ASK, oca_unlink: ASK },
};
const LINK = { name: 'oca_link', arguments: { module: 'a' } };
const YES = { approval: { action: 'accept', content: { name: 'a' } } };

function prepare(): { world: World; config: string } {
  const world = createWorld();
  for (const name of ['a', 'b']) world.module(`src/oca/web/${name}`);
  return { world, config: world.config({}, { policy: POLICY }) };
}

/** A server whose client shows forms. */
function start({ world, config }: ReturnType<typeof prepare>) {
  const child = spawnCli(['serve', '--config', config]);
  onTestFinished(() => void child.kill());
  const wire = wireOf('modern', { elicitation: { form: {} } });
  child.stdin.write(wire.hello);
  const talk = talkTo(child, wire);
  const call = (params: object) => talk.ask('tools/call', params);
  /** Makes a call that needs an approval; returns what the client keeps. */
  const question = async (params: object = LINK): Promise<string> => {
    const { result } = await call(params);
    expect(result).toMatchObject({
      resultType: 'input_required',
      inputRequests: { approval: { method: 'elicitation/create', params: { mode: 'form' } } },
    });
    return result.requestState;
  };
  const answer = (requestState: unknown, params: object = LINK, inputResponses: object = YES) =>
    call({ ...params, requestState, inputResponses });
  const links = () => readdirSync(world.at('linked'));
  return { talk, call, question, answer, links };
}

const refused = ({ result }: Message) => result.structuredContent;
const BAD = { status: 'refused', code: 'invalid_request_state' };

/** The same state with other contents, and the signature it had. */
function rewritten(state: string, change: (payload: { p: object; exp: number }) => object): string {
  const [version, body, mac] = state.split('.') as [string, string, string];
  const payload = JSON.parse(Buffer.from(body, 'base64url').toString());
  return [version, Buffer.from(JSON.stringify(change(payload))).toString('base64url'), mac].join('.');
}

describe('an answer with the state that the server gave', () => {
  it('is taken once', async () => {
    const parts = prepare();
    const { question, answer, links } = start(parts);
    const state = await question();
    expect(links()).toEqual([]);
    expect(refused(await answer(state))).toMatchObject({ status: 'linked' });
    expect(links()).toEqual(['a']);
    unlinkSync(parts.world.at('linked/a'));
    expect(refused(await answer(state))).toMatchObject({
      ...BAD,
      reason: 'what was answered is already decided, or has expired',
    });
    expect(links()).toEqual([]);
  });

  it('may have the arguments in another order, and more that nobody asked for', async () => {
    const { question, answer } = start(prepare());
    const state = await question({ name: 'oca_link', arguments: { module: 'a', replace: false } });
    const again = { name: 'oca_link', arguments: { replace: false, module: 'a' } };
    const more = { ...YES, other: { action: 'decline' } };
    expect(refused(await answer(state, again, more))).toMatchObject({ status: 'linked' });
  });

  it.each([
    ['nothing', {}],
    ['another key', { other: YES.approval }],
    ['what is no answer to a form', { approval: { roots: [] } }],
    ['an answer in a wrapper', { approval: { method: 'elicitation/create', result: YES.approval } }],
    ['a text', { approval: 'accept' }],
  ])('that says %s is asked for once more', async (_, responses) => {
    const { question, answer, links } = start(prepare());
    const { result } = await answer(await question(), LINK, responses);
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { approval: {} } });
    expect(links()).toEqual([]);
    expect(refused(await answer(result.requestState))).toMatchObject({ status: 'linked' });
  });

  it('that declines stands, whatever comes later', async () => {
    const { question, answer, links } = start(prepare());
    const state = await question();
    const denied = { code: 'policy_denied', reason: 'it was not approved' };
    expect(refused(await answer(state, LINK, { approval: { action: 'decline' } }))).toMatchObject(denied);
    expect(refused(await answer(state))).toMatchObject(denied);
    expect(links()).toEqual([]);
  });
});

describe('a state that', () => {
  it.each<[string, (state: string) => unknown]>([
    ['is empty', () => ''],
    ['is a number', () => 7],
    ['is null', () => null],
    ['is an object', (state) => ({ state })],
    ['is a list of the right one', (state) => [state]],
    ['is nothing but dots', () => '...'],
    ['has no signature', (state) => state.slice(0, state.lastIndexOf('.') + 1)],
    ['has half a signature', (state) => state.slice(0, -20)],
    ['has another signature', (state) => `${state.slice(0, -2)}${state.endsWith('A') ? 'BB' : 'AA'}`],
    ['has another prefix', (state) => state.replace(/^v1/, 'v2')],
    ['lasts longer', (state) => rewritten(state, (payload) => ({ ...payload, exp: payload.exp + 1e6 }))],
    [
      'asks for another word',
      (state) => rewritten(state, (payload) => ({ ...payload, p: { ...payload.p, word: '' } })),
    ],
    [
      'names another request',
      (state) => rewritten(state, (payload) => ({ ...payload, p: { ...payload.p, id: '0000000000' } })),
    ],
    ['is bound to nothing', (state) => rewritten(state, ({ p, exp }) => ({ p, exp }))],
    ['is very long', (state) => state + 'A'.repeat(500_000)],
  ])('%s is refused', async (_, forge) => {
    const parts = prepare();
    const { question, answer, links } = start(parts);
    const state = await question();
    const message = await answer(forge(state));
    expect(message.result.isError).toBe(true);
    expect(refused(message)).toMatchObject({
      ...BAD,
      message: expect.stringContaining('this server did not make it, or it was changed'),
      hint: expect.stringContaining('again without requestState'),
    });
    expect(JSON.stringify(message).length).toBeLessThan(2000);
    expect(links()).toEqual([]);
    // The right one still counts.
    expect(refused(await answer(state))).toMatchObject({ status: 'linked' });
    const lines = readFileSync(parts.world.at('state/audit.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line)).map(({ decision, code }) => [decision, code])).toEqual([
      ['approval', 'approval_required'],
      ['refuse', 'invalid_request_state'],
      ['allow', null],
      [undefined, null],
    ]);
  });

  it.each<[string, object]>([
    ['other arguments', { name: 'oca_link', arguments: { module: 'b' } }],
    ['more arguments', { name: 'oca_link', arguments: { module: 'a', replace: true } }],
    ['another tool', { name: 'oca_unlink', arguments: { module: 'a' } }],
  ])('was given for %s is refused', async (_, other) => {
    const { question, answer, links } = start(prepare());
    const state = await question();
    expect(refused(await answer(state, other))).toMatchObject({
      ...BAD,
      message: expect.stringContaining('it belongs to another call or another caller'),
    });
    expect(links()).toEqual([]);
  });

  it('another server of the same user gave is refused', async () => {
    const parts = prepare();
    const [one, other] = [start(parts), start(parts)];
    expect(refused(await other.answer(await one.question()))).toMatchObject(BAD);
    expect(one.links()).toEqual([]);
  });

  it.each<[string, object]>([
    ['a dry run', { name: 'oca_link', arguments: { module: 'a', dry_run: true } }],
    ['a call that reads', { name: 'link_status', arguments: {} }],
  ])('nobody needs is refused all the same: %s', async (_, params) => {
    const { answer } = start(prepare());
    expect(refused(await answer('v1.e30.AAAA', params))).toMatchObject(BAD);
  });

  it('is forged is refused for a resource', async () => {
    const { talk } = start(prepare());
    const read = { uri: 'odoo-link://prod/links', requestState: 'v1.e30.AAAA' };
    expect((await talk.ask('resources/read', read)).error).toMatchObject({
      code: -32600,
      message: expect.stringContaining('[invalid_request_state]'),
    });
  });
});
