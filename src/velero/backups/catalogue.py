"""All Backups of the namespace, however many: read one by one, in a bounded memory."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from velero import total
from velero.backups import schedules
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
    phase: str
    started: str
    expires: str
    items: int | None
    errors: int
    warnings: int


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
    """How many objects a Backup holds, or None if Velero has not counted."""
    counted = total.at(backup, "status", "progress", "itemsBackedUp")
    return None if counted is None else total.number(backup, "status", "progress", "itemsBackedUp")


def newest(cluster: Cluster, limit: int, accept: Callable[[Entry], bool]) -> Listing:
    """The newest Backups that are accepted.

    Raises:
        ClusterError: they cannot be listed.
    """
    matched = total = 0

    def accepted() -> Iterator[Entry]:
        nonlocal matched, total
        for each in _entries(cluster):
            total += 1
            if accept(each):
                matched += 1
                yield each

    entries = heapq.nlargest(limit, accepted(), key=_age)
    return Listing(tuple(entries), matched, total)


def last_by_client(cluster: Cluster) -> dict[Client, Entry]:
    """Each client's newest Backup; the clients as ``schedules.shortened`` gives them."""
    return _last_of(cluster, frozenset(PHASES))


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


def newest_of(cluster: Cluster, wanted: Client, phases: frozenset[str], *, model: bool) -> Entry:
    """A client's newest Backup in one of the phases, whether or not the client is still there.

    Args:
        cluster: the Kubernetes API.
        wanted: the client.
        phases: which are good enough.
        model: whether the client's model counts; if not, there must be one only.

    Raises:
        Refused: there is none, or there are such clients in several models.
    """
    key = schedules.shortened(wanted)
    of_it = [
        last
        for client, last in _last_of(cluster, phases).items()
        if (client.application, client.endpoint) == (key.application, key.endpoint)
        and (not model or client.model == key.model)
    ]
    if len(of_it) > 1:
        models = ", ".join(sorted(each.client.model for each in of_it if each.client))
        raise Refused(f"{wanted} has backups in several models; add model= one of {models}")
    if not of_it:
        good = " or ".join(sorted(phases))
        defined.require(cluster, k8s.BACKUP)
        raise Refused(f"There is no backup of {wanted} that is {good}; see list-backups")
    return of_it[0]


def _last_of(cluster: Cluster, phases: frozenset[str]) -> dict[Client, Entry]:
    found: dict[Client, Entry] = {}
    for each in _entries(cluster):
        if each.phase in phases and each.client and _is_newer(each, found.get(each.client)):
            found[each.client] = each
    return found


def _is_newer(one: Entry, other: Entry | None) -> bool:
    return other is None or _age(one) > _age(other)


def _entries(cluster: Cluster) -> Iterator[Entry]:
    return (entry(obj) for obj in cluster.iterate(k8s.BACKUP))


def _age(each: Entry) -> tuple[str, str]:
    return each.started, each.name
