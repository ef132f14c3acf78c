"""Velero's definitions where an installation of ours has lost them: which, and what went along.

Deleting a definition deletes every object of its kind, in all namespaces. A first install is told
from that by what it makes after the definitions: a ServiceAccount and a Deployment. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from velero import total
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Key, Object

NAMES: Final = {f"{kind.plural}.{kind.group}": kind for kind in k8s.VELERO_KINDS}
"""The definitions' names, and what they define."""

_GONE: Final = {
    k8s.SCHEDULE: "schedules that were made by hand are gone",
    k8s.BACKUP: "all Backups of the cluster are gone, and come back from the bucket by themselves",
    k8s.RESTORE: "the record of restores is gone",
    k8s.LOCATION: "storage locations that were made by hand are gone",
}


def unseen(objects: Mapping[Key, Object]) -> list[str]:
    """The definitions that are not there, or about to go, beside an installation of ours.

    Args:
        objects: what there is of ours, by kind and name, and the labelled definitions.
    """
    after = (k8s.SERVICE_ACCOUNT, k8s.DEPLOYMENT)
    if not any((kind.name, "velero") in objects for kind in after):
        return []
    return [name for name in NAMES if not _stays(objects.get((k8s.CRD.name, name)))]


def words(names: Collection[str]) -> str:
    """Definitions as a sentence has them."""
    found = sorted(names)
    return f"all {len(found)}" if len(found) == len(NAMES) else ", ".join(found)


def told(names: Collection[str]) -> str:
    """What became of definitions that were deleted, and of what people had made of them."""
    kinds = {NAMES[name] for name in names if name in NAMES}
    gone = "; ".join(said for kind, said in _GONE.items() if kind in kinds)
    lost = gone or "nothing that a person makes went with them"
    return f"Velero's definitions were deleted and made again ({words(names)}): {lost}"


def _stays(definition: Object | None) -> bool:
    return definition is not None and not total.text(definition, "metadata", "deletionTimestamp")
