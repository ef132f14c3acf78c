"""Finds what by its own shape, or by where it stands, is a secret. Pure.

As in ``values.py``, every text is read once from its beginning to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from velero.diagnosis.names import is_telling
from velero.diagnosis.shown import MARK
from velero.diagnosis.values import Span

_ADDRESS: Final = re.compile(rf"://((?:{MARK}|[^\s\"<>`\\]|\\(?![\"'nrt]))++)")
_LOGIN: Final = re.compile(
    r"(?<![\w.:/@-])(?!mailto:)[\w.-]{1,64}+:(?![/\s])([^\s\"'<>,]{1,300}+)"
)
_WORDS: Final = (
    re.compile(r"(?<![\w-])(?:bearer|basic)\s{1,8}+([\w.~+/=-]{8,}+)", re.IGNORECASE),
    re.compile(r"(?<![\w-])(eyJ[\w-]{8,}+\.[\w-]++\.[\w-]*+)"),
    re.compile(r"\b((?:AKIA|ASIA)[0-9A-Z]{16})\b"),
)
_PEM: Final = re.compile(r"-----BEGIN [^-\n]{1,60}-----")
_PEM_LONGEST: Final = 8192
_PEM_END: Final = re.compile(r"-----END [^-\n]{1,60}-----")
_TOKEN: Final = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_=-]{20,}+")
_SORTS: Final = (re.compile(r"[A-Z]"), re.compile(r"[a-z]"), re.compile(r"[0-9]"))
_ENTRY: Final = re.compile(
    r"([ \t]*+(?:-[ \t]++)*+)[\"']?([\w.-]++)[\"']?[ \t]*+:(?:[ \t]++([^\r\n]*+)|\r?$)"
)


def addresses(text: str) -> Iterator[Span]:
    """Of URLs, who logs in and the query; of others, ``user:password@host``."""
    for found in _ADDRESS.finditer(text):
        first, address = found.start(1), found[1]
        end = _login(address)
        if end > 0:
            yield first, first + end
        after = max(end, 0)
        marks = [at for mark in "?#" if (at := address.find(mark, after)) >= 0]
        query = min(marks, default=len(address)) + 1
        if query < len(address) and (address[query - 1] == "?" or "=" in address[query:]):
            yield first + query, found.end()
    for found in _LOGIN.finditer(text):
        password, at, host = found[1].rpartition("@")
        if at and host and not host.startswith("sha"):
            yield found.start(1), found.start(1) + len(password)


def _login(address: str) -> int:
    """Where the ``@`` stands that ends who logs in; -1 if nobody does.

    A password may hold ``@``, ``/``, ``?`` and ``#``. A path may hold ``@`` too: where it cannot
    be told, what is in doubt goes with the password.
    """
    head = re.split(r"[?#]", address, maxsplit=1)[0]
    host, end = head.partition("/")[0], address.rfind("@")
    if "=" in address[len(head) : end]:
        end = head.rfind("@")  # the other is in a query
    return end if "@" in host or ":" in host else -1


def words(text: str) -> Iterator[Span]:
    """Tokens of a known shape, and words that nobody would type."""
    for pattern in _WORDS:
        yield from (found.span(1) for found in pattern.finditer(text))
    for found in _TOKEN.finditer(text):
        if all(len(sort.findall(found.group())) > 1 for sort in _SORTS):
            yield found.span()


def keys(text: str) -> Iterator[Span]:
    """Keys and certificates between their lines; as far as one may reach, if no end is there."""
    at = 0
    while found := _PEM.search(text, at):
        end = _PEM_END.search(text, found.end(), found.end() + _PEM_LONGEST)
        at = end.end() if end else min(found.end() + _PEM_LONGEST, len(text))
        yield found.start(), at


def blocks(text: str) -> Iterator[Span]:
    """Values on the lines below their name: YAML's block scalars, lists and long texts."""
    if ":" not in text or "\n" not in text:
        return
    key, kind, at = -1, "", 0
    for line in text.splitlines(keepends=True):
        content, indent = line.strip(), len(line) - len(line.lstrip(" \t"))
        is_item = content.startswith("- ")
        inside = key >= 0 and (indent > key or (indent == key and is_item and not kind))
        entry = _ENTRY.match(line) if content and not (inside and kind) else None
        if entry and is_telling(entry[2]):
            key, kind = len(entry[1]), _kind(entry[3] or "")
        elif content and not inside:
            key = -1
        elif content and not entry:
            closing = kind in {"'", '"'} and content.endswith(kind)
            yield at + indent + 2 * is_item, at + len(line.rstrip()) - closing
        at += len(line)


def _kind(value: str) -> str:
    """How a value begins behind its name, tags and anchors aside; empty if it does not."""
    first = next((word for word in value.split() if word[0] not in "!&"), "#")
    return "" if first[0] == "#" else first[0]
