"""Forms of a value in which its characters do not stand one by one. Pure."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Iterator
from typing import Final

_URL_SAFE: Final = str.maketrans("+/", "-_")
_GO: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def encoded(value: str) -> Iterator[str]:
    """How a value may be written where its characters do not stand one by one."""
    raw = value.encode(errors="replace")
    for digits in (raw.hex(), raw.hex(" "), raw.hex(":"), raw.hex(",")):
        yield digits
        yield digits.upper()
    for between in (" ", ",", ", "):
        yield between.join(map(str, raw))


def in_base64(value: str) -> Iterator[str]:
    """What of base64 shows a value, or it in JSON, whatever stands before and behind it."""
    escaped = json.dumps(value)[1:-1]
    in_go = json.dumps(value, ensure_ascii=False)[1:-1]
    for way in {value, escaped, in_go, escaped.translate(_GO), in_go.translate(_GO)}:
        yield from _base64(way)


def _base64(value: str) -> Iterator[str]:
    raw = value.encode(errors="replace")
    for offset in range(3):
        padded = base64.b64encode(bytes(offset) + raw).decode().rstrip("=")
        first = -(-offset * 8 // 6)
        whole = (offset + len(raw)) * 8 // 6
        yield padded[first:whole]
        yield padded[first:whole].translate(_URL_SAFE)


def quoted(value: str) -> Iterator[str]:
    """A value in quotes of YAML or a shell, whose escapes are no characters of their own."""
    yield value
    if "'" in value:
        yield value.replace("'", "''")
        yield shlex.quote(value)[1:-1]
        yield value.replace("'", "'\\''")
    if " " in value:
        yield value.replace(" ", "+")
