r"""How a value may be written, and a text read through its spellings. Pure.

A value stands in a log as it is, or with escapes: those of JSON, Go, YAML, Python and shells
(``\u003c``, ``\x3c``, ``\074``), of HTML (``&lt;``, ``&#60;``) and of URLs (``%3c``); all of its
characters or some of them, and escaped again. All such spellings of one value are too many to
look for. So the text is read the other way round: each ``View`` of it has some escapes undone,
and knows where in the text each of its characters comes from.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_BACKSLASH: Final = (
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}"
    r"|\\u\{[0-9a-fA-F]{1,6}\}|\\U[0-9a-fA-F]{8}|(?:\\(?:x[0-9a-fA-F]{2}|[0-3][0-7]{2}))++"
    r"|\\\r?\n[ \t]*+|\\."
)
_ENTITY: Final = r"&#[0-9]{1,12}+;?|&#[xX][0-9a-fA-F]{1,8}+;?|&[A-Za-z][A-Za-z0-9]{1,31}+;"
_PERCENT: Final = r"(?:%[0-9a-fA-F]{2})++"
_WRAP: Final = r"(?<=[\w+/])[ \t]*+\r?\n[ \t]*+(?=[\w+/=])"
_FIELD: Final = r"(?<==)\"|\"[ \t](?=[\w.-]{1,60}+=)|\"(?=[ \t]{0,8}+(?:\n|\Z))"
_FOLD: Final = r"[ \t]*+\r?\n[ \t]++"
_LINE: Final = re.compile(r"(?:[^\n\\]|\\.)++", re.DOTALL)
_MIXED: Final = 3
"""How many escapes of different kinds are undone one after the other."""
_CHAINS: Final = 8
"""How often a value may be escaped by one kind of escape."""
_NAMED: Final = {
    "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b",
    "0": "\0", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
"""Escapes of one letter, of JSON, Go and YAML; any other character stands for itself."""


@dataclass(frozen=True, slots=True)
class View:
    """A text with some escapes undone.

    Attributes:
        text: it.
        starts: where in the original each of its characters begins, and where the last one ends.
    """

    text: str
    starts: Sequence[int]


Undo = Callable[[View], View]


def plainly(text: str) -> View:
    """A text as it is."""
    return View(text, range(len(text) + 1))


def views(text: str) -> Iterator[tuple[View, bool]]:
    """A text as it is, then with escapes undone; and whether with all kinds of them at once.

    One kind of escape after the other, in any order, so that a value that holds what looks like
    an escape of another kind is found; then all at once, again and again. Line by line, as most
    lines have none.
    """
    whole = plainly(text)
    yield whole, False
    yield from ((view, False) for view in _joined(whole))
    for found in _LINE.finditer(text):
        line = View(found.group(), range(found.start(), found.end() + 1))
        if _kinds_in(line):
            yield from _undone(line)


def _undone(line: View) -> Iterator[tuple[View, bool]]:
    seen, level = {line.text}, [line]
    for _ in range(_MIXED):
        level = [*_new((undo(view) for view in level for undo in _kinds_in(view)), seen)]
        for view in level:
            yield view, False
            yield from ((joined, False) for joined in _joined(view))
    chains = (view for undo in _kinds_in(line) for view in _chain(undo, line))
    yield from ((view, False) for view in _new(chains, seen))
    for view in _chain(_all, line):
        yield view, True
        yield from ((joined, True) for joined in _joined(view))


def _kinds_in(view: View) -> list[Undo]:
    return [undo for mark, undo in _KINDS.items() if mark in view.text]


def _new(found: Iterable[View], seen: set[str]) -> Iterator[View]:
    for view in found:
        if view.text not in seen:
            seen.add(view.text)
            yield view


def _joined(view: View) -> Iterator[View]:
    """A text without the line ends within long words, and within long values."""
    if "\n" in view.text:
        yield _wraps(view)
        yield _folds(view)


def read_once(text: str) -> Iterator[View]:
    """A text as it is, with each kind of escape undone once, and with all undone."""
    whole = plainly(text)
    views = [whole, *(undo(whole) for mark, undo in _KINDS.items() if mark in text)]
    if len(views) > 1:
        views += [*_chain(_all, whole)][-1:]
    yield from {view.text: view for view in views}.values()


def _chain(undo: Undo, view: View) -> Iterator[View]:
    """A view with one kind of escapes undone again and again, until nothing is left."""
    for _ in range(_CHAINS):
        before, view = view, undo(view)
        if len(view.text) == len(before.text):
            return
        yield view


def _undoing(pattern: str, meant: Callable[[str], Iterator[tuple[str, int]]]) -> Undo:
    """A function that undoes what a pattern finds.

    Args:
        pattern: finds escapes, one or several in a row.
        meant: for such, the characters that they stand for, each with the length of its escape.
    """
    compiled = re.compile(pattern, re.DOTALL)

    def undo(view: View) -> View:
        parts, starts, done = list[str](), list[int](), 0
        for found in compiled.finditer(view.text):
            parts.append(view.text[done : found.start()])
            starts += view.starts[done : found.start()]
            at = found.start()
            for character, length in meant(found.group()):
                parts.append(character)
                starts += [view.starts[at]] * len(character)
                at += length
            done = found.end()
        if not done:
            return view
        parts.append(view.text[done:])
        starts += view.starts[done:]
        return View("".join(parts), starts)

    return undo


def _bytes(raw: bytes, length: int, otherwise: str) -> Iterator[tuple[str, int]]:
    """Characters of UTF-8 whose bytes have escapes of a length."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode(otherwise, "surrogateescape")
        if otherwise != "utf-8":
            yield from ((character, length) for character in text)
            return
    for character in text:
        yield character, length * len(character.encode("utf-8", "surrogateescape"))


