"""Answers, line by line, what CPython makes of texts: [text, ...] in, [{"ok", "value" | "error"}, ...] out.

{"characters": true} asks for the name of each code point. The first line it prints is its
own version. Values are written so that no difference can hide: an int, a float and a bool, a list and a tuple, a str
with lone surrogates all look different, and dicts keep their order.
"""

import ast
import json
import sys
import unicodedata
import warnings

warnings.simplefilter("ignore")
sys.set_int_max_str_digits(4300)


def encode(value):
    kind = type(value).__name__
    if value is None or value is Ellipsis or isinstance(value, bool):
        return [kind, repr(value)]
    if isinstance(value, int):
        return [kind, hex(value)]
    if isinstance(value, float):
        return [kind, value.hex()]
    if isinstance(value, complex):
        return [kind, value.real.hex(), value.imag.hex()]
    if isinstance(value, str):
        return [kind, value] if value.isascii() else [kind, [ord(char) for char in value]]
    if isinstance(value, bytes):
        return [kind, value.hex()]
    if isinstance(value, (list, tuple)):
        return [kind, [encode(item) for item in value]]
    if isinstance(value, set):
        return [kind, sorted((encode(item) for item in value), key=json.dumps)]
    return [kind, [[encode(key), encode(item)] for key, item in value.items()]]


def answer(text):
    try:
        value = ast.literal_eval(text)
    except Exception as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"[:200]}
    return {"ok": True, "value": encode(value)}


def characters():
    return [unicodedata.name(chr(code), "") for code in range(0x110000)]


def reply(request):
    if isinstance(request, list):
        return [answer(text) for text in request]
    return characters()


def main():
    print(json.dumps(".".join(map(str, sys.version_info[:3]))), flush=True)
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line))), flush=True)


main()
