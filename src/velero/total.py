"""Reading what others wrote: functions that have an answer for whatever they are given. Pure.

The API server takes objects of Velero's kinds without a spec, with a time such as ``0000-01-01``,
with any text in a field; a databag, a file of the bucket or a log may hold anything at all. So
their parts are reached through these functions only. None of them raises, and what cannot be
read is empty, zero or None.
"""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final, cast

Object = dict[str, Any]
"""An object as the API server speaks it: ``apiVersion``, ``kind``, ``metadata`` and the rest."""

LINE: Final = 400
"""Characters of one line that a person reads."""
_MOMENT: Final = 64
_DEEPEST: Final = 60
_LARGEST: Final = 2**63 - 1


def at(obj: Any, *path: str) -> Any:  # noqa: ANN401 - JSON
    """What stands at a path of keys, of whatever type; None if the path does not lead there."""
    for key in path:
        # Nearly all are dictionaries, and of these it is asked ten times as fast
        if not isinstance(obj, dict) and not isinstance(obj, Mapping):
            return None
        obj = cast("Mapping[str, Any]", obj).get(key)
    return obj


def mapping(obj: Any, *path: str) -> Object:  # noqa: ANN401 - JSON
    """The mapping at a path, or an empty one."""
    found = at(obj, *path)
    return cast("Object", found) if isinstance(found, dict) else {}


def items(obj: Any, *path: str) -> list[Object]:  # noqa: ANN401 - JSON
    """The mappings in the list at a path; what else is in it is passed over."""
    found = at(obj, *path)
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    return [each for each in listed if isinstance(each, dict)]


def text(obj: Any, *path: str) -> str:  # noqa: ANN401 - JSON
    """The text at a path, or an empty one."""
    found = at(obj, *path)
    return found if isinstance(found, str) else ""


def texts(obj: Any, *path: str) -> tuple[str, ...]:  # noqa: ANN401 - JSON
    """The texts in the list at a path; what else is in it is passed over."""
    found = at(obj, *path)
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    return tuple(each for each in listed if isinstance(each, str))


def number(obj: Any, *path: str) -> int:  # noqa: ANN401 - JSON
    """The whole number at a path, between those of 64 bits; zero if there is none."""
    found = at(obj, *path)
    if not isinstance(found, int) or isinstance(found, bool):
        return 0
    return found if abs(found) <= _LARGEST else 0


def pairs(obj: Any, *path: str) -> dict[str, str]:  # noqa: ANN401 - JSON
    """The texts in the mapping at a path, by key."""
    found = mapping(obj, *path).items()
    return {key: value for key, value in found if isinstance(value, str)}


def labels(obj: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """An object's labels."""
    return pairs(obj, "metadata", "labels")


def annotations(obj: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """An object's annotations."""
    return pairs(obj, "metadata", "annotations")


def phase(obj: Any) -> str:  # noqa: ANN401 - JSON
    """Velero's phase of an object, or an empty text."""
    return text(obj, "status", "phase")


def moment(obj: Any, *path: str) -> dt.datetime | None:  # noqa: ANN401 - JSON
    """The time at a path, in UTC; None if there is none that the calendar knows."""
    found = text(obj, *path)
    if not found or len(found) > _MOMENT:
        return None
    try:
        read = dt.datetime.fromisoformat(found)
        known = read if read.tzinfo else read.replace(tzinfo=dt.UTC)
        return known.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def parsed(document: str | bytes, limit: int) -> Any:  # noqa: ANN401 - JSON
    """What a JSON document says; None if it is none, too long or nested too deeply.

    Texts in it are free of lone surrogates, which could not be written anywhere.

    Args:
        document: the text, or its bytes in UTF-8.
        limit: how long it may be.
    """
    if len(document) > limit:
        return None
    try:
        return _writable(json.loads(document), _DEEPEST)
    except (ValueError, RecursionError):
        return None


def plain(shown: str, limit: int = LINE) -> str:
    r"""A text as one line that a terminal, a table and Juju take as it is.

    Line ends and tabs become blanks; what cannot be printed (NUL, escape sequences, marks that
    turn the direction of writing, lone surrogates) is written out, as in ``\x1b``.

    Args:
        shown: any text.
        limit: how many characters of it are kept, at the most.
    """
    kept = shown[: limit + 1]
    visible = kept if kept.isprintable() else "".join(map(_visible, kept))
    line = " ".join(visible.split())
    return line if len(line) <= limit else f"{line[: max(limit - 1, 0)]}…"


def block(shown: str, limit: int) -> str:
    """A text of several lines that a terminal and Juju take as it is; see ``plain``.

    Args:
        shown: any text.
        limit: how many bytes of it are kept, at the most; the middle of a longer one goes.
    """
    kept = shown if len(shown) <= 2 * limit else f"{shown[:limit]}{shown[-limit:]}"
    text = kept.replace("\r\n", "\n")
    if not text.isprintable():
        text = "".join(each if each in "\n\t" else _printable(each) for each in text)
    raw = text.encode()
    if len(raw) <= limit:
        return text
    head, tail = raw[: limit // 2 - 8], raw[8 - limit // 2 :]
    return f"{head.decode(errors='ignore')}\n…\n{tail.decode(errors='ignore')}"


def _visible(character: str) -> str:
    return character if character.isspace() else _printable(character)


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _writable(value: Any, deepest: int) -> Any:  # noqa: ANN401 - JSON
    """A JSON value whose texts can be encoded.

    Raises:
        ValueError: it is nested too deeply.
    """
    if deepest < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value).items()
        return {_writable(k, 0): _writable(each, deepest - 1) for k, each in entries}
    if isinstance(value, list):
        return [_writable(each, deepest - 1) for each in cast("list[Any]", value)]
    return value
