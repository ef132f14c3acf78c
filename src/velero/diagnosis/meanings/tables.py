"""What a message means in plain words, and what to do about it: tables, by who says it. Pure.

A pattern is the whole phrase in which something is said. Of several that are in one message, the
most specific counts: an error of Go begins with what was tried and ends with its cause, so that is
the phrase that ends last; of those that end together, the longer one. A phrase with a ``rest``
quotes somebody else, and nothing that begins after it counts. Where two fit equally well, and
where none fits, the message is shown as it is and explained by nobody: a wrong explanation is
worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from velero.diagnosis.meanings import (
    admission,
    azure,
    google,
    juju,
    pods,
    restores,
    s3,
    volumes,
    wire,
    work,
)
from velero.diagnosis.meanings.row import Meaning, Row

__all__ = ["LONGEST", "TABLES", "Meaning", "bounded", "fitting", "of"]

TABLES: Final[tuple[tuple[Row, ...], ...]] = (
    juju.ROWS,
    pods.ROWS,
    work.ROWS,
    restores.ROWS,
    volumes.ROWS,
    admission.ROWS,
    s3.ROWS,
    azure.ROWS,
    google.ROWS,
    wire.ROWS,
)

LONGEST: Final = 8000
"""Characters of a message that are looked at; of a longer one its middle is not."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """Where a message says what a row means: from ``start`` to ``end``, the rest follows."""

    row: Row
    found: re.Match[str]
    start: int
    end: int

    @property
    def quotes(self) -> bool:
        return "rest" in self.found.re.groupindex


def of(text: str, words: Mapping[str, str]) -> Meaning | None:
    """What a message means; None if nobody has explained it yet.

    Args:
        text: the message as it was said, not shortened.
        words: what the texts of the rows name: ``app`` and what ``cures.py`` knows.
    """
    fits = _best(text)
    if len({fit.row.cause for fit in fits}) != 1:
        return None
    said = {key: value for key, value in fits[0].found.groupdict().items() if value}
    row, known = fits[0].row, {**words, **said}
    return Meaning(row.cause, row.meaning.format_map(known), row.next_step.format_map(known))


def fitting(text: str) -> list[str]:
    """The causes that fit a message best; more than one is a fault of the tables."""
    return sorted({fit.row.cause for fit in _best(text)})


def bounded(text: str) -> str:
    """What of a text is looked at."""
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} … {text[-half:]}"


def _best(message: str) -> list[_Fit]:
    text = bounded(message)
    fits = [fit for table in TABLES for row in table for fit in _fits(row, text)]
    quoted = min((fit.start for fit in fits if fit.quotes), default=len(text))
    inner = [fit for fit in fits if fit.start <= quoted]
    best = max(((fit.end, -fit.start) for fit in inner), default=None)
    return [fit for fit in inner if (fit.end, -fit.start) == best]


def _fits(row: Row, text: str) -> list[_Fit]:
    ends = "rest" if "rest" in row.pattern.groupindex else None
    return [
        _Fit(row, found, found.start(), found.start(ends) if ends else found.end())
        for found in row.pattern.finditer(text)
    ]
