"""One row of the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

REST: Final = r"(?P<rest>[\s\S]*)"
"""At the end of a pattern: what follows are the words of somebody else, in which nothing is looked
for, such as those of an admission webhook or of a store."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message explained.

    Attributes:
        cause: the row's name.
        meaning: what it says, to somebody who does not know Velero.
        next_step: what to do first.
    """

    cause: str
    meaning: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Row:
    """Messages that mean the same.

    Attributes:
        cause: its name, which scripts may rely on.
        pattern: the whole phrase that says it, capitals as they are said; groups with a name can
            be used in the texts, ``rest`` is as in ``REST``.
        meaning: the explanation; ``{app}`` stands for the application, and other words for what
            ``cures.py`` knows.
        next_step: what to do first, likewise.
        source: where the message comes from.
    """

    cause: str
    pattern: re.Pattern[str]
    meaning: str
    next_step: str
    source: str


def row(cause: str, pattern: str, meaning: str, next_step: str, source: str) -> Row:
    """A row whose pattern is a regular expression."""
    return Row(cause, re.compile(pattern), meaning, next_step, source)
