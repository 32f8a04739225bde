/**
 * What the suite of conformance wants to find in a server to see what its protocol does: tools, resources and prompts that
 * have no other use. They are added to what this program has, for its transport and its protocol's end to be tried with
 * all that the protocol has.
 */
import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  inputRequired,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { createRequestStates } from '../../src/server/request-state.ts';
import type { LinkServer } from '../../src/server/server.ts';

// biome-ignore lint/suspicious/noExplicitAny: parameters and results of every method
type Any = any;
type Handler = (request: Any, context: ServerContext) => Promise<Any>;

/** What a tool or a prompt is called with. */
interface Call {
  readonly args: Readonly<Record<string, string>>;
  readonly server: Server;
  readonly context: ServerContext;
  /** What the client brings from the person, by the name of the question. */
  readonly brought: Any;
  /** What of the state that the client was given came back. */
  readonly state: string | undefined;
  /** Calls a tool of this program in its place. */
  through(params: object): Promise<Any>;
}
type Fixture = (call: Call) => Any;

/** A picture of one dot, and a sound of none. */
const IMAGE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg==';
const AUDIO = 'UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=';

const text = (said: string) => ({ type: 'text', text: said });
const image = { type: 'image', data: IMAGE, mimeType: 'image/png' };
const embedded = (uri: string) => ({
  type: 'resource',
  resource: { uri, mimeType: 'text/plain', text: 'The content of a resource.' },
});
const answer = (...content: object[]) => ({ content });
const message = (content: object) => ({ role: 'user', content });

const form = (question: string, name: string, type = 'string') => ({
  method: 'elicitation/create' as const,
  params: {
    mode: 'form' as const,
    message: question,
    requestedSchema: { type: 'object' as const, properties: { [name]: { type } as never }, required: [name] },
  },
});
const sampling = (said: string) => ({
  method: 'sampling/createMessage' as const,
  params: {
    messages: [{ role: 'user' as const, content: { type: 'text' as const, text: said } }],
    maxTokens: 50,
  },
});
const roots = { method: 'roots/list' as const };

/** Shows a form while the call waits. */
const showForm = async (
  { server }: Call,
  properties: object,
  required: string[],
  said = 'Fill in the form.',
) => {
  const requestedSchema = { type: 'object', properties, required } as never;
  const { action, content } = await server.elicitInput({ message: said, requestedSchema });
  return answer(text(`action=${action}, content=${JSON.stringify(content ?? {})}`));
};

const named = (names: readonly string[]) => names.map((name) => ({ const: name, title: `Choice ${name}` }));
const choices = ['one', 'two', 'three'];
const ENUMS = {
  untitledSingle: { type: 'string', enum: choices },
  titledSingle: { type: 'string', oneOf: named(choices) },
  legacyEnum: { type: 'string', enum: choices, enumNames: ['First', 'Second', 'Third'] },
  untitledMulti: { type: 'array', items: { type: 'string', enum: choices } },
  titledMulti: { type: 'array', items: { anyOf: named(choices) } },
};
const DEFAULTS = {
  name: { type: 'string', default: 'John Doe' },
  age: { type: 'integer', default: 30 },
  score: { type: 'number', default: 95.5 },
  status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
  verified: { type: 'boolean', default: true },
};

const states = createRequestStates();
/** A state of which nothing but the question's own name is used. */
const seal = (id: string, call = 'fixture') => states.seal({ id, word: '' }, call, 60_000);
const open = async (state: string | undefined, call = 'fixture'): Promise<string> => {
  const opened = await states.open(state, call);
  if (typeof opened !== 'string') return opened.id;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, `The requestState cannot be accepted: ${opened}.`);
};

const capabilitiesOf = ({ mcpReq }: ServerContext): ClientCapabilities =>
  (mcpReq.envelope as Any)?.[CLIENT_CAPABILITIES_META_KEY] ?? {};

const askName: Fixture = ({ brought }) => {
  const name = brought.user_name?.content?.name;
  if (typeof name === 'string') return answer(text(`Hello, ${name}!`));
  return inputRequired({ inputRequests: { user_name: form('What is your name?', 'name') } });
};

/** Asks for a confirmation, with a state that has to come back as it was. */
const confirm: Fixture = async ({ brought, state }) => {
  if (state !== undefined && (await open(state)) === 'confirm' && brought.confirm !== undefined)
    return answer(text('state-ok'));
  const inputRequests = { confirm: form('Please confirm', 'ok', 'boolean') };
  return inputRequired({ inputRequests, requestState: await seal('confirm') });
};

