import type { Statement } from './python-source.ts';

/** A name in a statement. */
export interface Word {
  readonly name: string;
  readonly at: number;
  /** The last character before it that is not blank. */
  readonly before: string;
}

/** What matters of a statement for following a value. */
export interface ParsedStatement extends Statement {
  readonly words: readonly Word[];
  /** Calls by the last part of the function's name, and where the bracket opens. */
  readonly calls: readonly { readonly name: string; readonly at: number; readonly open: number }[];
  /** The closing bracket of each opening one. */
  readonly closing: ReadonlyMap<number, number>;
  /** Names and attributes that get the value of the statement, which begins at `valueFrom`. */
  readonly targets: readonly string[];
  readonly attributes: readonly string[];
  readonly valueFrom: number;
  readonly isReturn: boolean;
  readonly defines: { readonly name: string; readonly parameters: readonly string[] } | null;
  /** Names for functions: of an import, and of `name = other`. */
  readonly aliases: readonly { readonly name: string; readonly alias: string }[];
}

export function parseStatement(statement: Statement): ParsedStatement {
  const { text } = statement;
  const words = [...text.matchAll(/(?<!\w)[A-Za-z_]\w*/g)].map(({ 0: name, index: at }) => {
    return {
      name,
      at,
      before:
        text
          .slice(Math.max(0, at - 100), at)
          .trimEnd()
          .at(-1) ?? '',
    };
  });
  const calls = words.flatMap(({ name, at }) => {
    const end = at + name.length;
    const open = end + text.slice(end, end + 100).search(/\S|$/);
    return text[open] === '(' ? [{ name, at, open }] : [];
  });
  const definition = /^\s*(?:async\s+)?def\s+([A-Za-z_]\w*)/.exec(text);
  const parameters = words.filter(({ before }) => '(,*'.includes(before || ' ')).map(({ name }) => name);
  const assigned = assignmentOf(text);
  return {
    ...statement,
    words,
    calls,
    closing: closingBrackets(text),
    ...assigned,
    isReturn: /^\s*(?:return|yield)\b/.test(text),
    defines: definition === null ? null : { name: definition[1] as string, parameters },
    aliases: aliasesOf(text, assigned),
  };
}

type Assignment = Pick<ParsedStatement, 'targets' | 'attributes' | 'valueFrom'>;

/** What is left of the last `=`, or between `for` and `in`: the names or attributes that get the value. */
function assignmentOf(text: string): Assignment {
  const loop = /^\s*(?:async\s+)?for\s([^=]*?)\sin\s/.exec(text);
  const equals = loop === null ? lastEqualsSign(text) : -1;
  if (loop === null && equals < 0) return { targets: [], attributes: [], valueFrom: 0 };
  const left = loop === null ? text.slice(0, equals) : (loop[1] as string);
  const targets: string[] = [];
  const attributes: string[] = [];
  // Annotations are left out.
  for (const [, dot, name] of left.replace(/:[^=]*/g, '').matchAll(/(\.\s*)?(?<!\w)([A-Za-z_]\w*)/g)) {
    (dot === undefined ? targets : attributes).push(name as string);
  }
  const valueFrom = loop === null ? equals + 1 : loop[0].length;
  return { targets: attributes.length > 0 ? [] : targets, attributes, valueFrom };
}

/** The last `=` outside of brackets that assigns; -1 if there is none. */
function lastEqualsSign(text: string): number {
  let depth = 0;
  let last = -1;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (character === '=' && text[at + 1] === '=') at++;
    else if (character === '=' && depth === 0 && !'!<>:'.includes(text[at - 1] ?? ' ')) last = at;
  }
  return last;
}

function aliasesOf(text: string, { targets, valueFrom }: Assignment): ParsedStatement['aliases'] {
  if (/^\s*(?:from|import)\b/.test(text)) {
    return [...text.matchAll(/(?<!\w)([A-Za-z_]\w*)\s+as\s+([A-Za-z_]\w*)/g)].map(([, name, alias]) => {
      return { name: name as string, alias: alias as string };
    });
  }
  const value = text.slice(valueFrom).trim();
  const name = /^[\w.]{1,200}$/.test(value) ? value.split('.').at(-1) : undefined;
  return name === undefined ? [] : targets.map((alias) => ({ name, alias }));
}

function closingBrackets(text: string): Map<number, number> {
  const closing = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: bracket, index } of text.matchAll(/[()[\]{}]/g)) {
    if ('([{'.includes(bracket)) open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined) closing.set(start, index);
    }
  }
  return closing;
}
