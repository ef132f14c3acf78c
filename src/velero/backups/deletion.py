"""Deleting a backup for good: its files in the bucket, its snapshots, its object."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from velero import total
from velero.desired import valid_label
from velero.errors import Refused
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.juju import NO_JUJU_WEBHOOK
from velero.kubernetes.operations import BUSY_PHASES
from velero.kubernetes.resources import Object


@dataclass(frozen=True, slots=True)
class Outcome:
    """How far a deletion got.

    Attributes:
        gone: the Backup is no more.
        errors: why it is not, in Velero's words; empty while it goes on.
    """

    gone: bool
    errors: tuple[str, ...] = ()


def delete(
    cluster: Cluster, backup: Object, seconds: float, progress: Callable[[str], None]
) -> Outcome:
    """Ask Velero to delete a backup, and watch it do so.

    An object that is merely deleted comes back with the next look into the bucket (velero
    pkg/controller/backup_sync_controller.go).

    Raises:
        Refused: the backup is in progress.
        ClusterError: the API server cannot be asked.
    """
    name = k8s.name_of(backup)
    phase = total.phase(backup)
    if phase in BUSY_PHASES:
        raise Refused(f"Backup {name} is {phase}; delete it when it has ended")
    request = cluster.create(_request(backup))
    progress(f"Velero is asked to delete backup {name}")
    last: Object = {}
    for last in cluster.watch(k8s.DELETE_REQUEST, k8s.name_of(request), seconds):
        if not last or total.phase(last) == "Processed":
            break
    errors = total.texts(last, "status", "errors")
    return Outcome(not errors and cluster.get(k8s.BACKUP, name) is None, errors)


def _request(backup: Object) -> Object:
    name = k8s.name_of(backup)
    return {
        "apiVersion": k8s.DELETE_REQUEST.api_version,
        "kind": k8s.DELETE_REQUEST.name,
        "metadata": {
            "name": f"{name[:240]}-{secrets.token_hex(4)}",
            "namespace": total.text(backup, "metadata", "namespace"),
            "labels": {
                "velero.io/backup-name": valid_label(name),
                "velero.io/backup-uid": total.text(backup, "metadata", "uid"),
                **NO_JUJU_WEBHOOK,
            },
        },
        "spec": {"backupName": name},
    }
