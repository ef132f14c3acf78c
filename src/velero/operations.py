"""What Velero is at work on."""

from __future__ import annotations

from collections.abc import Iterator

from velero import resources as k8s
from velero.cluster import Cluster
from velero.observed import BUSY_PHASES


def in_progress(cluster: Cluster) -> Iterator[str]:
    """What a restart of Velero's pods would interrupt: ``Backup nightly`` and so on.

    Kinds are asked for one by one, so that who wants the first only asks no further.

    Raises:
        ClusterError: they cannot be listed.
    """
    objects = (obj for kind in k8s.OPERATIONS for obj in cluster.list(kind))
    busy = (obj for obj in objects if obj.get("status", {}).get("phase") in BUSY_PHASES)
    yield from (k8s.describe(obj) for obj in busy)
