"""Every regular expression of the charm, and whether one stays linear on hostile text.

A pattern is driven with texts that are made from its own parse tree: what each of its repeats
takes, after what stands before it, and whole beginnings of a match, again and again. Small texts
find the worst of them; those then grow to a megabyte. What counts is how the processor's time
grows, and a timer of that time breaks off what would never end.
"""

from __future__ import annotations

import ast
import gc
import importlib
import re
import signal
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

from tests.unit.pattern_texts import hostile

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = (ROOT / "src", ROOT / "lib")
SMALL, LARGE = 2**11, 2**20
LIMIT: Final = 2.0
"""Seconds of the processor for a quarter of ``LARGE``: what is linear takes a few hundredths, and
what grows with the square takes minutes."""
GROWTH: Final = 9
"""How much longer four times the text may take."""
GRAIN: Final = 0.3
"""Seconds of the processor below which growth cannot be told from noise."""
WORST: Final = 4
_ONLY_AT_START: Final = frozenset({"match", "fullmatch"})
_METHODS: Final = _ONLY_AT_START | {"search", "sub", "subn", "split", "findall", "finditer"}


@dataclass(frozen=True)
class Named:
    """A pattern.

    Attributes:
        where: its module and what it is called there.
        pattern: the pattern.
        anywhere: whether it is searched for; else it is held against a text's beginning only.
    """

    where: str
    pattern: re.Pattern[str]
    anywhere: bool


class TooSlow(AssertionError):
    """A pattern took more of the processor than it may."""


def every() -> list[Named]:
    """All compiled patterns of all modules of ``src`` and ``lib``, and those written in place."""
    used = _uses()
    found: dict[int, Named] = {}
    for where, pattern in _compiled():
        anywhere = used.get(where.rpartition(".")[2], {"search"}) - _ONLY_AT_START
        found.setdefault(id(pattern), Named(where, pattern, bool(anywhere)))
    named = [*found.values(), *_in_place()]
    return [Named(f"{each.where}-{n}", each.pattern, each.anywhere) for n, each in _nth(named)]


def check(named: Named, longest: int = LARGE) -> None:
    """Hold a pattern against hostile texts.

    Args:
        named: the pattern.
        longest: how long a text it is given, where whoever uses it cuts texts before.

    Raises:
        AssertionError: it is not linear; with the text that shows it.
    """
    run, small = _run(named), min(SMALL, longest)
    timed = {each: _quick(run, _text(each, small)) for each in hostile(named.pattern)}
    for worst in sorted(timed, key=lambda each: timed[each], reverse=True)[:WORST]:
        # Where every size is within the grain, growth need not be measured
        quick = (_taken(run, _text(worst, size), GRAIN) for size in _sizes(longest))
        if None in quick:
            _hold(named, worst, longest)


