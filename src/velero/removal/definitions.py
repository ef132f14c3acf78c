"""What becomes of Velero's definitions, which all Veleros of a cluster share, in a removal."""

from __future__ import annotations

import logging
from typing import Final

from velero.desired import CrdsOnRemove, Desired
from velero.errors import VeleroError
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Kind, Object
from velero.removal.waiting import is_finished, twice, wait_until_gone

logger = logging.getLogger(__name__)

_BY_HAND: Final = (
    "to delete them all, with every Velero object of the cluster: "
    "kubectl delete crd --selector component=velero"
)


def stay(reason: str) -> str:
    """What is said of definitions that stay."""
    return f"The Velero definitions and objects stay: {reason}; {_BY_HAND}"


def reason_to_keep(cluster: Cluster, desired: Desired, option: CrdsOnRemove) -> str:
    """Why deleting the definitions would lose something; empty if it would not.

    Args:
        cluster: the Kubernetes API.
        desired: tells what is ours.
        option: what is to become of them.
    """
    if option is CrdsOnRemove.KEEP:
        return "crds-on-remove is keep"
    try:
        return twice(lambda: _loss(cluster, desired, option))
    except VeleroError as error:
        return f"what they hold could not be read ({error})"


def delete(cluster: Cluster, seconds: float) -> None:
    """Delete all of them, with every object that is left.

    Raises:
        Unreachable: one is still there when the time is over.
        ClusterError: the API server did not do it.
    """
    for kind in k8s.VELERO_KINDS:
        strip_finalizers(cluster, kind)
    crds = [k8s.name_of(crd) for crd in cluster.list(k8s.CRD, k8s.COMPONENT)]
    for name in crds:
        logger.info("Deleting CustomResourceDefinition %s", name)
        cluster.delete(k8s.CRD, name)
    wait_until_gone(cluster, k8s.CRD, crds, seconds)


def strip_finalizers(cluster: Cluster, kind: Kind) -> None:
    """Nobody is left to act on them, and what they guard is in the bucket, to stay."""
    for obj in cluster.list(kind):
        if obj["metadata"].get("finalizers"):
            bare = {"metadata": {"finalizers": None}}
            cluster.merge(kind, k8s.name_of(obj), bare)


def _loss(cluster: Cluster, desired: Desired, option: CrdsOnRemove) -> str:
    for kind in k8s.VELERO_KINDS:
        objects = cluster.list(kind, everywhere=True)
        reasons = (_lost(kind, obj, desired, option) for obj in objects)
        if found := next(filter(None, reasons), ""):
            return found
    return ""


def _lost(kind: Kind, obj: Object, desired: Desired, option: CrdsOnRemove) -> str:
    """Why an object is more than the bucket would bring back; empty if it is not."""
    namespace = obj["metadata"]["namespace"]
    if namespace != desired.namespace:
        return f"{k8s.describe(obj)} is in namespace {namespace}"
    if option is CrdsOnRemove.DELETE:
        return ""
    labels = obj["metadata"].get("labels", {})
    by_hand = labels.get(k8s.INSTANCE) != desired.instance
    if by_hand and kind in (k8s.SCHEDULE, k8s.LOCATION, k8s.SNAPSHOT_LOCATION):
        return f"{k8s.describe(obj)} was made by hand"
    if kind in k8s.OPERATIONS and not is_finished(obj):
        return f"{k8s.describe(obj)} is not finished"
    return ""
