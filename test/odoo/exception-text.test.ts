import { describe, expect, it } from 'vitest';
import { exceptionText, raisedAt } from '../../src/odoo/exception-text.ts';

const CAUSED = '\n\nThe above exception was the direct cause of the following exception:\n\n';
const DURING = '\n\nDuring handling of the above exception, another exception occurred:\n\n';
/** As Python 3.11 writes it, with marks below the code. */
const frame = (path: string, line: number) =>
  `  File "${path}", line ${line}, in f\n    value = d[key]\n            ~^^^^^\n`;
const traceback = (path: string, exception: string) =>
  `Traceback (most recent call last):\n${frame('/odoo/a.py', 1)}${frame(path, 2)}${exception}`;

const PLACE = 'while parsing /links/a/views.xml:3';
const INSIDE = `${PLACE}, somewhere inside\n<record id="x">\n  <field name="y"/>\n</record>`;

describe('what an exception says', () => {
  it.each([
    ['the cause', 'ValueError: No such id: x.y', 'ValueError: No such id: x.y'],
    ['a cause of several lines', 'x.Error: one.\n  two\n    three.', 'x.Error: one. two three'],
  ])('%s is told before the record', (_, exception, cause) => {
    const whole =
      traceback('/odoo/cache.py', "KeyError: 'x.y'") +
      DURING +
      traceback('/odoo/model.py', exception) +
      CAUSED +
      traceback('/odoo/convert.py', `odoo.tools.convert.ParseError: ${INSIDE}\n`);
    expect(exceptionText(INSIDE, whole)).toBe(`${PLACE}: ${cause}${INSIDE.slice(PLACE.length)}`);
  });

  it('the cause is told where Odoo 15.0 has raised the exception again', () => {
    const whole =
      traceback('/odoo/model.py', 'ValueError: No such id: x.y') +
      CAUSED +
      traceback('/odoo/convert.py', 'Exception') +
      CAUSED +
      traceback('/odoo/http.py', `odoo.tools.convert.ParseError: ${INSIDE}\n`);
    expect(exceptionText(INSIDE, whole)).toContain(`${PLACE}: ValueError: No such id: x.y, somewhere`);
  });

  it.each([
    ['no traceback', ''],
    ['no cause', traceback('/odoo/convert.py', 'x.ParseError: no\n')],
    ['a cause that Python would not write', `ValueError: no${CAUSED}Traceback ...`],
  ])('the message is all there is where there is %s', (_, whole) => {
    expect(exceptionText(INSIDE, whole)).toBe(INSIDE);
    expect(exceptionText("It failed: 'x'", whole)).toBe("It failed: 'x'");
  });

  it.each([
    ["'x.y'", "KeyError: 'x.y'"],
    ['2\nNo such file or directory', "FileNotFoundError: [Errno 2] No such file or directory: '/a/b.xml'"],
  ])('a message such as %j is told with its class', (message, exception) => {
    expect(exceptionText(message, traceback('/odoo/a.py', `${exception}\n`))).toBe(exception);
    expect(exceptionText(message, 'Traceback ...')).toBe(message);
  });

  it('why a view is refused is told, and its context is not told again', () => {
    const message = `${PLACE}\nError:\n\nField "x" does not exist\n\nView error context:\n{'file': '/links/a/views.xml'}\n`;
    expect(exceptionText(message, '')).toBe(`${PLACE}: Error: Field "x" does not exist`);
  });

  it('of a long view the beginning is left out, not why it is refused', () => {
    const near = `<form>\n${'<field name="long" />\n'.repeat(100)}`;
    const message = `${PLACE}\nError near:\n\n${near}\nField "x" does not exist\n\nView error context:\n'-'\n`;
    const text = exceptionText(message, '');
    expect(text.length).toBeLessThan(300);
    expect(text).toMatch(/^while parsing \/links\/a\/views\.xml:3: … .*\/> Field "x" does not exist$/);
  });
});

describe('where an exception arose', () => {
  it('is the last file of the traceback', () => {
    expect(raisedAt(traceback('/links/a/models.py', 'NameError: x\n'))).toBe('/links/a/models.py:2');
  });

  it('is where it was first raised on 15.0', () => {
    const first = traceback('/links/a/models.py', 'Exception');
    expect(raisedAt(`${first}${CAUSED}${traceback('/odoo/http.py', 'NameError: x\n')}`)).toBe(
      '/links/a/models.py:2',
    );
  });

  it('is in a file that Python could not read', () => {
    const whole = `${traceback('/odoo/b.py', '').trimEnd()}\n  File "/links/a/views.xml", line 7\nlxml.etree.XMLSyntaxError: no\n`;
    expect(raisedAt(whole)).toBe('/links/a/views.xml:7');
  });

  it.each(['', 'Traceback ...', 'T\n  File "x\n', 'T\n  File "x", line y'])(
    'is not known from %j',
    (whole) => {
      expect(raisedAt(whole)).toBe('');
    },
  );
});
