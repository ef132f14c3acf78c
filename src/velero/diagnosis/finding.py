"""One thing that is wrong, and how a message becomes one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from velero import total
from velero.diagnosis import cures
from velero.diagnosis.evidence import Evidence
from velero.diagnosis.meanings import tables
from velero.kubernetes.resources import Object
from velero.storage.checks import NOISE

UNEXPLAINED: Final = "These are the words of whoever found it; there is no explanation for them."
UNKNOWN_CAUSE: Final = "unexplained"
_REST: Final = "There is no explanation for the rest."
_SEVERAL: Final = 3
_SHOWN: Final = 600
_LINE: Final = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        what: what was found; unknown messages as they are.
        where: the object, by kind and name, or where else to look.
        meaning: in plain words.
        next_step: what to do first.
        cause: the name of the cause, which stays as it is from version to version.
    """

    what: str
    where: str
    meaning: str
    next_step: str
    cause: str = UNKNOWN_CAUSE

    def plain(self) -> Finding:
        """The same in texts that are one line each, whatever somebody wrote into them."""
        texts = (self.what, self.where, self.meaning, self.next_step, self.cause)
        return Finding(*(total.plain(text, _LINE) for text in texts))


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said.

    Attributes:
        what: all of it, as it is shown.
        where: as in ``Finding``.
        parts: what of it is to be explained, each for itself; if empty, all of it.
        pod: the pod that it is about, if it is about one.
        otherwise: the next step if nobody can explain it.
    """

    what: str
    where: str
    parts: tuple[str, ...] = ()
    pod: Object | None = None
    otherwise: str = ""


def explained(evidence: Evidence, message: Message) -> Finding:
    """A finding with what the tables know of a message, which is looked up before it is cut.

    Of several parts each counts: what is explained is not taken for the whole.
    """
    known = cures.words(evidence, message.pod)
    parts = message.parts or (message.what,)
    found = [tables.of(part, known) for part in parts]
    several = list({each.cause: each for each in found if each}.values())[:_SEVERAL]
    what = _line(tables.bounded(message.what))
    if not several:
        step = message.otherwise or _look(message.where, evidence)
        return Finding(what, message.where, UNEXPLAINED, step)
    told = [each.meaning for each in several] + [_REST] * (None in found)
    steps = "; ".join(dict.fromkeys(each.next_step for each in several))
    return Finding(what, message.where, " ".join(told), steps, several[0].cause)


def _line(text: str) -> str:
    """One line without noise; of a long one the middle goes, as the reason is often at its end."""
    line = total.plain(NOISE.sub("", text), 2 * tables.LONGEST)
    half = _SHOWN // 2
    return line if len(line) <= _SHOWN else f"{line[:half]} … {line[-half:]}"


def _look(where: str, evidence: Evidence) -> str:
    kind, _, name = where.partition(",")[0].partition(" ")
    if not (name and kind[:1].isupper()):
        return f"Look there: {where}"
    return f"kubectl describe {kind.lower()} {name} --namespace {evidence.juju.model}"
