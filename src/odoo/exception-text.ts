/** What an exception of Odoo's server says, and where it arose: the traceback that comes with it knows more than its message. */
import { inOneLine } from '../base/text.ts';

/** The beginning of what `_tag_root` says (`odoo/tools/convert.py`): the file and the line. */
const PLACE = /^while parsing [^\n]+:\d+/;
/** The whole record follows, and the cause is in the traceback alone. */
const INSIDE = ', somewhere inside\n';
/** Before this is what a constraint refused, such as a view; after it, what the beginning has told. */
const CONTEXT = '\n\nView error context:\n';
/** The text on a view begins with five lines of it, which may be long; why it is refused is at the end. */
const MOST_REFUSED = 240;

/** A message that says little without its class: a key that is missing, or what is left of an error of the system on 19.0. */
const BARE = /^(?:'[^'\n]*'$|\d+\n)/;

/** The message with its cause, and with what matters before what may be cut off. */
export function exceptionText(message: string, traceback: string): string {
  if (BARE.test(message)) return exceptionBefore(traceback.trimEnd().length, traceback) || message;
  const [place = ''] = PLACE.exec(message) ?? [];
  if (place === '') return message;
  const rest = message.slice(place.length);
  const first = asFirstRaised(traceback);
  const cause = exceptionBefore(first.lastIndexOf(CAUSED), first);
  if (rest.startsWith(INSIDE)) return cause === '' ? message : `${place}: ${cause}${rest}`;
  const end = rest.indexOf(CONTEXT);
  return `${place}: ${lastOf(inOneLine(end === -1 ? rest : rest.slice(0, end)))}`;
}

/** The end of a text, from the beginning of a word on. */
function lastOf(text: string): string {
  return text.length <= MOST_REFUSED ? text : text.slice(-MOST_REFUSED).replace(/^\S*/, '…');
}

/** How Python writes down an exception that was raised from another one (`traceback.py`). */
const CAUSED = '\n\nThe above exception was the direct cause of the following exception:\n\n';
const FRAME = '\n  File "';

/** Without the end of 15.0, which raises each exception again, from one that has only its traceback (`_handle_exception`, `odoo/http.py`). */
function asFirstRaised(traceback: string): string {
  const end = traceback.lastIndexOf(`\nException${CAUSED}`);
  return end === -1 ? traceback : traceback.slice(0, end);
}

/** The exception, with its class, whose lines end there; empty if there is none. */
function exceptionBefore(end: number, traceback: string): string {
  const frame = end < 0 ? -1 : traceback.lastIndexOf(FRAME, end);
  if (frame === -1) return '';
  // The line of a frame is followed by lines of its code, which are indented further.
  const [, ...lines] = traceback.slice(frame + 1, end).split('\n');
  const text = lines.slice(lines.findIndex((line) => !line.startsWith('    ')));
  return inOneLine(text.join('\n')).replace(/\.$/, '');
}

/** The file and line where the last exception arose: `PATH:LINE`; empty if that is not known. */
export function raisedAt(traceback: string): string {
  const first = asFirstRaised(traceback);
  const frame = /^\n {2}File "([^"\n]+)", line (\d+)/.exec(first.slice(first.lastIndexOf(FRAME)));
  return frame === null ? '' : `${frame[1]}:${frame[2]}`;
}
