"""What can be wrong, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from velero.total import plain

_READ: Final = 20_000
_PART: Final = 300
_SHOWN: Final = 1200
"""Characters of a status: several reasons in a row, of which each is shorter."""


class Need(StrEnum):
    """What a problem needs to go away."""

    BLOCKED = "blocked"
    """a person must act"""
    MAINTENANCE = "maintenance"
    """the charm is working on it"""
    WAITING = "waiting"
    """time will do"""
    NOTE = "note"
    """nothing that Velero as a whole suffers from; shown while it works"""


@dataclass(frozen=True, slots=True)
class Problem:
    """One sentence for `juju status`.

    Much of it is said by others: Velero, the API server, an integrator. Whatever they say, it is
    one line that Juju takes and a terminal shows as it is.
    """

    need: Need
    message: str

    def __post_init__(self) -> None:
        """Make the message plain."""
        object.__setattr__(self, "message", plain(self.message, _SHOWN))


def short(text: str) -> str:
    """One printable line of others' words; of a long one its middle goes, as reasons end it."""
    line = plain(text, _READ)
    half = _PART // 2
    return line if len(line) <= _PART else f"{line[:half]} … {line[-half:]}"
