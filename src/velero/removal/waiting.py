"""Waiting in a removal, always within bounds."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from velero.errors import ClusterError, Unreachable
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.operations import BUSY_PHASES
from velero.kubernetes.resources import Kind, Object

logger = logging.getLogger(__name__)

T = TypeVar("T")
Telling: TypeAlias = Callable[[str, float], None]
"""Is told what is waited for, and for how many seconds at the most."""

_UNFINISHED: Final = BUSY_PHASES | {"", "New", "Queued", "ReadyToStart", "Accepted", "Prepared"}
_WAITED_FOR: Final = (k8s.BACKUP, k8s.RESTORE)


def wait_for_operations(cluster: Cluster, seconds: float, telling: Telling) -> None:
    """Let the backups and restores that there are end by themselves, all within the time.

    Raises:
        ClusterError: they cannot be read.
    """
    found = [(kind, obj) for kind in _WAITED_FOR for obj in cluster.list(kind)]
    deadline = time.monotonic() + seconds
    for kind, obj in found:
        if not is_finished(obj):
            logger.info("Waiting for %s to end", k8s.describe(obj))
            telling(k8s.describe(obj), seconds)
            left = deadline - time.monotonic()
            cluster.wait_until(kind, k8s.name_of(obj), is_finished, left)


def unfinished(cluster: Cluster) -> list[str]:
    """The backups and restores that have not ended, in words.

    Raises:
        ClusterError: they cannot be read.
    """
    found = (obj for kind in _WAITED_FOR for obj in cluster.list(kind))
    return [k8s.describe(obj) for obj in found if not is_finished(obj)]


def wait_until_gone(cluster: Cluster, kind: Kind, names: list[str], seconds: float) -> None:
    """Wait for objects that are being deleted.

    Raises:
        Unreachable: one is still there when the time is over.
        ClusterError: they cannot be read.
    """
    deadline = time.monotonic() + seconds
    for name in names:
        left = deadline - time.monotonic()
        if cluster.wait_until(kind, name, _is_gone, left) is None:
            raise Unreachable(f"{kind.name} {name} is still there after {seconds:.0f} s")


def twice(step: Callable[[], T]) -> T:
    """Take a step, again if it did not succeed: there may be no later hook to do it.

    Every step tolerates that it was done before.
    """
    try:
        return step()
    except ClusterError:
        return step()


def is_finished(obj: Object) -> bool:
    """Whether an operation has ended; one that is gone has."""
    return obj.get("status", {}).get("phase", "") not in _UNFINISHED if obj else True


def _is_gone(obj: Object) -> bool:
    return not obj
