"""What Velero is at work on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from velero import total
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Kind, Object

BUSY_PHASES = frozenset(
    {
        "InProgress",
        "WaitingForPluginOperations",
        "WaitingForPluginOperationsPartiallyFailed",
        "Finalizing",
        "FinalizingPartiallyFailed",
        "Accepted",
        "Prepared",
        "Canceling",
    }
)
"""Phases in which a restart of the server or the loss of its location does harm.

Deleting is none: a Backup that cannot be deleted stays so for good, and while one is being
deleted, its DeleteBackupRequest says so (velero pkg/controller/backup_deletion_controller.go).
"""


def in_progress(cluster: Cluster, kinds: Iterable[Kind] = k8s.OPERATIONS) -> Iterator[str]:
    """What a restart of Velero's pods would interrupt: ``Backup nightly`` and so on.

    Kinds are asked for one by one, so that who wants the first only asks no further; one object
    at a time is in memory.

    Raises:
        ClusterError: they cannot be listed.
    """
    for kind in kinds:
        busy = filter(_is_busy, cluster.iterate(kind))
        yield from (k8s.describe(obj | {"kind": kind.name}) for obj in busy)


def _is_busy(obj: Object) -> bool:
    return total.phase(obj) in BUSY_PHASES
