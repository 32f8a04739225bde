#!/usr/bin/env python3
r"""Writes src/data/unicode-names.ts: the character names that \N{...} knows in CPython 3.11 (Unicode 14).

    python3.11 scripts/unicode-names.py

Everything comes from CPython's own unicodedata. The names are read through unicodedata.name(); the aliases, which
have no public way out, through the C interface that the parser itself uses for \N{...}. Left out, because
unicodedata computes them too: Hangul syllables and CJK unified ideographs.

Before compression (Brotli, by Node, which has it and Python has not) the text is, line by line:

  1. the ideograph ranges, as `first-last` in hexadecimal, separated by commas
  2. the aliases, as `codepoint=NAME`, separated by commas
  3. and on: the other characters in order of their code points, a line each. A line starts with the number of words
     it shares with the line before, as a letter from `a` (none); then come the other words. A `#` stands for the code
     point in hexadecimal. A number and `+` in front of that say how many code points were passed over.
"""

import base64
import ctypes
import pathlib
import subprocess
import sys
import unicodedata

if sys.version_info[:2] != (3, 11) or unicodedata.unidata_version != "14.0.0":
    sys.exit("this needs CPython 3.11, whose unicodedata is Unicode 14")

COMPUTED = ("HANGUL SYLLABLE ", "CJK UNIFIED IDEOGRAPH-")
# unicodedata keeps aliases under code points of the private planes (Modules/unicodedata.c, aliases_start).
ALIASES = range(0xF0000, 0xF0200)


def internal_names():
    """The function getname(code, buffer, size, with_alias_and_seq) of unicodedata's C interface."""
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    api = pointer(unicodedata._ucnhash_CAPI, b"unicodedata._ucnhash_CAPI")
    first = ctypes.cast(api, ctypes.POINTER(ctypes.c_void_p))[0]
    return ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_int, ctypes.c_int)(first)


def aliases():
    getname = internal_names()
    for code in ALIASES:
        buffer = ctypes.create_string_buffer(512)
        if getname(code, buffer, len(buffer), 1):
            name = buffer.value.decode("ascii")
            yield f"{ord(unicodedata.lookup(name)):x}={name}"


def is_ideograph(char):
    return unicodedata.name(char, "").startswith(COMPUTED[1])


def ranges(belongs):
    codes = [c for c in range(0x110000) if belongs(chr(c))]
    start = previous = codes[0]
    for code in [*codes[1:], None]:
        if code != previous + 1:
            yield f"{start:x}-{previous:x}"
            start = code
        previous = code if code is not None else previous


def lines():
    previous_code, previous_words = -1, []
    for code in range(0x110000):
        name = unicodedata.name(chr(code), None)
        if name is None or name.startswith(COMPUTED):
            continue
        suffix = f"{code:04X}"
        words = (name[: -len(suffix)] + "#" if name.endswith(suffix) else name).split(" ")
        shared = 0
        while shared < min(len(words), len(previous_words), 25) and words[shared] == previous_words[shared]:
            shared += 1
        gap = code - previous_code - 1
        yield (f"{gap}+" if gap else "") + chr(ord("a") + shared) + " ".join(words[shared:])
        previous_code, previous_words = code, words


COMPRESS = """
const { brotliCompressSync, constants: c } = require('node:zlib');
const params = { [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_LGWIN]: 24, [c.BROTLI_PARAM_MODE]: c.BROTLI_MODE_TEXT };
process.stdout.write(brotliCompressSync(require('node:fs').readFileSync(0), { params }));
"""


def main():
    text = "\n".join([",".join(ranges(is_ideograph)), ",".join(aliases()), *lines()])
    packed = subprocess.run(["node", "-e", COMPRESS], input=text.encode("ascii"), stdout=subprocess.PIPE, check=True)
    target = pathlib.Path(__file__).parent.parent / "src" / "data" / "unicode-names.ts"
    target.write_text(
        "// Written by scripts/unicode-names.py from CPython 3.11's unicodedata (Unicode 14.0.0); do not edit.\n"
        "// Brotli, then base64; the script says what is inside.\n"
        "// A function, so that the bundle can load them when they are first asked for.\n"
        f"export const packedNames = (): string =>\n  '{base64.b64encode(packed.stdout).decode('ascii')}';\n"
    )
    print(f"{target.name}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
