"""Taking Velero out of the cluster: ordered, bounded, and never at the cost of a backup.

`velero uninstall` is never used: it deletes the namespace, which is Juju's, and the definitions
of every Velero in the cluster. The server stops before objects are deleted, because it would
delete the files of a deleted Restore from the bucket, which is never touched here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from velero import permission, repository_password
from velero import resources as k8s
from velero.cluster import Cluster
from velero.desired import CrdsOnRemove, Desired
from velero.errors import ClusterError, Unreachable, VeleroError
from velero.observed import BUSY_PHASES, REPOSITORY_SECRET
from velero.resources import Kind, Object

logger = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds for what is in progress to end, and again for the server to stop."""

_OURS: Final = (
    k8s.LOCATION,
    k8s.SNAPSHOT_LOCATION,
    k8s.SCHEDULE,
    k8s.CONFIG_MAP,
    k8s.SERVICE,
    k8s.CLUSTER_ROLE_BINDING,
)
_LAST: Final = (k8s.SERVICE_ACCOUNT,)
"""By it a removal that was cut off knows, when Juju repeats it, that there is more to do."""
_WORKLOADS: Final = (k8s.DEPLOYMENT, k8s.DAEMON_SET)
_UNFINISHED: Final = BUSY_PHASES | {"", "New", "Queued", "ReadyToStart", "Accepted", "Prepared"}
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
        if _twice(self._has_installed):
            self._try(self._wait_for_operations)
            reason = self._reason_to_keep_crds()
            stopped = self._try(self._stop_server)
            self._finish(reason if stopped else reason or "the Velero server may still run")
        else:
            # Someone else's Velero, or none: only what carries our label can go
            self._try(partial(self._delete_ours, _OURS + _LAST))
            self._try(self._delete_secrets)
            self._try(self._delete_password)
        return self._notes

    def _finish(self, reason: str) -> None:
        self._try(partial(self._delete_ours, _OURS))
        self._try(self._delete_secrets)
        if not self._try(self._delete_password):
            reason = reason or "whether file-system backups need their password is not known"
        self._try(partial(permission.restore, self._cluster, self._desired.namespace))
        if reason:
            self._try(partial(self._strip_finalizers, k8s.RESTORE))
            self._notes.append(f"The Velero definitions and objects stay: {reason}; {_BY_HAND}")
        else:
            self._try(self._delete_crds)
        self._try(partial(self._delete_ours, _LAST))

    def _try(self, step: Callable[[], None]) -> bool:
        try:
            _twice(step)
        except VeleroError as error:
            self._notes.append(str(error))
            return False
        return True

    def _has_installed(self) -> bool:
        """Whether the Velero here is this application's."""
        server = self._cluster.get(k8s.DEPLOYMENT, "velero")
        if server:
            return server["metadata"].get("labels", {}).get(k8s.INSTANCE) == self._desired.instance
        return bool(self._cluster.list(k8s.SERVICE_ACCOUNT, self._ours))

    def _wait_for_operations(self) -> None:
        """Give running backups and restores a bounded time to end by themselves."""
        found = [(k, o) for k in (k8s.BACKUP, k8s.RESTORE) for o in self._cluster.list(k)]
        deadline = time.monotonic() + PATIENCE
        for kind, obj in found:
            if not _is_finished(obj):
                logger.info("Waiting for %s to end", k8s.describe(obj))
                left = deadline - time.monotonic()
                self._cluster.wait_until(kind, k8s.name_of(obj), _is_finished, left)

    def _reason_to_keep_crds(self) -> str:
        """Why deleting the definitions would lose something; empty if it would not."""
        if self._crds is CrdsOnRemove.KEEP:
            return "crds-on-remove is keep"
        try:
            return _twice(self._loss)
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
        if kind in k8s.OPERATIONS and not _is_finished(obj):
            return f"{k8s.describe(obj)} is not finished"
        return ""

    def _stop_server(self) -> None:
        for kind in _WORKLOADS:
            for obj in self._cluster.list(kind, self._ours):
                self._delete(obj)
        pods = self._cluster.list(k8s.POD, k8s.COMPONENT | {"deploy": "velero"})
        self._wait_until_gone(k8s.POD, [k8s.name_of(pod) for pod in pods])

    def _delete_ours(self, kinds: tuple[Kind, ...]) -> None:
        for kind in kinds:
            for obj in self._cluster.list(kind, self._ours):
                self._delete(obj)

    def _delete_secrets(self) -> None:
        for secret in self._cluster.list(k8s.SECRET, self._ours):
            if k8s.name_of(secret) != REPOSITORY_SECRET:
                self._delete(secret)

    def _delete_password(self) -> None:
        """Only if nothing needs it; comes before the definitions go, which take what tells."""
        secret = self._cluster.get(k8s.SECRET, REPOSITORY_SECRET)
        if (
            secret is None
            or not self._ours.items() <= secret["metadata"].get("labels", {}).items()
        ):
            return
        if not repository_password.is_kept(self._cluster, secret):
            self._delete(secret)
            return
        self._notes.append(
            f"{k8s.describe(secret)} stays, on every removal: file-system backups in the bucket "
            f"need its password; once you have none left: kubectl delete secret "
            f"{REPOSITORY_SECRET} --namespace {self._desired.namespace}"
        )

    def _delete_crds(self) -> None:
        for kind in k8s.VELERO_KINDS:
            self._strip_finalizers(kind)
        crds = [k8s.name_of(crd) for crd in self._cluster.list(k8s.CRD, k8s.COMPONENT)]
        for name in crds:
            logger.info("Deleting CustomResourceDefinition %s", name)
            self._cluster.delete(k8s.CRD, name)
        self._wait_until_gone(k8s.CRD, crds)

    def _wait_until_gone(self, kind: Kind, names: list[str]) -> None:
        deadline = time.monotonic() + PATIENCE
        for name in names:
            left = deadline - time.monotonic()
            if self._cluster.wait_until(kind, name, _is_gone, left) is None:
                raise Unreachable(f"{kind.name} {name} is still there after {PATIENCE:.0f} s")

    def _strip_finalizers(self, kind: Kind) -> None:
        """Nobody is left to act on them, and what they guard is in the bucket, to stay."""
        for obj in self._cluster.list(kind):
            if obj["metadata"].get("finalizers"):
                bare = {"metadata": {"finalizers": None}}
                self._cluster.merge(kind, k8s.name_of(obj), bare)

    def _delete(self, obj: Object) -> None:
        logger.info("Deleting %s", k8s.describe(obj))
        self._cluster.delete(k8s.kind_of(obj), k8s.name_of(obj))


def _twice(step: Callable[[], T]) -> T:
    """Take a step, again if it did not succeed: there is no later hook to do it.

    Every step tolerates that it was done before.
    """
    try:
        return step()
    except ClusterError:
        return step()


def _is_finished(obj: Object) -> bool:
    return obj.get("status", {}).get("phase", "") not in _UNFINISHED if obj else True


def _is_gone(obj: Object) -> bool:
    return not obj
