"""Taking Velero out of the cluster: ordered, bounded, and never at the cost of a backup.

`velero uninstall` is never used: it deletes the namespace, which is Juju's, and the definitions
of every Velero in the cluster. The server stops before objects are deleted, because it would
delete the files of a deleted Restore from the bucket, which is never touched here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final

from velero.backups import schedules
from velero.desired import CrdsOnRemove, Desired
from velero.errors import VeleroError
from velero.installation import permission, repository_password
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import REPOSITORY_SECRET, Kind, Object
from velero.observed import is_rolled_out
from velero.removal import definitions, terminating, waiting
from velero.removal.waiting import Telling, twice, wait_until_gone

logger = logging.getLogger(__name__)

PATIENCE: Final = 60.0
"""Seconds for what is in progress to end, and again for the server to stop."""


class Time(Enum):
    """How long Juju lets a removal run.

    A hook of a relation is waited for. After the last of them Juju 4 may end the unit at any
    moment; Juju 3.6 ends it half a minute after the remove hook began, Kubernetes' grace period
    for its pod.

    Attributes:
        operations: what is in progress gets so many times `PATIENCE`.
        server: the server gets so many times `PATIENCE` to stop.
        is_last: no later hook can go on.
    """

    AMPLE = (10.0, 1.0, False)
    ENDING = (1.0, 1.0, False)
    LAST = (0.1, 0.25, True)

    def __init__(self, operations: float, server: float, is_last: bool) -> None:  # noqa: FBT001
        self.operations = operations
        self.server = server
        self.is_last = is_last


_OURS: Final = (
    k8s.LOCATION,
    k8s.SNAPSHOT_LOCATION,
    k8s.SCHEDULE,
    k8s.CONFIG_MAP,
    k8s.SERVICE,
    k8s.CLUSTER_ROLE_BINDING,
)
_LAST: Final = (k8s.SERVICE_ACCOUNT,)
"""By it a removal that was cut off knows, when the next hook repeats it, that there is more to
do. What else is left by then goes with it (``manifests.owned``)."""
_WORKLOADS: Final = (k8s.DEPLOYMENT, k8s.DAEMON_SET)


@dataclass(frozen=True, slots=True)
class Removed:
    """What came of a removal.

    Attributes:
        notes: what was kept, interrupted or could not be done, and how to finish by hand: one
            sentence each.
        complete: nothing failed, so that the next hook has nothing to do.
    """

    notes: tuple[str, ...] = ()
    complete: bool = True


class Removal:
    """One removal.

    Args:
        cluster: the Kubernetes API, in the model's namespace.
        desired: tells what is ours.
        crds: what is to become of the definitions.
        time: how long it may take.
        telling: is told what it waits for.
    """

    def __init__(
        self,
        cluster: Cluster,
        desired: Desired,
        crds: CrdsOnRemove,
        time: Time,
        telling: Telling,
    ) -> None:
        self._cluster = cluster
        self._desired = desired
        self._ours = {k8s.INSTANCE: desired.instance}
        self._crds = crds
        self._time = time
        self._telling = telling
        self._notes: list[str] = []
        self._failed = False
        self._going = False  # the whole namespace is; then nothing is written into it

    def run(self) -> Removed:
        """Remove what is ours; each step goes on where the one before could not."""
        namespace = self._desired.namespace
        self._going = twice(partial(terminating.is_so, self._cluster, namespace))
        if self._going:
            self._try(partial(terminating.release, self._cluster))
        if twice(self._has_installed):
            if not self._going:
                self._try(self._pause_schedules)
                self._try(self._wait_for_operations)
            reason = definitions.reason_to_keep(self._cluster, self._desired, self._crds)
            stopped = self._try(self._stop_server)
            self._finish(reason if stopped else reason or "the Velero server may still run")
        else:
            # Someone else's Velero, or none: only what carries our label can go
            self._try(partial(self._delete_ours, _OURS + _LAST))
            self._try(self._delete_secrets)
            self._try(self._delete_password)
        return Removed(tuple(self._notes), not self._failed)

    def _finish(self, reason: str) -> None:
        self._try(partial(self._delete_ours, _OURS))
        self._try(self._delete_secrets)
        if not self._going:
            if not self._try(self._delete_password):
                reason = reason or "whether file-system backups need their password is not known"
            self._try(partial(permission.restore, self._cluster, self._desired.namespace))
        if reason:
            self._try(partial(definitions.strip_finalizers, self._cluster, k8s.RESTORE))
            self._notes.append(definitions.stay(reason))
        else:
            self._try(partial(definitions.delete, self._cluster, self._seconds_to_stop))
        if self._time.is_last or not self._failed:
            self._try(partial(self._delete_ours, _LAST))

    def _try(self, step: Callable[[], None]) -> bool:
        try:
            twice(step)
        except VeleroError as error:
            self._notes.append(str(error))
            self._failed = True
            return False
        return True

    @property
    def _seconds_to_stop(self) -> float:
        return PATIENCE * self._time.server

    def _has_installed(self) -> bool:
        """Whether the Velero here is this application's."""
        server = self._cluster.get(k8s.DEPLOYMENT, "velero")
        if server:
            return schedules.is_ours(server, self._desired)
        kinds = (k8s.SERVICE_ACCOUNT, k8s.CLUSTER_ROLE_BINDING)
        return any(self._cluster.list(kind, self._ours) for kind in kinds)

    def _pause_schedules(self) -> None:
        """So that none begins a backup that would be interrupted."""
        for obj in self._cluster.list(k8s.SCHEDULE, self._ours):
            if not obj.get("spec", {}).get("paused"):
                self._cluster.merge(k8s.SCHEDULE, k8s.name_of(obj), {"spec": {"paused": True}})

    def _wait_for_operations(self) -> None:
        """Give running backups and restores a bounded time to end by themselves."""
        seconds = PATIENCE * self._time.operations
        server = self._cluster.get(k8s.DEPLOYMENT, "velero")
        if server is None or not is_rolled_out(server):
            seconds = min(seconds, PATIENCE)  # hardly anything ends without one
        waiting.wait_for_operations(self._cluster, seconds, self._telling)
        left = waiting.unfinished(self._cluster)
        self._notes += [
            f"{what} has not ended in {seconds:.0f} s; interrupting it" for what in left
        ]

    def _stop_server(self) -> None:
        for kind in _WORKLOADS:
            for obj in self._cluster.list(kind, self._ours):
                self._delete(obj)
        pods = self._cluster.list(k8s.POD, k8s.COMPONENT | {"deploy": "velero"})
        names = [k8s.name_of(pod) for pod in pods]
        wait_until_gone(self._cluster, k8s.POD, names, self._seconds_to_stop)

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
        if secret is None or not schedules.is_ours(secret, self._desired):
            return
        if not repository_password.is_kept(self._cluster, secret):
            self._delete(secret)
            return
        self._notes.append(
            f"{k8s.describe(secret)} stays, on every removal: file-system backups in the bucket "
            f"need its password; once you have none left: kubectl delete secret "
            f"{REPOSITORY_SECRET} --namespace {self._desired.namespace}"
        )

    def _delete(self, obj: Object) -> None:
        logger.info("Deleting %s", k8s.describe(obj))
        self._cluster.delete(k8s.kind_of(obj), k8s.name_of(obj))
