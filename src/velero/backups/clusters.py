"""Which cluster a Backup is of: several may write into one bucket, one may follow another. Pure.

A Backup comes back from the bucket with the labels that it was made with (velero
pkg/controller/backup_sync_controller.go); its UID and its times in the API server are new.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from velero import total
from velero.desired import valid_label
from velero.kubernetes import names
from velero.kubernetes.difference import owns
from velero.kubernetes.resources import Object

PREFIX: Final = "velero-operator.canonical.com"
CLUSTER: Final = f"{PREFIX}/cluster"
"""Label of a Backup: the uid of namespace `kube-system`, which no two clusters share."""
INSTANCE: Final = f"{PREFIX}/instance"
"""Label of a Backup: model and application of the charm that made it.

Not ``app.kubernetes.io/instance``, which says what goes with the application.
"""
TEMPLATE_LABELS: Final = ("spec", "template", "metadata", "labels")
"""Where a Schedule keeps the labels of its Backups (velero pkg/builder/backup_builder.go)."""
SHORT: Final = 8
"""As many characters of a cluster's uid as a person is shown, and may give."""


class Whose(StrEnum):
    """Which cluster a Backup is of, seen from this one."""

    HERE = "here"
    OTHER = "another"
    UNKNOWN = "unknown"


_RANK: Final = {Whose.HERE: 2, Whose.UNKNOWN: 1, Whose.OTHER: 0}


def whose(marked: str, here: str, *, synced: bool) -> Whose:
    """Which cluster a Backup is of.

    Args:
        marked: the uid of the cluster that it says it is of, or an empty text: backups of before
            say nothing, nor do those that others make.
        here: the uid of this cluster; empty if it cannot be read.
        synced: whether it came from the bucket. What did not was made here.
    """
    if marked and here:
        return Whose.HERE if marked == here else Whose.OTHER
    return Whose.UNKNOWN if synced else Whose.HERE


def rank(marked: str, here: str, of: str, *, synced: bool) -> int:
    """How well a Backup answers for one cluster; the best count, and with 0 it does not.

    Args:
        marked: as for ``whose``.
        here: as for ``whose``.
        of: the uid of the cluster that a person named; empty for this one.
        synced: as for ``whose``.
    """
    if of and of != here:
        return 2 * (marked == of)
    return _RANK[whose(marked, here, synced=synced)]


def called(marked: str, kind: Whose) -> str:
    """How a person is told of a cluster that is not this one; empty for this one."""
    words = {
        Whose.HERE: "",
        Whose.UNKNOWN: "unknown cluster",
        Whose.OTHER: f"cluster {marked[:SHORT]}",
    }
    return words[kind]


def marks(instance: str, cluster: str) -> dict[str, str]:
    """The labels that say whose a Backup is.

    Args:
        instance: the application's, as ``Desired.instance``.
        cluster: the uid of `kube-system`; empty if it is not known.
    """
    return {INSTANCE: valid_label(instance)} | ({CLUSTER: cluster} if cluster else {})


def marked(backup: Object) -> str:
    """The uid of the cluster that a Backup says it is of; empty if it says none."""
    return _uid(total.labels(backup).get(CLUSTER))


def remembered(schedule: Object | None) -> str:
    """The cluster in a Schedule's template, if we wrote it and nobody else did since; or empty."""
    if schedule is None or not owns(schedule, *TEMPLATE_LABELS, CLUSTER):
        return ""
    return _uid(total.pairs(schedule, *TEMPLATE_LABELS).get(CLUSTER))


def _uid(text: str | None) -> str:
    return text if text and names.is_uid(text) else ""
