"""What became of the backups and restores, of however many: read one by one. Pure."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from velero import total
from velero.backups import schedules
from velero.diagnosis.evidence import Failure
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object

_FAILED: Final = frozenset({"PartiallyFailed", "Failed", "FailedValidation"})
_NEVER: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
_ENDED: Final = _FAILED | {"Completed"}


@dataclass(slots=True)
class _Sort:
    """What became of those that are alike: of one schedule, of one client, or from one backup."""

    failed: Object | None = None
    good: Object | None = None
    failures: list[dt.datetime] = field(default_factory=list[dt.datetime])


def read(objects: Iterable[Object], limit: int) -> tuple[list[Object], list[Failure]]:
    """Those that have not ended, and the newest failure of each sort.

    Args:
        objects: all Backups or all Restores, in any order.
        limit: how many failures are kept: those that no success followed, then the newest.
    """
    running: list[Object] = []
    sorts: dict[str, _Sort] = {}
    for obj in objects:
        phase = total.phase(obj)
        if phase not in _ENDED:
            running.append(obj)
        else:
            _count(sorts.setdefault(_sort_of(obj), _Sort()), obj, failed=phase in _FAILED)
    failures = (_failure(each, each.failed) for each in sorts.values() if each.failed)
    newest = heapq.nlargest(limit, failures, key=lambda f: (not f.since, moment(f.object)))
    return running, newest


def moment(obj: Object) -> dt.datetime:
    """When it began, or was made if it never did; long ago if nobody can tell."""
    began = total.moment(obj, "status", "startTimestamp")
    return began or total.moment(obj, "metadata", "creationTimestamp") or _NEVER


def _count(sort: _Sort, obj: Object, *, failed: bool) -> None:
    if not failed:
        sort.good = _newer(sort.good, obj)
        return
    sort.failed = _newer(sort.failed, obj)
    sort.failures.append(moment(obj))


def _newer(one: Object | None, other: Object) -> Object:
    return other if one is None or moment(other) > moment(one) else one


def _failure(sort: _Sort, failed: Object) -> Failure:
    good = moment(sort.good) if sort.good else _NEVER
    since = k8s.name_of(sort.good) if sort.good and good > moment(failed) else ""
    in_a_row = sum(sort.good is None or each > good for each in sort.failures)
    return Failure(failed, before=max(in_a_row - 1, 0), since=since)


def _sort_of(obj: Object) -> str:
    if source := total.text(obj, "spec", "backupName"):
        return source
    if client := schedules.client_of(obj):
        return f"{client} {client.model}"
    return total.labels(obj).get(schedules.SCHEDULE_LABEL) or k8s.name_of(obj)