const TOOLS: Readonly<Record<string, Fixture>> = {
  test_simple_text: () => answer(text('This is a simple text response for testing.')),
  test_image_content: () => answer(image),
  test_audio_content: () => answer({ type: 'audio', data: AUDIO, mimeType: 'audio/wav' }),
  test_embedded_resource: () => answer(embedded('test://embedded-resource')),
  test_multiple_content_types: () =>
    answer(text('Multiple content types:'), image, embedded('test://mixed-content-resource')),
  test_error_handling: () => ({
    ...answer(text('This tool intentionally returns an error.')),
    isError: true,
  }),
  async test_tool_with_progress({ context: { mcpReq } }) {
    const progressToken = mcpReq._meta?.progressToken ?? 0;
    for (const progress of [0, 50, 100])
      await mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken, progress, total: 100 },
      });
    return answer(text('done'));
  },
  async test_sampling({ server, args }) {
    const { content } = await server.createMessage(sampling(args.prompt ?? '').params);
    return answer(text(`LLM response: ${JSON.stringify(content)}`));
  },
  test_elicitation: (call) =>
    showForm(call, { response: { type: 'string' } }, ['response'], call.args.message),
  test_elicitation_sep1034_defaults: (call) => showForm(call, DEFAULTS, []),
  test_elicitation_sep1330_enums: (call) => showForm(call, ENUMS, []),
  json_schema_2020_12_tool: () => answer(text('called')),
  test_missing_capability({ context }) {
    if (capabilitiesOf(context).sampling !== undefined) return answer(text('done'));
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { sampling: {} } });
  },
  test_streaming_elicitation: askName,
  test_logging_tool: () => answer(text('done')),
  async test_trigger_tool_change({ server }) {
    await server.sendToolListChanged();
    return answer(text('done'));
  },
  async test_trigger_prompt_change({ server }) {
    await server.sendPromptListChanged();
    return answer(text('done'));
  },
  test_input_required_result_elicitation: askName,
  test_input_required_result_sampling({ brought }) {
    const { sample } = brought;
    if (sample !== undefined) return answer(text(`Sampling result: ${JSON.stringify(sample.content)}`));
    return inputRequired({ inputRequests: { sample: sampling('What is the capital of France?') } });
  },
  test_input_required_result_list_roots({ brought }) {
    if (brought.roots !== undefined) return answer(text(`${brought.roots.roots?.length} roots`));
    return inputRequired({ inputRequests: { roots } });
  },
  test_input_required_result_request_state: confirm,
  // Called by another name: what is tried is the approval of a real call.
  test_input_required_result_tampered_state: ({ through }) =>
    through({ name: 'oca_link', arguments: { module: 'report_stamp' } }),
  async test_input_required_result_multiple_inputs({ brought, state }) {
    if (state !== undefined && (await open(state)) === 'several')
      return answer(text(`came: ${Object.keys(brought)}`));
    const inputRequests = {
      user_name: form('What is your name?', 'name'),
      greeting: sampling('Generate a greeting'),
      roots,
    };
    return inputRequired({ inputRequests, requestState: await seal('several') });
  },
  async test_input_required_result_multi_round({ brought, state }) {
    const round = state === undefined ? null : await open(state);
    if (round === 'second' && brought.color !== undefined) return answer(text('Both were answered.'));
    if (round === 'first' && brought.name !== undefined)
      return inputRequired({
        inputRequests: { color: form('Step 2: What is your favorite color?', 'color') },
        requestState: await seal('second'),
      });
    return inputRequired({
      inputRequests: { name: form('Step 1: What is your name?', 'name') },
      requestState: await seal('first'),
    });
  },
  test_input_required_result_capabilities({ context, brought }) {
    if (Object.keys(brought).length > 0) return answer(text('done'));
    const { elicitation, sampling: samples } = capabilitiesOf(context);
    return inputRequired({
      inputRequests: {
        ...(elicitation !== undefined && { form: form('What?', 'value') }),
        ...(samples !== undefined && { sample: sampling('Say it.') }),
      },
      requestState: 'none',
    });
  },
};

