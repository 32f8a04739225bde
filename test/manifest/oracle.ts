import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseLiteral } from '../../src/manifest/literal.ts';
import {
  ELLIPSIS,
  PyBytes,
  PyComplex,
  PyDict,
  PyFloat,
  PySet,
  PySurrogateText,
  PyTuple,
  type PyValue,
} from '../../src/manifest/values.ts';

/** A value as test/manifest/oracle.py writes it. */
export type Encoded = unknown;

export type OracleAnswer = { ok: true; value: Encoded } | { ok: false; error: string };

/** CPython's own `ast.literal_eval`, in one child process. */
export interface Oracle {
  /** The version of the interpreter: answers of another one than 3.11 may differ in a few places. */
  readonly version: string;
  ask(texts: readonly string[]): Promise<OracleAnswer[]>;
  /** The name of each code point, empty where it has none, and whether `repr` shows it as it is. */
  characters(): Promise<string[]>;
  close(): void;
}

export async function startOracle(): Promise<Oracle> {
  const script = fileURLToPath(new URL('oracle.py', import.meta.url));
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readLines(child.stdout.setEncoding('utf8'));
  const version = JSON.parse(await nextLine(lines)) as string;
  const request = async (question: unknown): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return JSON.parse(await nextLine(lines));
  };
  return {
    version,
    ask: async (texts) => (await request(texts)) as OracleAnswer[],
    characters: async () => (await request({ characters: true })) as string[],
    close: () => child.stdin.end(),
  };
}

async function* readLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const pieces = chunk.split('\n');
    for (const piece of pieces.slice(0, -1)) {
      yield [...parts, piece].join('');
      parts = [];
    }
    parts.push(pieces.at(-1) ?? '');
  }
}

async function nextLine(lines: AsyncGenerator<string>): Promise<string> {
  const { done, value } = await lines.next();
  if (done) throw new Error('the Python oracle ended early');
  return value;
}

/** Writes a value as test/manifest/oracle.py does, so that equal encodings mean equal Python values. */
export function encode(value: PyValue): Encoded {
  if (value === null) return ['NoneType', 'None'];
  if (value === ELLIPSIS) return ['ellipsis', 'Ellipsis'];
  if (typeof value === 'boolean') return ['bool', value ? 'True' : 'False'];
  if (typeof value === 'number' || typeof value === 'bigint') return ['int', hexInt(BigInt(value))];
  if (typeof value === 'string') return encodeText(value, []);
  if (value instanceof PySurrogateText) return encodeText(value.text, value.separateLows);
  if (value instanceof PyFloat) return ['float', hexFloat(value.value)];
  if (value instanceof PyComplex) return ['complex', hexFloat(value.real), hexFloat(value.imag)];
  if (value instanceof PyBytes) return ['bytes', Buffer.from(value.bytes).toString('hex')];
  if (Array.isArray(value)) return ['list', value.map(encode)];
  if (value instanceof PyTuple) return ['tuple', value.items.map(encode)];
  if (value instanceof PySet) {
    const items = Array.from(value.items(), (item) => encode(item));
    return ['set', items.sort(byPythonJson)];
  }
  if (value instanceof PyDict)
    return ['dict', Array.from(value.entries(), ([k, v]) => [encode(k), encode(v)])];
  throw new Error('not a Python value');
}

/** What differs between this parser and CPython for a text, in words; `undefined` when nothing does. */
export function difference(text: string, python: OracleAnswer): string | undefined {
  const ours = parseLiteral(text);
  const shown = JSON.stringify(text);
  if (ours.ok !== python.ok) {
    const theirs = python.ok ? `accepts: ${JSON.stringify(python.value)}` : `refuses: ${python.error}`;
    return `${shown}: CPython ${theirs}; we ${ours.ok ? 'accept' : `refuse: ${ours.error.message}`}`;
  }
  if (!ours.ok || !python.ok) return undefined;
  const mine = JSON.stringify(encode(ours.value));
  const theirs = JSON.stringify(python.value);
  return mine === theirs ? undefined : `${shown}: CPython has ${theirs}, we have ${mine}`;
}

function encodeText(text: string, separateLows: readonly number[]): Encoded {
  if (/^[\0-\x7f]*$/.test(text)) return ['str', text];
  const codes: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const code = separateLows.includes(i + 1) ? text.charCodeAt(i) : (text.codePointAt(i) ?? 0);
    codes.push(code);
    if (code > 0xffff) i++;
  }
  return ['str', codes];
}

function hexInt(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

/** Python's `float.hex()`. */
function hexFloat(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const sign = bits >> 63n ? '-' : '';
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = (bits & 0xfffffffffffffn).toString(16).padStart(13, '0');
  if (value === 0) return `${sign}0x0.0p+0`;
  const power = exponent === 0 ? -1022 : exponent - 1023;
  return `${sign}0x${exponent === 0 ? 0 : 1}.${fraction}p${power < 0 ? '' : '+'}${power}`;
}

/** The order of `json.dumps`, whose separators hold a space. */
function byPythonJson(a: Encoded, b: Encoded): number {
  const [x, y] = [pythonJson(a), pythonJson(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function pythonJson(value: Encoded): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  return JSON.stringify(value);
}
