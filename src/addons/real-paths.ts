import { lineOf, type Statement, statementsOf } from './python-source.ts';
import { type ParsedStatement, parseStatement, type Word } from './python-statement.ts';

/**
 * Odoo's functions that refuse a path outside `odoo.addons.__path__`: `file_path` and what calls it (`odoo/tools/misc.py`;
 * `_fileopen` in 14.0), `convert_file` and `trans_load`, which open with it, and `get_resource_from_path`, which finds no
 * module for such a path. `get_module_resource` only asks whether the file exists, and `open` knows nothing of Odoo.
 */
const ODOO_FUNCTIONS: ReadonlySet<string> = new Set([
  'file_open',
  'file_path',
  'convert_file',
  'trans_load',
  'get_resource_from_path',
]);

/** The functions that are looked for under any name. */
const KNOWN: ReadonlySet<string> = new Set([...ODOO_FUNCTIONS, 'realpath', 'Path']);

/** Calls whose result is not the path any more that they take. */
const NOT_A_PATH =
  /(?<![\w.])(?:open|len|bool)\s*\(|\b(?:file_open|listdir|exists|isfile|isdir|basename|relpath)\s*\(|\.(?:read\w*|open)\s*\(/;

/** What a name or an expression may hold: a path made from `__file__`, or such a path with its symlinks resolved. */
type Held = 'own' | 'real';

export interface RealPathUse {
  /** The function of Odoo that gets the path; null for a path that is only kept for other files. */
  readonly call: string | null;
  /** The line of that call, or of the path, from 1. */
  readonly line: number;
}

/**
 * Finds the first call of one of Odoo's file functions with a path that the code made from its own, symlinks resolved:
 * `file_open(os.path.join(os.path.realpath(__file__), ...))`, also by way of variables, attributes and functions of the
 * same file. Behind a link such a path leads out of the addons path, and Odoo refuses it. If there is no such call, finds
 * the first path of that kind in a variable of the file that the file itself does not use: another file may.
 * @param source Python source; nothing is found in one of more than 128 Ki characters or 5,000 statements.
 */
export function findRealPathUse(source: string): RealPathUse | null {
  if (source.length > LONGEST) return null;
  if (!MAKES_IT.test(source) || !RESOLVES_IT.test(source)) return null;
  const statements = statementsOf(source);
  if (statements.length > MOST_STATEMENTS) return null;
  const file = new SourceFile(statements);
  for (let pass = 0; pass < MOST_PASSES && file.learn(); pass++);
  const use = file.findUse() ?? file.findKept();
  return use === null ? null : { call: use.call, line: lineOf(source, use.offset) };
}
/** Looking through a source of this size takes some 50 ms, during which no other call is answered. */
const LONGEST = 128 * 1024;
const MOST_STATEMENTS = 5000;
const MAKES_IT = /__file__|__path__|\bget(?:source)?file\b/;
const RESOLVES_IT = /realpath|resolve/;
/** A path that takes more steps from function to function, against their order in the file, is not found. */
const MOST_PASSES = 8;

interface Scope {
  readonly indent: number;
  readonly parent: Scope | null;
  /** The name of the function; null for the file. */
  readonly name: string | null;
  /** The names that are bound here, and what they hold. */
  readonly names: Map<string, Held | null>;
}

/** The statements of a file, each with the function it is in, and what their names hold as far as it is known. */
class SourceFile {
  readonly #statements: readonly { readonly scope: Scope; readonly parsed: ParsedStatement }[];
  /** `self.path` and the like, whatever the class. */
  readonly #attributes = new Map<string, Held>();
  /** Other names for functions that matter: `from os.path import realpath as rp`. */
  readonly #aliases = new Map<string, string>();

  constructor(statements: readonly Statement[]) {
    let scope: Scope = { indent: -1, parent: null, name: null, names: new Map() };
    this.#statements = statements.map((statement) => {
      while (scope.parent !== null && statement.indent <= scope.indent) scope = scope.parent;
      const parsed = parseStatement(statement);
      const own = { scope, parsed };
      for (const { name, alias } of parsed.aliases) if (KNOWN.has(name)) this.#aliases.set(alias, name);
      for (const name of parsed.targets) if (!scope.names.has(name)) scope.names.set(name, null);
      if (parsed.defines === null) return own;
      scope.names.set(parsed.defines.name, null);
      const names = new Map(parsed.defines.parameters.map((parameter) => [parameter, null]));
      scope = { indent: statement.indent, parent: scope, name: parsed.defines.name, names };
      return own;
    });
  }

  /** Carries what is known one statement further. @returns Whether anything was learnt. */
  learn(): boolean {
    let hasLearnt = false;
    const keep = (names: Map<string, Held | null>, name: string, held: Held) => {
      if (names.get(name) === 'real' || names.get(name) === held) return;
      names.set(name, held);
      hasLearnt = true;
    };
    for (const { scope, parsed } of this.#statements) {
      const held = heldIn(this.#marksOf(parsed, scope), parsed.valueFrom);
      if (held === null || NOT_A_PATH.test(parsed.text.slice(parsed.valueFrom))) continue;
      for (const name of parsed.targets) keep(scope.names, name, held);
      for (const name of parsed.attributes) keep(this.#attributes, name, held);
      if (parsed.isReturn && scope.name !== null && scope.parent !== null)
        keep(scope.parent.names, scope.name, held);
    }
    return hasLearnt;
  }

  findUse(): { readonly call: string; readonly offset: number } | null {
    for (const { scope, parsed } of this.#statements) {
      const calls = parsed.calls.filter(({ name }) => ODOO_FUNCTIONS.has(this.#aliases.get(name) ?? name));
      const marks = calls.length === 0 ? null : this.#marksOf(parsed, scope);
      for (const { name, at, open } of marks === null ? [] : calls) {
        if (heldIn(marks as Marks, open, parsed.closing.get(open)) === 'real')
          return { call: this.#aliases.get(name) ?? name, offset: parsed.offset + at };
      }
    }
    return null;
  }

  /** A variable of the file that holds such a path and that no other statement mentions. */
  findKept(): { readonly call: null; readonly offset: number } | null {
    const mentions = new Map<string, number>();
    for (const { parsed } of this.#statements) {
      const names = new Set(parsed.words.map(({ name }) => name));
      for (const name of names) mentions.set(name, (mentions.get(name) ?? 0) + 1);
    }
    const kept = this.#statements.find(({ scope, parsed }) => {
      const isKept = (name: string) => scope.names.get(name) === 'real' && mentions.get(name) === 1;
      return scope.parent === null && parsed.targets.length > 0 && parsed.targets.every(isKept);
    });
    return kept === undefined ? null : { call: null, offset: kept.parsed.offset };
  }

  /** Where paths are in a statement. */
  #marksOf(parsed: ParsedStatement, scope: Scope): Marks {
    const own: number[] = [];
    const real: number[] = [];
    for (const word of parsed.words) {
      const held = this.#heldByWord(word, parsed.text, scope);
      if (held === null) continue;
      own.push(word.at);
      if (held === 'real' || this.#isResolved(parsed, word.at + word.name.length)) real.push(word.at);
    }
    for (const { name, at, open } of parsed.calls) {
      const called = this.#aliases.get(name) ?? name;
      const close = parsed.closing.get(open) ?? parsed.text.length;
      if ((called !== 'realpath' && called !== 'Path') || !isAnyIn(own, open, close)) continue;
      if (called === 'realpath' || this.#isResolved(parsed, close + 1)) real.push(at);
    }
    return { own, real: real.sort((a, b) => a - b) };
  }

  #heldByWord({ name, at, before }: Word, text: string, scope: Scope): Held | null {
    if (before === '.') {
      if (/\b(?:self|cls)\s*\.\s*$/.test(text.slice(Math.max(0, at - 20), at)))
        return this.#attributes.get(name) ?? null;
      return /^get(?:source)?file$/.test(name) ? 'own' : null;
    }
    if (name === '__file__' || name === '__path__') return 'own';
    for (let inner: Scope | null = scope; inner !== null; inner = inner.parent) {
      if (inner.names.has(name)) return inner.names.get(name) ?? null;
    }
    return null;
  }

  /** Whether what ends at a position is followed by `.parent.resolve()` or alike. */
  #isResolved({ text, closing }: ParsedStatement, end: number): boolean {
    const step = /\s*(?:\.\s*([A-Za-z_]\w*)\s*(\()?|(\[))/y;
    for (let at = end; ; ) {
      step.lastIndex = at;
      const found = step.exec(text);
      if (found === null) return false;
      const [, name, call, index] = found;
      if (name === 'resolve' && call !== undefined) return true;
      const close = call === undefined && index === undefined ? null : closing.get(step.lastIndex - 1);
      if (close === undefined) return false;
      at = close === null ? step.lastIndex : close + 1;
    }
  }
}

/** The positions of paths in a statement, sorted; those with resolved symlinks are in both lists or at a call. */
interface Marks {
  readonly own: readonly number[];
  readonly real: readonly number[];
}

/** What a part of a statement holds: `real` if any path in it has its symlinks resolved. */
function heldIn({ own, real }: Marks, from: number, to = Number.POSITIVE_INFINITY): Held | null {
  if (isAnyIn(real, from, to)) return 'real';
  return isAnyIn(own, from, to) ? 'own' : null;
}

/** Whether one of the sorted positions lies between two others. */
function isAnyIn(positions: readonly number[], from: number, to: number): boolean {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low < positions.length && (positions[low] as number) < to;
}
