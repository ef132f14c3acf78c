"""What an application left in the model that went without a hook of its own (Juju 4).

It is told by its instance label, and that it has gone by its StatefulSet, which Juju makes for
each application. Where Juju has made none for us either, nothing can be told, and all of it is
someone else's.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from velero import total
from velero.backups import schedules
from velero.desired import LABEL_MAX, Desired, valid_label
from velero.errors import Unreachable
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.juju import outlives
from velero.kubernetes.live import Live
from velero.kubernetes.resources import Object

logger = logging.getLogger(__name__)

_KINDS: Final = (
    k8s.DEPLOYMENT,
    k8s.DAEMON_SET,
    k8s.SCHEDULE,
    k8s.LOCATION,
    k8s.SNAPSHOT_LOCATION,
    k8s.SECRET,
    k8s.CONFIG_MAP,
    k8s.SERVICE,
    k8s.CLUSTER_ROLE_BINDING,
    k8s.SERVICE_ACCOUNT,
)
"""In the order in which they go: the servers first, the Schedules before any server starts."""
_HASH: Final = 6


def clear(cluster: Cluster, desired: Desired, live: Live, patience: float) -> None:
    """Delete it, so that what we install is not held up by it, and starts no run of long ago.

    Of an application of our own name, what is still wanted goes on; of its Schedules only that.
    Definitions stay, and the repositories' password, which becomes ours as any that is found.

    Args:
        cluster: the Kubernetes API.
        desired: tells what is ours, and wanted.
        live: what there is of ours.
        patience: seconds for a server to stop.

    Raises:
        Unreachable: one does not stop.
        ClusterError: it stopped half-way; the next call goes on.
    """
    if live.get(k8s.DEPLOYMENT, "velero"):
        return  # ours runs, and has seen to it before its first start
    for name in schedules.left_over(desired, live.objects):
        live.delete(k8s.SCHEDULE, name)
    found = [obj for kind in _KINDS for obj in cluster.list(kind, k8s.COMPONENT)]
    others = [obj for obj in found if _is_of_another(obj, desired)]
    gone = [*_gone(cluster, desired, others)] if others else []
    for obj in gone:
        logger.info("Deleting %s, left by %s", k8s.describe(obj), _instance(obj))
        cluster.delete(k8s.kind_of(obj), k8s.name_of(obj))
        if obj["kind"] == k8s.DEPLOYMENT.name:
            _wait_for_server(cluster, patience)


def _gone(cluster: Cluster, desired: Desired, others: list[Object]) -> Iterator[Object]:
    sets = cluster.list(k8s.STATEFUL_SET)
    living = {valid_label(f"{desired.namespace}.{k8s.name_of(each)}") for each in sets}
    if desired.instance in living:
        yield from (obj for obj in others if _instance(obj) not in living)


def _is_of_another(obj: Object, desired: Desired) -> bool:
    """Whether an object is of an application of this charm in this model, but not of ours.

    No namespace has a dot in its name, so that the first one ends it.
    """
    instance, prefix = _instance(obj), f"{desired.namespace}."[: LABEL_MAX - _HASH]
    return instance.startswith(prefix) and instance != desired.instance and not outlives(obj)


def _instance(obj: Object) -> str:
    return total.labels(obj).get(k8s.INSTANCE, "")


def _wait_for_server(cluster: Cluster, patience: float) -> None:
    """Two servers in a namespace would each fail what the other has in progress."""
    for pod in cluster.list(k8s.POD, k8s.COMPONENT | {"deploy": "velero"}):
        name = k8s.name_of(pod)
        if cluster.wait_until(k8s.POD, name, _is_absent, patience) is None:
            raise Unreachable(f"Pod {name} is still there after {patience:.0f} s")


def _is_absent(obj: Object) -> bool:
    return not obj
