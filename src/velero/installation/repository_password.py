"""The password of Velero's file-system repositories: made once, used as it is found, kept.

Whoever loses it loses every file-system backup in the bucket. Its value is therefore written
once, when there is none, and never again.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final

from velero import total
from velero.desired import Desired
from velero.installation import manifests
from velero.kubernetes import juju
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.live import Live
from velero.kubernetes.resources import REPOSITORY_KEY, REPOSITORY_SECRET, Object
from velero.observed import password_in

logger = logging.getLogger(__name__)

KEPT: Final = "velero-operator/kept"
"""Annotation of the Secret: no removal deletes it. It outlives what told that it is needed: that
goes with the definitions, and of it only PodVolumeBackups come back from the bucket (velero
pkg/controller/backup_sync_controller.go)."""
WELL_KNOWN: Final = "static-passw0rd"
"""What Velero takes where no password was made before its first start (velero
pkg/repository/keys/keys.go)."""

_MARK: Final = {KEPT: "true"}
_NEED_IT: Final = (k8s.REPOSITORY, k8s.POD_VOLUME_BACKUP, k8s.DATA_UPLOAD)


def ensure(cluster: Cluster, live: Live, desired: Desired) -> None:
    """Make it before the server's first start, which would otherwise take a well-known one.

    One that is there without our label, made by a person or by a Velero that met none, becomes
    ours by its labels; its data are not touched.

    Raises:
        Conflict: someone else made it just now; the next call finds theirs.
        ClusterError: it cannot be read or written.
    """
    if there := live.get(k8s.SECRET, REPOSITORY_SECRET):
        wanted = manifests.repository_secret(desired, "")["metadata"]["labels"]
        if labels := juju.release(there) | _lacking(there, wanted):
            live.merge(k8s.SECRET, REPOSITORY_SECRET, {"metadata": {"labels": labels}})
        return
    found = cluster.get(k8s.SECRET, REPOSITORY_SECRET)
    secret = _taken_in(cluster, found, desired) if found else _made(cluster, desired)
    live.objects[k8s.SECRET.name, REPOSITORY_SECRET] = secret


def warning(secret: Object) -> str:
    """What a person should know of a password that someone else made; empty if nothing."""
    password = password_in(secret)
    if password == WELL_KNOWN:
        return (
            f"Secret {REPOSITORY_SECRET} holds Velero's well-known password, which everybody can "
            "look up; it stays, because file-system backups that exist cannot be read with "
            "another: protect the bucket"
        )
    if not password:
        return (
            f"Secret {REPOSITORY_SECRET} has no text under its key {REPOSITORY_KEY}, so Juju "
            "keeps no copy of the password: put it there, or keep a copy yourself"
        )
    return ""


def is_kept(cluster: Cluster, secret: Object) -> bool:
    """Whether a removal must leave the password; if so, every later one must too.

    Raises:
        ClusterError: it cannot be told.
    """
    if KEPT in secret["metadata"].get("annotations", {}):
        return True
    needed = any(next(cluster.iterate(kind), None) for kind in _NEED_IT)
    if needed:
        cluster.merge(k8s.SECRET, REPOSITORY_SECRET, {"metadata": {"annotations": _MARK}})
    return needed


def _lacking(there: Object, wanted: Object) -> Object:
    return {key: value for key, value in wanted.items() if total.labels(there).get(key) != value}


def _made(cluster: Cluster, desired: Desired) -> Object:
    lost = desired.repository_password
    secret = manifests.repository_secret(desired, lost or secrets.token_urlsafe(32))
    if lost:  # and with it, whether it was to be kept
        secret["metadata"]["annotations"] = _MARK
    made = cluster.create(secret)
    logger.info("Made the password of the file-system repositories")
    return made


def _taken_in(cluster: Cluster, found: Object, desired: Desired) -> Object:
    ours = manifests.repository_secret(desired, "")["metadata"]["labels"]
    marks = {"labels": ours, "annotations": _MARK}
    change = marks | {"labels": juju.release(found) | ours}
    cluster.merge(k8s.SECRET, REPOSITORY_SECRET, {"metadata": change})
    logger.info("Using the password of Secret %s as it was found", REPOSITORY_SECRET)
    if said := warning(found):
        logger.warning(said)
    old = found["metadata"]
    return found | {"metadata": old | {key: old.get(key, {}) | marks[key] for key in marks}}
