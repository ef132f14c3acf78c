"""What actions give back: flat keys for machines, a table for people, within Juju's limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import ops

from velero import total

FLAT_BYTES: Final = 48_000
TABLE_BYTES: Final = 32_000
"""Together well below the 100 kB that Juju takes of one action's results."""

SHOWN: Final = 50
"""How many lines of one result a person reads."""

_CELLS: Final = (10_000, 2_000, 500, 250)
"""Characters of one value, the first that all rows fit with."""
_WIDTHS: Final = (500, 250, 100, 63)
"""Of one column of the table, likewise."""
_OVERHEAD: Final = 24
"""Bytes of a flat key's other parts."""

Row = Mapping[str, str]


def listed(lines: Iterable[str]) -> str:
    """One line each, as many as a person reads."""
    every = [*lines]
    more = [f"and {len(every) - SHOWN} more"] if len(every) > SHOWN else []
    return "\n".join([*every[:SHOWN], *more])


def set_rows(
    event: ops.ActionEvent, noun: str, rows: Sequence[Row], columns: Sequence[str], note: str = ""
) -> None:
    """Set results of many things: a table, and ``noun.1.key`` and so on for each.

    Every value is one line. One that is very long is cut, so that it is at the cost of nothing
    else that is listed.

    Args:
        event: the action.
        noun: what the things are, in the plural.
        rows: them, by key; all have the same keys.
        columns: the keys that the table shows, in order.
        note: what else to say of the list.
    """
    every = len(rows)
    rows = _cut(rows)
    lines = table(rows, columns)
    shown = min(_fitting(rows), len(lines) - 1)
    cut = every - shown
    if cut:
        note = f"{note} {cut} more do not fit into the result of an action.".strip()
    event.set_results(
        {
            "count": str(shown),
            **({"note": note} if note else {}),
            **({"table": "\n".join(lines[: shown + 1])} if shown else {}),
            **(
                {noun: {str(n): dict(row) for n, row in enumerate(rows[:shown], 1)}}
                if shown
                else {}
            ),
        }
    )


def _cut(rows: Sequence[Row]) -> Sequence[Row]:
    """The rows with values so short that all fit as flat keys, if they can be."""
    shortest = [{key: value[: _CELLS[-1]] for key, value in row.items()} for row in rows]
    cut: Sequence[Row] = rows[: _fitting(shortest)]
    for limit in _CELLS:
        cut = [{key: total.plain(row[key], limit) for key in row} for row in cut]
        if _fitting(cut) == len(cut):
            break
    return cut


def _fitting(rows: Sequence[Row]) -> int:
    """How many rows fit as flat keys."""
    left = FLAT_BYTES
    for number, row in enumerate(rows):
        left -= sum(len(key) + _size(value) + _OVERHEAD for key, value in row.items())
        if left < 0:
            return number
    return len(rows)


def _size(text: str) -> int:
    return len(text.encode(errors="replace"))


def table(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Lines of a table, the heads first; as many as fit."""
    lines: list[str] = []
    for width in _WIDTHS:
        lines = _lines(rows, columns, width)
        if sum(len(line.encode()) + 1 for line in lines) <= TABLE_BYTES:
            return lines
    left, kept = TABLE_BYTES, list[str]()
    for line in lines:
        left -= len(line.encode()) + 1
        if left < 0:
            break
        kept.append(line)
    return kept


def _lines(rows: Sequence[Row], columns: Sequence[str], width: int) -> list[str]:
    heads = {key: key.upper().replace("-", " ") for key in columns}
    shown = [heads, *({key: total.plain(row[key], width) for key in columns} for row in rows)]
    widths = {key: max(len(row[key]) for row in shown) for key in columns}
    lines = ("  ".join(row[key].ljust(widths[key]) for key in columns) for row in shown)
    return [line.rstrip() for line in lines]


def capped(text: str, limit: int) -> str:
    """The beginning and end of a text that is too long, with a note of what is missing."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    head, tail = raw[: limit // 2], raw[-limit // 2 :]
    cut = len(raw) - limit
    note = f"\n[… {cut} bytes are left out here; ask for less, for example with a name …]\n"
    return head.decode(errors="ignore") + note + tail.decode(errors="ignore")


def age(moment: str | dt.datetime | None, now: dt.datetime) -> str:
    """How far away a moment is: ``50s``, ``5m``, ``3h``, ``12d``; ``-`` if there is none."""
    if not moment:
        return "-"
    at = dt.datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    seconds = abs((now - at).total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f}{unit}"
    return f"{seconds:.0f}s"


def utc(moment: dt.datetime | None) -> str:
    """A moment as Kubernetes writes it, or ``-``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "-"
