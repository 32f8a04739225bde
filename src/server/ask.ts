import {
  type ClientCapabilities,
  type ElicitRequestFormParams,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { AskPerson, Question, Said } from '../gate/consent.ts';
import type { Shown } from './request-state.ts';

/** A longer timer would fire at once (setTimeout(), Node.js documentation). */
const LONGEST_MS = 2 ** 31 - 1;

/** The name of the question among those of an answer: there is only one. */
const QUESTION = 'approval';

/**
 * Asks the person at the client with a form (specification 2025-11-25, "Elicitation") while the call waits. Anything but a
 * clear yes is a no: declining, closing the form, a timeout, an answer in another form.
 * @param signals Aborted when no one waits for the call any more; the form is then withdrawn.
 */
export function askThroughClient(server: Server, ...signals: AbortSignal[]): AskPerson {
  return async (question) => {
    if (!hasForms(server.getClientCapabilities())) return 'unable';
    const signal = AbortSignal.any(signals);
    try {
      const timeout = Math.min(question.timeoutMs, LONGEST_MS);
      const { action, content } = await server.elicitInput(formFor(question), { timeout, signal });
      return saidIn(action, content, question.word);
    } catch {
      return signal.aborted ? 'gone' : 'no';
    }
  };
}

type Responses = ServerContext['mcpReq']['inputResponses'];

/** How a call asks in its answer, and what it asked. */
export interface AskingInAnswer {
  readonly ask: AskPerson;
  /** The question that has to go out as the answer to the call; null if there is none. */
  asked(): Question | null;
}

/**
 * Asks the person at a client that takes no requests (specification 2026-07-28, "Multi Round-Trip Requests"): the call ends
 * with the question, and the client makes the same call again with what the person said.
 * @param capabilities What the client can do, as this very request says.
 * @param responses What the client says that the person said.
 * @param shown What the person was shown, if the call comes with an answer that can be trusted to be about it.
 */
export function askInAnswer(
  capabilities: ClientCapabilities | undefined,
  responses: Responses,
  shown: Shown | null,
): AskingInAnswer {
  const said = shown === null ? null : answerIn(responses, shown.word);
  let asked: Question | null = null;
  const ask: AskPerson = async (question) => {
    if (shown !== null && said !== null) return shown.id === question.id ? said : { about: shown.id, said };
    if (!hasForms(capabilities)) return 'unable';
    asked = question;
    return 'asked';
  };
  return { ask, asked: () => asked };
}

/** The answer to a call that has a question for the person. @param requestState What is to come back with the call. */
export function questionResult(question: Question, requestState: string): InputRequiredResult {
  const form = { method: 'elicitation/create', params: { mode: 'form', ...formFor(question) } } as const;
  return inputRequired({ inputRequests: { [QUESTION]: form }, requestState });
}

/** Whether the client shows forms. One that names no modes shows them, as before there were modes. */
function hasForms(capabilities: ClientCapabilities | undefined): boolean {
  const { elicitation } = capabilities ?? {};
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}

function formFor({ message, word }: Question): ElicitRequestFormParams {
  return {
    message: `${message} Type ${word} to allow it.`,
    requestedSchema: {
      type: 'object',
      properties: { name: { type: 'string', title: 'Name', description: `Type ${word}` } },
      required: ['name'],
    },
  };
}

/** Null if there is no answer: then the person is asked again. */
function answerIn(responses: Responses, word: string): Said | null {
  const response = inputResponse(responses, QUESTION);
  return response.kind === 'elicit' ? saidIn(response.action, response.content, word) : null;
}

function saidIn(action: string, content: Record<string, unknown> | undefined, word: string): Said {
  if (action !== 'accept') return 'no';
  return content?.name === word ? 'yes' : 'mistyped';
}
