"""The model's namespace deleted under us: nothing is written into it, nothing of ours holds it.

Kubernetes deletes what is in it and makes nothing anew. Velero's finalizers then hold it for
ever, for the server that would answer them has gone (velero pkg/controller/
restore_finalizer_controller.go, restore_controller.go). Only objects that are being deleted
lose theirs: a live Restore would get its own back.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

from velero import total
from velero.desired import Desired
from velero.errors import BeingDeleted, Forbidden
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Key, Object

logger = logging.getLogger(__name__)

_REFUSAL: Final = "because it is being terminated"
"""Of the admission plugin NamespaceLifecycle, to whoever creates something there."""
_OF_VELERO: Final = "velero.io"


def look(cluster: Cluster, desired: Desired, objects: Mapping[Key, Object]) -> None:
    """Ask about the namespace where something points to its end: no server, or one that goes.

    Raises:
        BeingDeleted: it is being deleted; what held it by us does not any more.
        ClusterError: it cannot be told.
    """
    is_installed = (k8s.DEPLOYMENT.name, "velero") in objects
    if not is_installed or any(map(is_going, objects.values())):
        _check(cluster, desired)


@contextmanager
def explained(cluster: Cluster, desired: Desired) -> Generator[None]:
    """As ``look``, where something in a `with` block is refused for that reason.

    Raises:
        BeingDeleted: it is being deleted.
        ClusterError: it cannot be told.
    """
    try:
        yield
    except Forbidden as error:
        if _REFUSAL in str(error):
            _check(cluster, desired)
        raise


def is_so(cluster: Cluster, namespace: str) -> bool:
    """Whether a namespace is being deleted.

    Raises:
        ClusterError: it cannot be told.
    """
    return is_going(cluster.get(k8s.NAMESPACE, namespace) or {})


def is_going(obj: Object) -> bool:
    """Whether an object is being deleted."""
    return bool(total.text(obj, "metadata", "deletionTimestamp"))


def release(cluster: Cluster) -> None:
    """Take Velero's finalizers off its objects that are being deleted.

    Raises:
        ClusterError: it stopped half-way.
    """
    going = (obj for kind in k8s.VELERO_KINDS for obj in cluster.list(kind) if is_going(obj))
    for obj in going:
        held = total.texts(obj, "metadata", "finalizers")
        others = [each for each in held if _OF_VELERO not in each]
        if len(others) < len(held):
            logger.info("Letting %s go", k8s.describe(obj))
            change = {"metadata": {"finalizers": others or None}}
            cluster.merge(k8s.kind_of(obj), k8s.name_of(obj), change)


def _check(cluster: Cluster, desired: Desired) -> None:
    if is_so(cluster, desired.namespace):
        release(cluster)
        raise BeingDeleted(
            f"Namespace {desired.namespace} is being deleted with all that is in it; nothing is "
            f"written any more, run: juju remove-application {desired.application}"
        )
