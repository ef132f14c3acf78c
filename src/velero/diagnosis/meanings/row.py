"""One row of the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """A message explained.

    Attributes:
        meaning: what it says, to somebody who does not know Velero.
        next_step: what to do first.
    """

    meaning: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Row:
    """Messages that mean the same.

    Attributes:
        pattern: fits them; groups with a name can be used in the texts.
        meaning: the explanation; ``{app}`` stands for the application.
        next_step: what to do first, likewise.
        source: where the message comes from.
    """

    pattern: re.Pattern[str]
    meaning: str
    next_step: str
    source: str


def row(pattern: str, meaning: str, next_step: str, source: str) -> Row:
    """A row whose pattern is a regular expression; case does not matter."""
    return Row(re.compile(pattern, re.IGNORECASE), meaning, next_step, source)
