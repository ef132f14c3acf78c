"""Which cluster this one is."""

from __future__ import annotations

import logging
from typing import Final

from velero import total
from velero.errors import ClusterError
from velero.kubernetes import names
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster

logger = logging.getLogger(__name__)

_EVERYWHERE: Final = "kube-system"


def of(cluster: Cluster) -> str:
    """The uid of namespace `kube-system`: as old as the cluster, and no other cluster's.

    One request. Empty if it cannot be read; backups are then made and restored without it.
    """
    try:
        uid = total.text(cluster.get(k8s.NAMESPACE, _EVERYWHERE), "metadata", "uid")
    except ClusterError as error:
        logger.warning("Which cluster this is cannot be told: %s", error)
        return ""
    return uid if names.is_uid(uid) else ""
