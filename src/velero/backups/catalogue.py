"""All Backups of the namespace, however many: read one by one, in a bounded memory."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from velero import total
from velero.backups import clusters, schedules
from velero.desired import Client
from velero.errors import Refused
from velero.installation import defined
from velero.kubernetes import names
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object

PHASES: Final = (
    "New",
    "Queued",
    "ReadyToStart",
    "FailedValidation",
    "InProgress",
    "WaitingForPluginOperations",
    "WaitingForPluginOperationsPartiallyFailed",
    "Finalizing",
    "FinalizingPartiallyFailed",
    "Completed",
    "PartiallyFailed",
    "Failed",
    "Deleting",
)
"""Of a Backup (velero v1.18 pkg/apis/velero/v1/backup_types.go)."""
HOLDING: Final = frozenset({"Completed", "PartiallyFailed"})
"""Phases of what can be restored."""
ENDED: Final = HOLDING | {"Failed", "FailedValidation"}


class Origin(StrEnum):
    """How a Backup came to be."""

    SCHEDULE = "schedule"
    """made by a Schedule, a client's or another"""
    ACTION = "action"
    """made by create-backup"""
    OTHER = "other"
    """made by hand or by another tool"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list says of one Backup.

    Attributes:
        name: its name.
        uid: its UID in this cluster; synced into another, a Backup has another one.
        client: whose it is, if anybody's.
        origin: how it came to be.
        synced: whether it was found in the bucket: made by another cluster, or by an earlier
            life of this one.
        cluster: the uid of the cluster that it says it is of, or empty.
        phase: Velero's; New before Velero has seen it.
        started: RFC 3339, in UTC; when it was made if it has not started, or at no time that
            can be read; empty if that cannot be read either.
        expires: RFC 3339, or empty.
        items: how many objects it holds, or None if Velero has not counted.
        errors: how many.
        warnings: how many.
    """

    name: str
    uid: str
    client: Client | None
    origin: Origin
    synced: bool
    cluster: str
    phase: str
    started: str
    expires: str
    items: int | None
    errors: int
    warnings: int

    @property
    def empty(self) -> bool:
        """Whether it ended with nothing in it; not if nobody knows."""
        return self.phase in HOLDING and self.items == 0


@dataclass(frozen=True, slots=True)
class Listing:
    """The newest of many.

    Attributes:
        entries: newest first.
        matched: how many there are that match.
        total: how many there are.
    """

    entries: tuple[Entry, ...]
    matched: int
    total: int


def entry(obj: Object) -> Entry:
    """The entry of one Backup."""
    made = total.moment(obj, "metadata", "creationTimestamp")
    ended = total.moment(obj, "status", "completionTimestamp")
    client = schedules.client_of(obj)
    origin = Origin.ACTION if client else Origin.OTHER
    if schedules.SCHEDULE_LABEL in total.labels(obj):
        origin = Origin.SCHEDULE
    return Entry(
        name=k8s.name_of(obj),
        uid=_uid(obj),
        client=client,
        origin=origin,
        synced=bool(made and ended and ended < made),
        cluster=clusters.marked(obj),
        phase=total.plain(total.phase(obj)) or "New",
        started=_stamp(total.moment(obj, "status", "startTimestamp") or made),
        expires=_stamp(total.moment(obj, "status", "expiration")),
        items=held(obj),
        errors=total.number(obj, "status", "errors"),
        warnings=total.number(obj, "status", "warnings"),
    )


def _stamp(moment: dt.datetime | None) -> str:
    """As Kubernetes writes it; what the calendar does not know is empty."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z" if moment else ""


def held(backup: Object) -> int | None:
    """How many objects a Backup holds, or None if Velero has not counted.

    Zero is left out of what Velero writes, so that a Backup of nothing has ``progress: {}``, here
    and when it comes from a bucket; one that was never counted has no progress at all (velero
    pkg/apis/velero/v1/backup_types.go:438-483).
    """
    progress = total.at(backup, "status", "progress")
    if not isinstance(progress, dict):
        return None
    counts = total.mapping(progress)
    done, of = (counts.get(key) or 0 for key in ("itemsBackedUp", "totalItems"))
    if not isinstance(done, int) or done < 0 or (not done and of):
        return None
    return total.number(counts, "itemsBackedUp")


def newest(cluster: Cluster, limit: int, accept: Callable[[Entry], bool]) -> Listing:
    """The newest Backups that are accepted.

    Raises:
        ClusterError: they cannot be listed.
    """
    matched = total = 0

    def accepted() -> Iterator[Entry]:
        nonlocal matched, total
        for each in entries(cluster):
            total += 1
            if accept(each):
                matched += 1
                yield each

    shown = heapq.nlargest(limit, accepted(), key=_age)
    return Listing(tuple(shown), matched, total)


def find(cluster: Cluster, name_or_uid: str) -> Object:
    """One Backup.

    Raises:
        Refused: there is none.
    """
    if not names.is_uid(name_or_uid):
        found = cluster.get(k8s.BACKUP, name_or_uid)
    else:
        every: Iterable[Object] = cluster.iterate(k8s.BACKUP)
        found = next((obj for obj in every if _uid(obj) == name_or_uid), None)
    if found is None:
        defined.require(cluster, k8s.BACKUP)
        raise Refused(f"There is no backup {name_or_uid}; see list-backups")
    return found | {"kind": k8s.BACKUP.name}


def _uid(obj: Object) -> str:
    return total.text(obj, "metadata", "uid")


def entries(cluster: Cluster) -> Iterator[Entry]:
    """All Backups, one at a time in memory.

    Raises:
        ClusterError: they cannot be listed.
    """
    return (entry(obj) for obj in cluster.iterate(k8s.BACKUP))


def is_newer(one: Entry, other: Entry | None) -> bool:
    """Whether a Backup is newer than another, or there is no other."""
    return other is None or _age(one) > _age(other)


def _age(each: Entry) -> tuple[str, str]:
    return each.started, each.name
