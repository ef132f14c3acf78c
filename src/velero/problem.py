"""What can be wrong, and what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """One sentence for `juju status`."""

    need: Need
    message: str
