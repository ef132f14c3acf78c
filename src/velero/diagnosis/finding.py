"""One thing that is wrong, and how a message becomes one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from velero.diagnosis import meanings
from velero.diagnosis.evidence import Evidence
from velero.storage_checks import NOISE

UNEXPLAINED: Final = "These are the words of whoever found it; there is no explanation for them."
_SHOWN: Final = 600


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        what: what was found; unknown messages as they are.
        where: the object, by kind and name, or where else to look.
        meaning: in plain words.
        next_step: what to do first.
    """

    what: str
    where: str
    meaning: str
    next_step: str


def explained(evidence: Evidence, what: str, where: str, otherwise: str = "") -> Finding:
    """A finding with what the tables know of its message, which is looked up before it is cut.

    Args:
        evidence: tells the names in commands.
        what: the message.
        where: as in ``Finding``.
        otherwise: the next step if the tables do not know the message.
    """
    found = meanings.of(what, evidence.juju.application)
    if found:
        return Finding(_line(what), where, found.meaning, found.next_step)
    return Finding(_line(what), where, UNEXPLAINED, otherwise or _look(where, evidence))


def _line(text: str) -> str:
    """One line without noise; of a long one the middle goes, as the reason is often at its end."""
    line = " ".join(NOISE.sub("", text).split())
    half = _SHOWN // 2
    return line if len(line) <= _SHOWN else f"{line[:half]} … {line[-half:]}"


def _look(where: str, evidence: Evidence) -> str:
    kind, _, name = where.partition(",")[0].partition(" ")
    if not (name and kind[0].isupper()):
        return f"Look there: {where}"
    return f"kubectl describe {kind.lower()} {name} --namespace {evidence.juju.model}"
