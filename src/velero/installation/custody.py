"""What marks an object as ours, and whose it is: labels and owner. Pure; why so: ``juju.py``."""

from __future__ import annotations

from dataclasses import replace

from velero import total
from velero.desired import Desired
from velero.kubernetes import juju
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object


def labelled(obj: Object, desired: Desired) -> Object:
    """Put our labels on an object that is to be applied, and its owner; changes it in place."""
    labels = obj["metadata"].setdefault("labels", {})
    labels |= k8s.COMPONENT
    if obj["kind"] != k8s.CRD.name:  # shared by every Velero of the cluster
        labels[k8s.INSTANCE] = desired.instance
    if obj["kind"] == k8s.SECRET.name:  # whoever reads the bucket is not to read its keys there
        labels |= k8s.LEFT_OUT
    if juju.outlives(obj):
        labels |= juju.OUTLIVES
    return owned(obj, desired)


def owned(obj: Object, desired: Desired) -> Object:
    """Give an object that goes with the application its owner, if that is known; in place."""
    if desired.owner and obj["kind"] in juju.OWNED and not juju.outlives(obj):
        reference = {"apiVersion": "v1", "kind": k8s.SERVICE_ACCOUNT.name, "name": "velero"}
        obj["metadata"]["ownerReferences"] = [reference | {"uid": desired.owner}]
    return obj


def with_owner(desired: Desired, account: Object | None) -> Desired:
    """What is desired, now that the ServiceAccount is known, or that there is none yet."""
    return replace(desired, owner=total.text(account, "metadata", "uid"))
