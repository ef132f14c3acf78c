"""Takes secrets out of what is shown or handed on. Pure.

Three nets, one behind the other: fields that may hold anything are shown only as far as they are
known to be harmless (``shown.py``); the values of all Secrets that can be read are taken out
wherever they stand, in whatever spelling (``known.py``, ``spelling.py``); and so is what looks
like a secret, by its name (``names.py``, ``values.py``) or by its shape and place
(``places.py``). JSON is read as such and stays valid.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, cast

from velero import total
from velero.diagnosis import places, shown, spelling, values
from velero.diagnosis.known import SHORTEST, Known, Span, merged
from velero.diagnosis.names import is_header, is_option, is_telling
from velero.diagnosis.shown import MARK
from velero.diagnosis.spelling import View

__all__ = ["LONGEST", "SHORTEST", "Redactor"]

LONGEST: Final = 2**20
"""Characters of one text that are looked at; the rest is left out."""
_LEAF: Final = 8192
_OBJECT: Final = 2**16
"""Characters of one text of an object, and of all of them, that are looked at."""
_EDGE: Final = 4096
"""Characters at such an end that are left out too: of a secret that is cut off there, nobody
could know the rest."""
_DEEPEST: Final = 40
Finder = Callable[[str], Iterator[Span]]
_FINDERS: Final[tuple[Finder, ...]] = (
    places.keys,
    places.addresses,
    places.words,
    places.blocks,
    values.named,
    values.paired,
    values.elements,
)
_LINES: Final[tuple[Finder, ...]] = (places.blocks, values.named)
"""Finders of what begins a line."""


class Redactor:
    """Takes secrets out of texts and objects.

    Args:
        secrets: values that must not be shown, whole Secrets' contents among them.
        names: words that are no secrets, even if a Secret holds them.
    """

    def __init__(self, secrets: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._known = Known(secrets, names)

    def text(self, text: str, longest: int = LONGEST) -> str:
        """A text without secrets.

        Args:
            text: any text.
            longest: how many characters of it are looked at; the rest is left out.
        """
        is_long = len(text) > longest
        text = text[:longest].encode(errors="replace").decode()
        clean = _text(_without(text, self._known.spans(text)), _DEEPEST)
        return f"{clean[:-_EDGE]}…" if is_long else clean

    def object(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """A JSON value as ``shown.harmless`` leaves it, whose texts hold no secrets.

        Of long texts, and of an object with many, only the beginning is kept.
        """
        return _Leaves(self).of(shown.harmless(value))


class _Leaves:
    """The texts of one object."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._left = _OBJECT

    def of(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value).items()
            return {self._text(key): self.of(each) for key, each in items if self._left > 0}
        if isinstance(value, list | tuple):
            return [self.of(each) for each in cast("list[Any]", value) if self._left > 0]
        return value

    def _text(self, text: str) -> str:
        self._left -= min(len(text), _LEAF) + 1
        return self._redactor.text(text, _LEAF) if self._left > 0 else "…"


def _without(text: str, spans: Iterable[Span]) -> str:
    parts, done = list[str](), 0
    for first, last in spans:
        parts += [text[done:first], MARK]
        done = last
    return "".join([*parts, text[done:]])


def _text(text: str, deepest: int) -> str:
    """A text without what looks like a secret."""
    return "".join(_pieces(text, deepest))


def _pieces(text: str, deepest: int) -> Iterator[str]:
    """A text, or each of its lines, as JSON if it is; other lines together."""
    whole = _document(text, deepest)
    if whole is not None:
        yield whole
        return
    others: list[str] = []
    for line in text.splitlines(keepends=True):
        clean = _document(line, deepest)
        if clean is None:
            others.append(line)
        else:
            yield _prose("".join(others))
            yield clean
            others = []
    yield _prose("".join(others))


def _prose(text: str) -> str:
    found: list[Span] = []
    for view in spelling.read_once(text) if text else ():
        found += _found(view, _FINDERS)
        if '="' in view.text:
            found += _found(spelling.fields(view), _LINES)
    return _without(text, merged(found))


def _found(view: View, finders: Iterable[Finder]) -> Iterator[Span]:
    for first, last in (span for finder in finders for span in finder(view.text)):
        if first < last:
            yield view.starts[first], view.starts[last]


def _document(text: str, deepest: int) -> str | None:
    """A JSON document without what looks like a secret; None if it is none."""
    stripped = text.strip()
    if not deepest or stripped[:1] not in {"{", "["} or stripped[-1:] not in {"}", "]"}:
        return None
    found = total.parsed(stripped, LONGEST)
    if found is None:
        return None
    clean = _leaves(found, deepest - 1)
    if clean == found:
        return text
    separators = None if '": ' in text else (",", ":")
    before, _, after = text.partition(stripped)
    return before + json.dumps(clean, ensure_ascii=text.isascii(), separators=separators) + after


def _leaves(value: Any, deepest: int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        return _text(value, deepest)
    if not isinstance(value, dict | list):
        return value
    if deepest <= 0:
        return MARK
    if isinstance(value, list):
        several = cast("list[Any]", value)
        return [
            MARK if is_option(before) else _leaves(each, deepest - 1)
            for before, each in zip([None, *several], several, strict=False)
        ]
    return _fields(cast("dict[str, Any]", value), deepest - 1)


def _fields(entries: dict[str, Any], deepest: int) -> dict[str, Any]:
    called = total.text(entries, "name") or total.text(entries, "key")
    secret = {"value"} if is_telling(called) else set[str]()
    return {
        _text(key, deepest): _hidden(each, deepest)
        if key in secret or is_telling(key) or is_header(key)
        else _leaves(each, deepest)
        for key, each in entries.items()
    }


def _hidden(value: Any, deepest: int) -> Any:  # noqa: ANN401 - JSON
    """The value of a name that tells a secret: an object's parts have names of their own."""
    if isinstance(value, list) and deepest > 0:
        return [_hidden(each, deepest - 1) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return _leaves(value, deepest)
    return value if value in (None, "") or isinstance(value, bool) else MARK
