"""Finds where a text shows a value whose name says that it is a secret. Pure.

Every text is read once from its beginning to its end: what was looked at is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from velero.diagnosis.names import ends_telling, is_header, is_telling, is_telling_in_prose
from velero.diagnosis.shown import MARK

Span = tuple[int, int]

_NAMED: Final = re.compile(
    r"""(?<![\w.-])
    (?P<name>(?:(?:api|access|account|private|secret|encryption)[ ])?[\w.-]++)
    (?P<close>\\*+["']?)
    (?P<mark>[ \t]{0,8}+(?::=|=>|=|:)[ \t]{0,8}+|,[ \t]{0,8}+|[ \t]*+\n[ \t]*+-[ ]|[ \t]{1,8}+)
    (?P<list>\[?)""",
    re.VERBOSE | re.IGNORECASE,
)
_PAIR: Final = re.compile(
    r"""(?<![\w.-])(?:name|key)\\{0,8}+["']?[ \t]{0,8}+[=:][ \t]{0,8}+\\{0,8}+["']?
    (?P<name>[\w.-]++)\\{0,8}+["']?[\s,]{1,80}+
    \\{0,8}+["']?value\\{0,8}+["']?[ \t]{0,8}+[=:][ \t]{0,8}+""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTE: Final = re.compile(r"(\\*+)([\"'])")
_BARE: Final = re.compile(
    rf"""(?:{MARK}|
    (?![,;&][ ]?[\w.-]{{1,40}}+\\{{0,8}}+["']?[=:])        # the next name
    (?!\\{{0,8}}+[)\]}}"'>]{{1,8}}+(?:[\s,;.:<]|\Z)|</)       # the end of what is around it
    (?!\\{{1,8}}+[nrt])
    \S)++""",
    re.VERBOSE,
)
_REST: Final = re.compile(r"(?:=\"[^\"\r\n]*+\"|[^\r\n\"'\]])++")
_LINE: Final = re.compile(r"[^\r\n\"'\\{\[|>][^\r\n]*+")
_NOTHING: Final = frozenset(
    {"", "null", "nil", "none", "true", "false", "~", "|", ">", "|-", ">-", "|+", ">+", "<nil>"}
)
_TAG: Final = re.compile(r"<([\w:.-]++)(\s[^<>]{0,400}+)?>")
_CALLED: Final = re.compile(r"\s(?:name|key|id)\s{0,4}=\s{0,4}[\"']([\w.-]++)", re.IGNORECASE)
_CDATA: Final = "<![CDATA["
_LONGEST: Final = 8192
_INDENT: Final = 200


def named(text: str) -> Iterator[Span]:
    """Values behind their names: of assignments, JSON, YAML, options, headers."""
    at = 0
    while found := _NAMED.search(text, at):
        at = found.end("close")
        if span := _value_of(found, text):
            yield span
            at = max(at, span[1])


def paired(text: str) -> Iterator[Span]:
    """Values of entries such as ``name: DB_PASSWORD, value: …``."""
    for found in _PAIR.finditer(text):
        if is_telling(found["name"]):
            yield _value(text, found.end())


def elements(text: str) -> Iterator[Span]:
    """Values of XML elements."""
    for found in _TAG.finditer(text):
        called = _CALLED.search(found[2] or "")
        if is_telling(found[1].rpartition(":")[2]) or (called and is_telling(called[1])):
            yield _content(text, found.end())


def _content(text: str, first: int) -> Span:
    """What an element holds; nothing if that is other elements."""
    if text.startswith(_CDATA, first):
        end = text.find("]]>", first, first + _LONGEST)
        return first + len(_CDATA), end if end >= 0 else _next_tag(text, first + len(_CDATA))
    last = _next_tag(text, first)
    return (first, last) if text[first:last].strip() else (first, first)


def _next_tag(text: str, at: int) -> int:
    at = text.find("<", at)
    while text.startswith(MARK, at):
        at = text.find("<", at + 1)
    return at if at >= 0 else len(text)


def _value_of(found: re.Match[str], text: str) -> Span | None:
    """Where the value of a name stands, if it is a secret."""
    name, mark = found["name"], found["mark"].strip()
    if is_header(name) and mark == ":":
        return _header(text, found.end())
    if not _tells(found, text, name, mark):
        return None
    at = found.end("mark")
    if mark == ":" and not found["close"] and not _before(found, text):
        line = _LINE.match(text, at)
        if line and line.group().strip().lower() not in _NOTHING:
            return line.span()
    if found["list"] and _QUOTE.match(text, found.end()):
        at = found.end()
    first, last = _value(text, at)
    return None if text[first:last].lower() in _NOTHING else (first, last)


def _tells(found: re.Match[str], text: str, name: str, mark: str) -> bool:
    if mark in {"", ",", "-"}:
        is_option = name.startswith("-") and not text.startswith("--", found.end())
        return is_option and (is_telling(name) or (name in {"-u", "--user"} and mark == ""))
    if mark == ":" and not found["close"]:
        if _before(found, text):
            return is_telling_in_prose(name)
        return ends_telling(name) and found["mark"][-1] in " \t"
    return is_telling(name)


def _before(found: re.Match[str], text: str) -> str:
    """What stands before a name on its line, but blanks and dashes."""
    line = text[max(found.start() - _INDENT, 0) : found.start()].rpartition("\n")[2]
    return line.strip(" \t-")


def _header(text: str, at: int) -> Span | None:
    """What a header says: until its quotes, its list or its line end."""
    if quote := _QUOTE.match(text, at):
        return _quoted(text, quote)
    rest = _REST.match(text, at)
    return rest.span() if rest and rest.group().strip() else None


def _value(text: str, at: int) -> Span:
    """Where a value begins and ends, without its quotes."""
    if quote := _QUOTE.match(text, at):
        return _quoted(text, quote)
    bare = _BARE.match(text, at)
    return bare.span() if bare else (at, at)


def _quoted(text: str, quote: re.Match[str]) -> Span:
    """The content of quotes; up to the end of the line where they do not close."""
    first, depth, mark = quote.end(), len(quote[1]), quote[2]
    line = text.find("\n", first)
    line = len(text) if line < 0 else line
    at = text.find(mark, first, line)
    while at >= 0:
        if not depth and mark == "'" and text.startswith("''", at):
            at += 1  # as YAML writes one
        elif (slashes := _slashes(text, first, at)) < depth:
            return first, at - slashes  # the end of what is around it
        elif (slashes - depth) % (2 * depth + 2) == 0:
            return first, at - depth
        at = text.find(mark, at + 1, line)
    return first, line


def _slashes(text: str, first: int, at: int) -> int:
    """How many backslashes stand before a place."""
    before = at
    while before > first and text[before - 1] == "\\":
        before -= 1
    return at - before
