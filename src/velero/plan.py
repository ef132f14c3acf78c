"""What is to become of the installation's objects, decided from what is wanted and what is there.

Pure: hooks carry it out, `holding` asks what of it would interrupt something, `diagnose` tells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from velero import total
from velero.installation import versions
from velero.kubernetes import resources as k8s
from velero.kubernetes.difference import differs
from velero.kubernetes.resources import Kind, Object
from velero.observed import Observed

PRUNED: Final[tuple[Kind, ...]] = (k8s.DAEMON_SET, k8s.CONFIG_MAP)
"""Kinds of which one of ours that is not wanted any more goes: the node agent and documents."""


class Verb(StrEnum):
    """What a step does to its object."""

    MAKE = "make"
    CHANGE = "change"
    DELETE = "delete"


_WORDS: Final = {
    Verb.MAKE: "is missing",
    Verb.CHANGE: "is not as it should be",
    Verb.DELETE: "is not wanted any more",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One object that is not as it should be.

    Attributes:
        verb: what is to be done to it.
        kind: its kind.
        name: its name.
    """

    verb: Verb
    kind: Kind
    name: str

    def __str__(self) -> str:
        """As a person reads it: ``ClusterRoleBinding velero-prod is missing``."""
        return total.plain(f"{self.kind.name} {self.name} {_WORDS[self.verb]}")


def steps(rendered: Iterable[Object], observed: Observed) -> Iterator[Step]:
    """The steps from what is there to what is wanted, those that make before those that delete.

    Args:
        rendered: the installation's objects as they should be, in the order of their writing.
        observed: what is there of ours; nothing of what it does not hold is deleted.
    """
    wanted = [(k8s.kind_of(obj), k8s.name_of(obj), obj) for obj in rendered]
    for kind, name, obj in wanted:
        live = observed.get(kind, name)
        if live is None:
            yield Step(Verb.MAKE, kind, name)
        elif differs(obj, live) and not _is_newer(kind, live, obj):
            yield Step(Verb.CHANGE, kind, name)
    names = {(kind.name, name) for kind, name, _ in wanted}
    there = [(kind, k8s.name_of(obj)) for kind in PRUNED for obj in observed.of(kind)]
    yield from (
        Step(Verb.DELETE, kind, name) for kind, name in there if (kind.name, name) not in names
    )


def _is_newer(kind: Kind, live: Object, wanted: Object) -> bool:
    return kind is k8s.CRD and versions.is_newer(live, wanted)
