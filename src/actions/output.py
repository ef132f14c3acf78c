"""What actions give back: flat keys for machines, a table for people, within Juju's limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import ops

FLAT_BYTES: Final = 48_000
TABLE_BYTES: Final = 32_000
"""Together well below the 100 kB that Juju takes of one action's results."""

SHOWN: Final = 50
"""How many lines of one result a person reads."""

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

    Args:
        event: the action.
        noun: what the things are, in the plural.
        rows: them, by key; all have the same keys.
        columns: the keys that the table shows, in order.
        note: what else to say of the list.
    """
    lines = table(rows, columns)
    shown = min(_fitting(rows), len(lines) - 1)
    cut = len(rows) - shown
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


def _fitting(rows: Sequence[Row]) -> int:
    """How many rows fit as flat keys."""
    left = FLAT_BYTES
    for number, row in enumerate(rows):
        left -= sum(len(key) + len(value.encode()) + 24 for key, value in row.items())
        if left < 0:
            return number
    return len(rows)


def table(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Lines of a table, the heads first; as many as fit."""
    heads = {key: key.upper().replace("-", " ") for key in columns}
    widths = {key: max(len(row[key]) for row in [heads, *rows]) for key in columns}
    lines = ["  ".join(row[key].ljust(widths[key]) for key in columns) for row in [heads, *rows]]
    left, kept = TABLE_BYTES, list[str]()
    for line in (each.rstrip() for each in lines):
        left -= len(line.encode()) + 1
        if left < 0:
            break
        kept.append(line)
    return kept


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
