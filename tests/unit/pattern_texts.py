"""Texts that are likely to make a regular expression go back and forth, from its own parse tree.

They are made of what each of its repeats takes, after what stands before it, and of whole
beginnings of a match, to be repeated.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any, Final

_WORDS: Final = ("http://", "https://a?", "a", "A", "0", " ", "\n", "é", "-", "/", "(", "a.", "a=")
_PARSER: Final[Any] = importlib.import_module("re._parser")


def hostile(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    """What is likely to make a pattern go back and forth: a beginning, and what to repeat."""
    tree = _PARSER.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    alphabet, leads = _alphabet(pattern.pattern), _before_repeats(tree, "")
    words = {*_WORDS, *alphabet, _sample(tree), *_beginnings(tree)}
    words |= {before + each for before in leads for each in alphabet}
    found = {("", word) for word in words if word}
    return found | {(before, each) for before in leads for each in alphabet}


def _alphabet(source: str) -> set[str]:
    """Characters that mean something to a pattern, and some of every sort."""
    return {each for each in source if each.isprintable()} | set("aZ0 \t\n-_./:=\"'(é\0")


def _sample(tree: Any) -> str:  # noqa: ANN401 - a node of Python's own parser
    """A short text that a part of a pattern is likely to match."""
    return "".join(_of_item(str(op), value) for op, value in tree)


def _of_item(op: str, value: Any) -> str:  # noqa: ANN401 - as above
    if op == "LITERAL":
        return chr(value)
    if op == "IN":
        return _of_set(value)
    if op in {"NOT_LITERAL", "ANY"}:
        return "a"
    if op.startswith("ASSERT"):
        return ""
    times = min(max(value[0], 1), 64) if op.endswith("_REPEAT") else 1
    return "".join(_sample(part) for part in _parts(op, value)[:1]) * times


def _of_set(value: Any) -> str:  # noqa: ANN401 - as above
    found = re.compile(f"[{''.join(map(_of_range, value))}]")
    return next((each for each in "a0A_ -./" if found.match(each)), "\1")


def _of_range(item: Any) -> str:  # noqa: ANN401 - as above
    op, value = str(item[0]), item[1]
    categories = {"DIGIT": r"\d", "NOT_DIGIT": r"\D", "SPACE": r"\s", "NOT_SPACE": r"\S"}
    categories |= {"WORD": r"\w", "NOT_WORD": r"\W"}
    match op:
        case "NEGATE":
            return "^"
        case "LITERAL":
            return re.escape(chr(value))
        case "RANGE":
            return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        case _:
            return categories[str(value).removeprefix("CATEGORY_")]


def _parts(op: str, value: Any) -> list[Any]:  # noqa: ANN401 - as above
    """What stands within one item."""
    match op:
        case "BRANCH":
            return list(value[1])
        case "SUBPATTERN":
            return [value[-1]]
        case "ATOMIC_GROUP":
            return [value]
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return [value[2]]
        case "ASSERT" | "ASSERT_NOT":
            return [value[1]]
        case _:
            return []


def _before_repeats(tree: Any, before: str) -> set[str]:  # noqa: ANN401 - as above
    """What stands before each repeat that has no near end."""
    found: set[str] = set()
    for op, value in tree:
        if str(op).endswith("_REPEAT") and value[1] > 8:
            found.add(before)
        for part in _parts(str(op), value):
            found |= _before_repeats(part, before)
        before += _of_item(str(op), value)
    return found


def _beginnings(tree: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    """Matches that break off after each of a pattern's items."""
    for end in range(1, len(tree)):
        yield _sample(tree[:end])
    for op, value in tree:
        for part in _parts(str(op), value):
            yield from _beginnings(part)