def _hold(named: Named, worst: tuple[str, str], longest: int) -> None:
    """Let a text grow to its whole length, fourfold at a time.

    Raises:
        AssertionError: it takes too long, or grows faster than the text.
    """
    run, before = _run(named), LIMIT
    for size in _sizes(longest):
        allowed = min(LIMIT * size / (longest // 4), max(GRAIN, GROWTH * before))
        tries = [_taken(run, _text(worst, size), allowed) for _ in range(2)]
        assert any(tries), (
            f"{named.where}: {named.pattern.pattern[:200]!r} takes more than {allowed:.2f} s for "
            f"{size} characters, {before:.2f} s for a quarter of them: {worst!r}"
        )
        before = min(each for each in tries if each)


def _sizes(longest: int) -> tuple[int, int, int]:
    """From small to large: what is slow is slow to break off, too, where the text is long."""
    return longest // 16, longest // 4, longest


def check_text(named: Named, text: str) -> None:
    """Hold a pattern against one text, such as a drawn one, of any size.

    Raises:
        TooSlow: it takes too long.
    """
    _once(_run(named), text, LIMIT)


def _text(kind: tuple[str, str], size: int) -> str:
    before, word = kind
    return (before + word * (size // len(word) + 1))[:size]


def _run(named: Named) -> Callable[[str], object]:
    pattern = named.pattern
    if named.anywhere:
        return lambda text: sum(1 for _ in pattern.finditer(text))
    return lambda text: (pattern.match(text), pattern.fullmatch(f"{text}\0"))


def _taken(run: Callable[[str], object], text: str, limit: float) -> float | None:
    """The processor's time for a text, None if it is more than the limit."""
    try:
        return max(_once(run, text, limit), 1e-9)
    except TooSlow:
        return None


def _quick(run: Callable[[str], object], text: str) -> float:
    """The time for a small text, too short for the processor's own clock; the best of two."""

    def once() -> float:
        began = time.perf_counter()
        run(text)
        return time.perf_counter() - began

    with _limited(LIMIT, text), _uncollected():
        return min(once(), once())


def _once(run: Callable[[str], object], text: str, limit: float) -> float:
    with _limited(limit, text):
        began = time.process_time()
        run(text)
        return time.process_time() - began


@contextmanager
def _uncollected() -> Generator[None]:
    """Keep Python from clearing up meanwhile, which takes longer than a small text."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        (gc.enable if was else gc.disable)()


@contextmanager
def _limited(seconds: float, text: str) -> Generator[None]:
    """Break off what takes longer: a search looks for signals now and then."""

    def stop(*_: object) -> None:
        raise TooSlow(f"more than {seconds:.0f} s for {len(text)} characters of {text[:60]!r}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _compiled() -> Iterator[tuple[str, re.Pattern[str]]]:
    """What is compiled already, and where it stands."""
    for _, module in _modules():
        for name, value in vars(module).items():
            yield from ((f"{module.__name__}.{name}", each) for each in _within(value, 4))


def _within(value: object, depth: int) -> Iterator[re.Pattern[str]]:
    """The patterns in a module's value."""
    if isinstance(value, re.Pattern):
        pattern = cast("re.Pattern[Any]", value)
        if isinstance(pattern.pattern, str):
            yield pattern
    elif depth and not isinstance(value, str | bytes | type):
        for each in _children(value):
            yield from _within(each, depth - 1)


def _children(value: object) -> list[object]:
    if isinstance(value, Mapping):
        entries = cast("Mapping[object, object]", value)
        return [*entries, *entries.values()]
    if isinstance(value, tuple | list | set | frozenset):
        return [*cast("tuple[object, ...]", value)]
    if is_dataclass(value):
        return [getattr(value, each.name) for each in fields(value)]
    return []


def _modules() -> Iterator[tuple[Path, ModuleType]]:
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*.py")):
            dotted = ".".join(path.relative_to(folder).with_suffix("").parts)
            yield path, importlib.import_module(dotted.removesuffix(".__init__"))


def _calls() -> Iterator[tuple[str, ModuleType, ast.Call, ast.Attribute]]:
    for path, module in _modules():
        nodes = ast.walk(ast.parse(path.read_text()))
        calls = (each for each in nodes if isinstance(each, ast.Call))
        where = path.relative_to(ROOT)
        yield from (
            (f"{where}:{call.lineno}", module, call, call.func)
            for call in calls
            if isinstance(call.func, ast.Attribute)
        )


def _uses() -> dict[str, set[str]]:
    """What is done with a pattern, by what it is called."""
    found: dict[str, set[str]] = {}
    for _, _, _, func in _calls():
        if func.attr in _METHODS and isinstance(func.value, ast.Name):
            found.setdefault(func.value.id, set()).add(func.attr)
    return found


def _in_place() -> Iterator[Named]:
    """The patterns that stand in a call of a function of ``re``."""
    for where, module, node, func in _calls():
        is_re = isinstance(func.value, ast.Name) and func.value.id == "re"
        if is_re and func.attr in _METHODS:
            flags = [each.value for each in node.keywords if each.arg == "flags"]
            given = [_constant(each, module) for each in (node.args[0], *flags)]
            yield Named(where, re.compile(*given), func.attr not in _ONLY_AT_START)


def _constant(node: ast.expr, module: ModuleType) -> Any:  # noqa: ANN401 - a pattern or its flags
    """The value of an expression of ours that is made of the module's own names only."""
    return eval(ast.unparse(node), dict(vars(module)))  # noqa: S307


def _nth(named: list[Named]) -> list[tuple[int, Named]]:
    """Number those of the same name."""
    seen: dict[str, int] = {}
    for each in named:
        seen[each.where] = seen.get(each.where, -1) + 1
    counted: dict[str, int] = {}
    numbered: list[tuple[int, Named]] = []
    for each in named:
        counted[each.where] = counted.get(each.where, -1) + 1
        numbered.append((counted[each.where], each))
    return numbered
