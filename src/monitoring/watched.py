"""The schedules whose backups are waited for, and when each is late. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from velero import total
from velero.backups import cadence, schedules, upcoming
from velero.desired import Client, Desired
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.observed import Observed

_MANAGER: Final = k8s.FIELD_MANAGER
MARGIN_LEAST: Final = dt.timedelta(minutes=30)
MARGIN_MOST: Final = dt.timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Watched:
    """A schedule that runs.

    Attributes:
        schedule: its name, which its metrics are labelled with.
        client: whose it is.
        cron: when it runs.
        limit: how many seconds the last good backup may be old.
        since: seconds since 1970; before that nothing is late, however old the last backup is.
    """

    schedule: str
    client: Client
    cron: str
    limit: int
    since: int


def watched(desired: Desired, observed: Observed) -> Iterator[Watched]:
    """Every schedule of ours that is there and not paused."""
    for obj in observed.of(k8s.SCHEDULE):
        client = schedules.client_of(obj)
        if client and schedules.is_ours(obj, desired) and not total.at(obj, "spec", "paused"):
            yield from _watched(client, obj)


def _watched(client: Client, obj: Object) -> Iterator[Watched]:
    cron, changed = total.text(obj, "spec", "schedule"), _changed(obj)
    gap = cadence.longest_gap(cron)
    due = upcoming.after(cron, changed) if changed else None
    if gap and due:
        margin = margin_of(gap)
        limit = int((gap + margin).total_seconds())
        yield Watched(k8s.name_of(obj), client, cron, limit, int((due + margin).timestamp()))


def margin_of(gap: dt.timedelta) -> dt.timedelta:
    """What a backup may take, and how much longer than the one before: a quarter of the gap.

    Half an hour at the least, as Velero makes backups one after the other, and six hours at the
    most. The age of a backup counts from its end.
    """
    return min(max(gap / 4, MARGIN_LEAST), MARGIN_MOST)


def _changed(schedule: Object) -> dt.datetime | None:
    """When we last wrote the Schedule: made it, changed its times, or let it run again.

    A backup before that says nothing of the times since.
    """
    fields = total.items(schedule, "metadata", "managedFields")
    ours = [total.moment(each, "time") for each in fields if each.get("manager") == _MANAGER]
    known = [total.moment(schedule, "metadata", "creationTimestamp"), *ours]
    return max((each for each in known if each), default=None)
