"""Taking Velero out of the cluster: ordered, bounded, and never at the cost of a backup.

`velero uninstall` is never used: it deletes the namespace, which is Juju's, and the definitions
of every Velero in the cluster. The server stops before objects are deleted, because it would
delete the files of a deleted Restore from the bucket, which is never touched here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from velero import manifests
from velero import resources as k8s
from velero.cluster import Cluster
from velero.desired import CrdsOnRemove, Desired
from velero.errors import VeleroError
from velero.observed import BUSY_PHASES
from velero.resources import Kind, Object

logger = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds for what is in progress to end, and again for the server to stop."""

_OURS: Final = (
    k8s.LOCATION,
    k8s.SNAPSHOT_LOCATION,
    k8s.SCHEDULE,
    k8s.SERVICE,
    k8s.SERVICE_ACCOUNT,
    k8s.CLUSTER_ROLE_BINDING,
)
_WORKLOADS: Final = (k8s.DEPLOYMENT, k8s.DAEMON_SET)
_UNFINISHED: Final = BUSY_PHASES | {"", "New", "Queued", "ReadyToStart", "Accepted", "Prepared"}
_OPERATIONS: Final = (
    k8s.BACKUP,
    k8s.RESTORE,
    k8s.DELETE_REQUEST,
    k8s.DATA_UPLOAD,
    k8s.DATA_DOWNLOAD,
    k8s.POD_VOLUME_BACKUP,
    k8s.POD_VOLUME_RESTORE,
)
_BY_HAND: Final = (
    "to delete them all, with every Velero object of the cluster: "
    "kubectl delete crd --selector component=velero"
)


class Removal:
    """One removal.

    Args:
        cluster: the Kubernetes API, in the model's namespace.
        desired: tells what is ours.
        crds: what is to become of the definitions.
    """

    def __init__(self, cluster: Cluster, desired: Desired, crds: CrdsOnRemove) -> None:
        self._cluster = cluster
        self._desired = desired
        self._ours = {k8s.INSTANCE: desired.instance}
        self._crds = crds
        self._notes: list[str] = []

    def run(self) -> list[str]:
        """Remove what is ours; each step goes on where the one before could not.

        Returns:
            what was kept or could not be done, and how to finish by hand.
        """
        if not self._has_server():
            # Someone else's Velero, or none: only what carries our label can go
            self._crds = CrdsOnRemove.KEEP
        self._try(self._wait_for_operations)
        reason = self._reason_to_keep_crds()
        self._try(self._stop_server)
        self._try(self._delete_ours)
        self._try(self._delete_secrets)
        if reason:
            self._notes.append(f"The Velero definitions and objects stay: {reason}; {_BY_HAND}")
        else:
            self._try(self._delete_crds)
        return self._notes

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except VeleroError as error:
            self._notes.append(str(error))

    def _has_server(self) -> bool:
        return bool(self._cluster.list(k8s.DEPLOYMENT, self._ours))

    def _wait_for_operations(self) -> None:
        """Give a running backup or restore a bounded time to end by itself."""
        running = [
            (kind, k8s.name_of(obj))
            for kind in (k8s.BACKUP, k8s.RESTORE)
            for obj in self._cluster.list(kind)
            if _phase(obj) in BUSY_PHASES
        ]
        for kind, name in running:
            logger.info("Waiting for %s %s to end", kind.name, name)
            self._cluster.wait_until(kind, name, _is_idle, PATIENCE)

    def _reason_to_keep_crds(self) -> str:
        """Why deleting the definitions would lose something; empty if it would not."""
        if self._crds is CrdsOnRemove.KEEP:
            return "crds-on-remove is keep"
        try:
            return self._loss()
        except VeleroError as error:
            return f"what they hold could not be read ({error})"

    def _loss(self) -> str:
        for kind in k8s.VELERO_KINDS:
            objects = self._cluster.list(kind, everywhere=True)
            if reasons := [r for obj in objects if (r := self._lost(kind, obj))]:
                return reasons[0]
        return ""

    def _lost(self, kind: Kind, obj: Object) -> str:
        """Why an object is more than the bucket would bring back; empty if it is not."""
        namespace = obj["metadata"]["namespace"]
        if namespace != self._desired.namespace:
            return f"{k8s.describe(obj)} is in namespace {namespace}"
        if self._crds is CrdsOnRemove.DELETE:
            return ""
        labels = obj["metadata"].get("labels", {})
        by_hand = labels.get(k8s.INSTANCE) != self._desired.instance
        if by_hand and kind in (k8s.SCHEDULE, k8s.LOCATION, k8s.SNAPSHOT_LOCATION):
            return f"{k8s.describe(obj)} was made by hand"
        if kind in _OPERATIONS and _phase(obj) in _UNFINISHED:
            return f"{k8s.describe(obj)} is not finished"
        return ""

    def _stop_server(self) -> None:
        for kind in _WORKLOADS:
            for obj in self._cluster.list(kind, self._ours):
                self._delete(obj)
        for pod in self._cluster.list(k8s.POD, k8s.COMPONENT | {"deploy": "velero"}):
            self._cluster.wait_until(k8s.POD, k8s.name_of(pod), _is_gone, PATIENCE)

    def _delete_ours(self) -> None:
        for kind in _OURS:
            for obj in self._cluster.list(kind, self._ours):
                self._delete(obj)

    def _delete_secrets(self) -> None:
        """All but the repositories' password while repositories exist that need it."""
        used = self._cluster.list(k8s.REPOSITORY)
        for secret in self._cluster.list(k8s.SECRET, self._ours):
            name = k8s.name_of(secret)
            if name == manifests.REPOSITORY_SECRET and used:
                self._notes.append(
                    f"Secret {name} stays: file-system backups in the bucket need its password"
                )
            else:
                self._delete(secret)

    def _delete_crds(self) -> None:
        for kind in k8s.VELERO_KINDS:
            self._strip_finalizers(kind)
        crds = [k8s.name_of(crd) for crd in self._cluster.list(k8s.CRD, k8s.COMPONENT)]
        for name in crds:
            logger.info("Deleting CustomResourceDefinition %s", name)
            self._cluster.delete(k8s.CRD, name)
        for name in crds:
            self._cluster.wait_until(k8s.CRD, name, _is_gone, PATIENCE)

    def _strip_finalizers(self, kind: Kind) -> None:
        """Nobody is left to act on them, and what they guard is in the bucket, to stay."""
        for obj in self._cluster.list(kind):
            if obj["metadata"].get("finalizers"):
                bare = {"metadata": {"finalizers": None}}
                self._cluster.merge(kind, k8s.name_of(obj), bare)

    def _delete(self, obj: Object) -> None:
        logger.info("Deleting %s", k8s.describe(obj))
        self._cluster.delete(k8s.kind_of(obj), k8s.name_of(obj))


def _phase(obj: Object) -> str:
    return obj.get("status", {}).get("phase", "")


def _is_idle(obj: Object) -> bool:
    return _phase(obj) not in BUSY_PHASES


def _is_gone(obj: Object) -> bool:
    return not obj