/** The schema of a tool that has all that a schema may have. */
const FULL_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: {
      $anchor: 'addressDef',
      type: 'object',
      properties: { street: { type: 'string' }, city: { type: 'string' } },
    },
  },
  properties: {
    name: { type: 'string' },
    address: { $ref: '#/$defs/address' },
    contactMethod: { type: 'string', enum: ['phone', 'email'] },
    phone: { type: 'string' },
    email: { type: 'string' },
  },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
  if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['email'] },
  additionalProperties: false,
};

const PROMPTS: Readonly<Record<string, Fixture>> = {
  test_simple_prompt: () => ({ messages: [message(text('This is a simple prompt for testing.'))] }),
  test_prompt_with_arguments: ({ args: { arg1, arg2 } }) => ({
    messages: [message(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`))],
  }),
  test_prompt_with_embedded_resource: ({ args }) => ({
    messages: [message(embedded(args.resourceUri ?? '')), message(text('Please process it.'))],
  }),
  test_prompt_with_image: () => ({ messages: [message(image), message(text('Please look at it.'))] }),
  test_input_required_result_prompt({ brought }) {
    if (brought.context !== undefined) return { messages: [message(text(JSON.stringify(brought.context)))] };
    return inputRequired({ inputRequests: { context: form('What context?', 'context') } });
  },
};

function resourceAt(uri: string): object | null {
  const [, id] = /^test:\/\/template\/([^/]+)\/data$/.exec(uri) ?? [];
  const mimeType = 'text/plain';
  if (id !== undefined) return { uri, mimeType: 'application/json', text: JSON.stringify({ id }) };
  if (uri === 'test://static-text') return { uri, mimeType, text: 'This is a static text resource.' };
  return uri === 'test://static-binary' ? { uri, mimeType: 'image/png', blob: IMAGE } : null;
}

const listed = (fixtures: object) =>
  Object.keys(fixtures).map((name) => ({ name, description: 'A fixture' }));
/** What lists get to have besides their own. */
const LISTS: Readonly<Record<string, Readonly<Record<string, readonly object[]>>>> = {
  'tools/list': {
    tools: listed(TOOLS).map((tool) => ({
      ...tool,
      inputSchema: tool.name === 'json_schema_2020_12_tool' ? FULL_SCHEMA : { type: 'object' },
    })),
  },
  'prompts/list': { prompts: listed(PROMPTS) },
  'resources/list': {
    resources: ['static-text', 'static-binary'].map((name) => ({ name, uri: `test://${name}` })),
  },
  'resources/templates/list': {
    resourceTemplates: [{ name: 'template', uriTemplate: 'test://template/{id}/data' }],
  },
};

/** Adds the fixtures to a server. */
export function withFixtures(link: LinkServer): LinkServer {
  return { ...link, open: (era) => added(link.open(era)) };
}

function added(server: Server): Server {
  /** What answers a method so far, which the SDK keeps to itself. */
  const before = (method: string) =>
    (server as unknown as { _getRequestHandler(method: string): Handler })._getRequestHandler(method);
  const call = server.fallbackRequestHandler as Handler;
  const callOf = ({ params }: Any, context: ServerContext): Call => {
    const { mcpReq } = context;
    const brought = mcpReq.inputResponses ?? {};
    const through = (own: object) => call({ method: 'tools/call', params: { ...params, ...own } }, context);
    return { args: params.arguments ?? {}, server, context, brought, state: mcpReq.requestState(), through };
  };
  for (const [method, more] of Object.entries(LISTS)) {
    const own = before(method);
    server.setRequestHandler(method as 'tools/list', async (request, context) => {
      const list = await own(request, context);
      return {
        ...list,
        ...Object.fromEntries(Object.entries(more).map(([key, its]) => [key, [...list[key], ...its]])),
      };
    });
  }
  server.fallbackRequestHandler = async (request, context) => {
    const fixture = request.method === 'tools/call' ? TOOLS[(request as Any).params?.name] : undefined;
    return fixture === undefined ? call(request, context) : fixture(callOf(request, context));
  };
  const get = before('prompts/get');
  server.setRequestHandler('prompts/get', async (request, context) => {
    const fixture = PROMPTS[request.params.name];
    return fixture === undefined ? get(request, context) : fixture(callOf(request, context));
  });
  const read = before('resources/read');
  server.setRequestHandler('resources/read', async (request, context) => {
    const content = resourceAt(request.params.uri);
    return content === null ? read(request, context) : { contents: [content] };
  });
  return server;
}
