"""What Velero is at work on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from velero import resources as k8s
from velero import total
from velero.cluster import Cluster
from velero.observed import BUSY_PHASES
from velero.resources import Kind, Object


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
