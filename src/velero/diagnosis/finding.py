"""One thing that is wrong, and how a message becomes one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from velero import total
from velero.diagnosis import meanings
from velero.diagnosis.evidence import Evidence
from velero.storage_checks import NOISE

UNEXPLAINED: Final = "These are the words of whoever found it; there is no explanation for them."
_SHOWN: Final = 600
_SEARCHED: Final = 8000
_LINE: Final = 1000


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

    def plain(self) -> Finding:
        """The same in texts that are one line each, whatever somebody wrote into them."""
        texts = (self.what, self.where, self.meaning, self.next_step)
        return Finding(*(total.plain(text, _LINE) for text in texts))


def explained(evidence: Evidence, what: str, where: str, otherwise: str = "") -> Finding:
    """A finding with what the tables know of its message, which is looked up before it is cut.

    Args:
        evidence: tells the names in commands.
        what: the message.
        where: as in ``Finding``.
        otherwise: the next step if the tables do not know the message.
    """
    what = _bounded(what)
    found = meanings.of(what, evidence.juju.application)
    if found:
        return Finding(_line(what), where, found.meaning, found.next_step)
    return Finding(_line(what), where, UNEXPLAINED, otherwise or _look(where, evidence))


def _line(text: str) -> str:
    """One line without noise; of a long one the middle goes, as the reason is often at its end."""
    line = total.plain(NOISE.sub("", text), 2 * _SEARCHED)
    half = _SHOWN // 2
    return line if len(line) <= _SHOWN else f"{line[:half]} … {line[-half:]}"


def _bounded(text: str) -> str:
    """What of a text is looked at."""
    half = _SEARCHED // 2
    return text if len(text) <= _SEARCHED else f"{text[:half]} … {text[-half:]}"


def _look(where: str, evidence: Evidence) -> str:
    kind, _, name = where.partition(",")[0].partition(" ")
    if not (name and kind[:1].isupper()):
        return f"Look there: {where}"
    return f"kubectl describe {kind.lower()} {name} --namespace {evidence.juju.model}"
