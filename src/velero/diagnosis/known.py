"""Finds the values of known Secrets in a text, in whatever spelling. Pure.

There may be thousands of values and a megabyte of text. Every piece to look for has at least
``SHORTEST`` characters, so a text is read once: where the characters of a piece's beginning
stand, the pieces that begin so are compared. A long value is looked for in pieces, of which a
text that shows it has one after the other; so no comparison is long, and what shows a part of it
is found too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, cast

from velero.diagnosis import forms, spelling
from velero.diagnosis.spelling import View

SHORTEST: Final = 8
"""Characters of a value that is worth looking for: shorter ones are words, such as ``velero``."""
_PIECE: Final = 64
_DEEPEST: Final = 60
_LEAST_DIFFERENT: Final = 4
_PUBLIC: Final = frozenset(
    {
        "auth_provider_x509_cert_url", "auth_uri", "client_x509_cert_url", "token_uri", "type",
        "universe_domain",
    }
)  # fmt: skip
"""Parts of a key of Google's that are the same for everyone."""
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_EDGE: Final = 3
"""Characters of base64 beside a piece that hold some bits of it."""

Span = tuple[int, int]
_Pieces = dict[str, dict[int, set[str]]]


class Known:
    """Values that must not be shown.

    Args:
        secrets: the values, whole files with several of them among them.
        names: what is no secret, even if it stands in one.
    """

    def __init__(self, secrets: Iterable[str], names: Iterable[str] = ()) -> None:
        self._plain: _Pieces = {}
        self._bare: _Pieces = {}
        self._base64: set[str] = set()
        parts = {part for secret in secrets for part in _parts(secret)} - {*names}
        for part in parts:
            for piece in _pieces(part):
                self._learn(piece)

    def _learn(self, piece: str) -> None:
        for way in forms.quoted(piece):
            _add(self._plain, way)
            _add(self._bare, spelling.bare(way))
        for way in forms.encoded(piece):
            _add(self._plain, way)
        for way in forms.in_base64(piece):
            _add(self._plain, way)
            self._base64.add(way)

    def spans(self, text: str) -> list[Span]:
        """Where a text shows any of the values, in their order; none touches another."""
        if not self._plain:
            return []
        found: list[Span] = []
        for view, full in spelling.views(text):
            found += self._in_view(view, self._plain)
            if full:
                found += self._in_view(view, self._bare)
        return merged(found)

    def _in_view(self, view: View, pieces: _Pieces) -> Iterator[Span]:
        text, starts = view.text, view.starts
        ends = range(SHORTEST, len(text) + 1)
        begun = [end - SHORTEST for end in ends if text[end - SHORTEST : end] in pieces]
        for at in begun:
            for piece in _at(pieces[text[at : at + SHORTEST]], text, at):
                first, last = self._widened(piece, text, at)
                yield starts[first], starts[last]

    def _widened(self, piece: str, text: str, at: int) -> Span:
        """Where a piece stands, with what of base64 around it tells of it."""
        first, last = at, at + len(piece)
        if piece not in self._base64:
            return first, last
        while first > max(at - _EDGE, 0) and text[first - 1] in _BASE64:
            first -= 1
        end = min(last + _EDGE, len(text))
        while last < end and text[last] in _BASE64:
            last += 1
        return first, last


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in their order, those that touch as one."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def _at(by_length: Mapping[int, set[str]], text: str, at: int) -> Iterator[str]:
    """The pieces that stand at a place."""
    shown = (text[at : at + length] for length in by_length)
    return (piece for piece in shown if piece in by_length.get(len(piece), ()))


def _add(pieces: _Pieces, piece: str) -> None:
    if len(piece) >= SHORTEST:
        pieces.setdefault(piece[:SHORTEST], {}).setdefault(len(piece), set()).add(piece)


def _pieces(part: str) -> Iterator[str]:
    """A value, or all parts of a long one."""
    if len(part) <= _PIECE:
        yield part
        return
    for at in range(0, len(part), _PIECE):
        piece = part[min(at, len(part) - _PIECE) :][:_PIECE]
        if len(set(piece)) >= _LEAST_DIFFERENT:
            yield piece


def _parts(secret: str) -> Iterator[str]:
    """A secret, and what of it may stand elsewhere alone: lines, values of a file or of JSON."""
    lines = [line.strip() for line in secret.splitlines()]
    every = [secret, secret.strip(), *_leaves(secret)]
    every += [line for line in lines if not _is_heading(line)] if len(lines) > 1 else []
    for line in lines:
        every += [line.partition(mark)[2].strip().strip("\"'") for mark in ("=", ": ")]
    yield from (each for each in every if len(each) >= SHORTEST)


def _is_heading(line: str) -> bool:
    """Whether a line of a file tells only what follows."""
    return line.startswith("-----") or (line[:1] == "[" and line[-1:] == "]")


def _leaves(secret: str) -> Iterator[str]:
    with suppress(ValueError, RecursionError):
        for text in _texts(json.loads(secret), _DEEPEST):
            yield text
            yield from map(str.strip, text.splitlines())


def _texts(value: Any, deepest: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        yield value
    elif deepest and isinstance(value, Mapping):
        entries = cast("Mapping[str, Any]", value).items()
        inner = [each for key, each in entries if key not in _PUBLIC]
        yield from _texts(inner, deepest - 1)
    elif deepest and isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _texts(each, deepest - 1)