def _of_percent(escapes: str) -> Iterator[tuple[str, int]]:
    yield from _bytes(bytes.fromhex(escapes.replace("%", "")), 3, "utf-8")


def _of_entity(escape: str) -> Iterator[tuple[str, int]]:
    yield html.unescape(escape if escape.endswith(";") else f"{escape};"), len(escape)


def _of_backslash(escape: str) -> Iterator[tuple[str, int]]:
    kind = escape[1]
    if kind in "x0123" and len(escape) > 3:  # noqa: PLR2004
        yield from _bytes(_numbers(escape), 4, "latin-1")
    elif kind in "uU" and len(escape) > 2:  # noqa: PLR2004
        yield _of_code_points(escape), len(escape)
    elif kind in "\r\n":
        yield "", len(escape)
    else:
        yield _NAMED.get(kind, kind), len(escape)


def _of_latin(escape: str) -> Iterator[tuple[str, int]]:
    r"""As above, but ``\xe4`` is a character, as in YAML and Python, and no byte of one."""
    if escape[1] in "x0123" and len(escape) > 3:  # noqa: PLR2004
        yield from ((chr(number), 4) for number in _numbers(escape))
    else:
        yield from _of_backslash(escape)


def _numbers(escapes: str) -> bytes:
    found = re.findall(r"\\(?:x(..)|(...))", escapes)
    return bytes(int(six, 16) if six else int(eight, 8) for six, eight in found)


def _of_code_points(escape: str) -> str:
    codes = [int(code.strip("{}"), 16) for code in re.split(r"\\[uU]", escape)[1:]]
    if len(codes) > 1:
        raw = b"".join(code.to_bytes(2, "big") for code in codes)
        return raw.decode("utf-16-be", "replace")
    return chr(codes[0]) if codes[0] <= 0x10FFFF else "\ufffd"  # noqa: PLR2004 - the last one


def _any(escape: str) -> Iterator[tuple[str, int]]:
    return {"\\": _of_backslash, "&": _of_entity, "%": _of_percent}[escape[0]](escape)


_KINDS: Final[dict[str, Undo]] = {
    "\\": _undoing(_BACKSLASH, _of_backslash),
    "\\x": _undoing(_BACKSLASH, _of_latin),
    "&": _undoing(_ENTITY, _of_entity),
    "%": _undoing(_PERCENT, _of_percent),
}
_all: Final = _undoing(f"{_BACKSLASH}|{_ENTITY}|{_PERCENT}", _any)
_wraps: Final = _undoing(_WRAP, lambda escape: iter([("", len(escape))]))
_fields: Final = _undoing(_FIELD, lambda escape: iter([("\n", len(escape))]))
_folds: Final = _undoing(_FOLD, lambda escape: iter([(" ", len(escape))]))


def fields(view: View) -> View:
    """A text with each quoted value, as in ``msg="…" level=…``, on a line of its own."""
    return _fields(view)


def bare(value: str) -> str:
    """A value with all undone that looks like an escape in it."""
    *_, last = plainly(value), *_chain(_all, plainly(value))
    return last.text
