"""Whose backups count where several clusters write into one bucket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from velero.backups import catalogue, clusters, schedules
from velero.backups.catalogue import Entry
from velero.backups.clusters import SHORT, Whose
from velero.desired import Client
from velero.errors import Refused
from velero.kubernetes.cluster import Cluster

_NAMED: Final = 5
"""As many clusters as one message names."""


def whose(entry: Entry, here: str) -> Whose:
    """Which cluster a Backup is of, seen from the one whose uid is given."""
    return clusters.whose(entry.cluster, here, synced=entry.synced)


def told(entry: Entry, here: str) -> str:
    """The cluster of a Backup in words; empty if it is this one."""
    return clusters.called(entry.cluster, whose(entry, here))


def ranked(here: str, of: str = "") -> Callable[[Entry], int]:
    """How well a Backup answers for one cluster, see ``clusters.rank``."""
    return lambda entry: clusters.rank(entry.cluster, here, of, synced=entry.synced)


def counting(here: str, of: str = "", *, unknown: bool = False) -> Callable[[Entry], bool]:
    """Which Backups answer for one cluster; also those that do not say, if ``unknown``."""
    rank, least = ranked(here, of), 1 if unknown else 2
    return lambda entry: rank(entry) >= least


def named(cluster: Cluster, text: str) -> str:
    """The uid of the cluster that a person named.

    Args:
        cluster: the Kubernetes API.
        text: its uid, or the first ``SHORT`` characters of it.

    Raises:
        Refused: no backup is of such a cluster, or there are several that begin so.
    """
    every = {each.cluster for each in catalogue.entries(cluster) if each.cluster}
    found = sorted(uid for uid in every if text in {uid, uid[:SHORT]})
    if len(found) > 1:
        raise Refused(f"Several clusters begin with {text}; use from= with {_either(found)}")
    if not found:
        known = f"; those that are known are {_either(sorted(every))}" if every else ""
        raise Refused(f"No backup says that it is of cluster {text}{known}")
    return found[0]


def elsewhere(cluster: Cluster, wanted: Client, here: str) -> str:
    """Which other clusters have backups of a client, and what to say to use them; or empty."""
    key = schedules.shortened(wanted)
    found = {
        each.cluster[:SHORT]
        for each in catalogue.entries(cluster)
        if each.client
        and whose(each, here) is Whose.OTHER
        and (each.client.application, each.client.endpoint) == (key.application, key.endpoint)
    }
    return (
        f"; another cluster has backups of it: add from={_either(sorted(found))}" if found else ""
    )


def _either(found: list[str]) -> str:
    more = f" or {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return " or ".join(found[:_NAMED]) + more
