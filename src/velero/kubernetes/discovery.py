"""Kinds of object that are so new that Velero may not know them yet.

Velero asks the API server for its kinds every five minutes (velero pkg/cmd/server/server.go,
``initDiscoveryHelper``). A backup made before that has none of a new kind's objects, and says
nothing of it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from velero import total
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster

PERIOD: Final = dt.timedelta(minutes=5)
_VELERO: Final = ".velero.io"


def new_kinds(cluster: Cluster, now: dt.datetime) -> list[str]:
    """Names of the definitions that were made since Velero may have asked last.

    One request, and one more if there are any: Velero also asks when it starts.

    Raises:
        ClusterError: they cannot be listed.
    """
    since = (now - PERIOD).strftime("%Y-%m-%dT%H:%M:%SZ")
    made: dict[str, str] = {
        k8s.name_of(each): total.text(each, "metadata", "creationTimestamp")
        for each in cluster.metadata(k8s.CRD)
    }
    new = [name for name, at in made.items() if at > since and not name.endswith(_VELERO)]
    started = _started(cluster) if new else ""
    return sorted(name for name in new if made[name] >= started)


def _started(cluster: Cluster) -> str:
    """When the running server started; empty if none runs."""
    started = (
        total.text(container, "state", "running", "startedAt")
        for pod in cluster.list(k8s.POD, {"deploy": "velero"})
        for container in total.items(pod, "status", "containerStatuses")
    )
    return max(started, default="")
