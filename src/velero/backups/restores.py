"""What a person wants of a backup, as a Restore. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from velero import total
from velero.backups import schedules
from velero.kubernetes import resources as k8s
from velero.kubernetes.juju import NO_JUJU_WEBHOOK
from velero.kubernetes.resources import Object

Selector = tuple[tuple[str, str, tuple[str, ...]], ...]
"""Requirements that an object's labels must meet, all of them: key, operator, values; the
operators are In, NotIn, Exists and DoesNotExist."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a backup is to come back, and how. None means that nothing narrows it.

    Attributes:
        include_namespaces: names or globs, as they are in the backup.
        exclude_namespaces: names or globs.
        include_resources: resource types or globs.
        exclude_resources: resource types or globs.
        selectors: an object must match one of them, if there are any.
        namespace_mapping: new names of namespaces by old ones.
        existing_resource_policy: ``none`` or ``update``, or empty for Velero's default, none.
        restore_volumes: whether volumes come back from snapshots.
    """

    include_namespaces: tuple[str, ...] | None = None
    exclude_namespaces: tuple[str, ...] | None = None
    include_resources: tuple[str, ...] | None = None
    exclude_resources: tuple[str, ...] | None = None
    selectors: tuple[Selector, ...] = ()
    namespace_mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    existing_resource_policy: str = ""
    restore_volumes: bool | None = None


def restore(backup: Object, wish: Wish, name: str) -> Object:
    """The Restore of a Backup; it carries the labels of the Backup's client."""
    client = schedules.client_of(backup)
    return {
        "apiVersion": k8s.RESTORE.api_version,
        "kind": k8s.RESTORE.name,
        "metadata": {
            "name": name,
            "namespace": total.text(backup, "metadata", "namespace"),
            "labels": {**(schedules.client_labels(client) if client else {}), **NO_JUJU_WEBHOOK},
        },
        "spec": _spec(backup, wish),
    }


def _spec(backup: Object, wish: Wish) -> dict[str, Any]:
    lists = {
        "includedNamespaces": wish.include_namespaces,
        "excludedNamespaces": wish.exclude_namespaces,
        "includedResources": wish.include_resources,
        "excludedResources": wish.exclude_resources,
    }
    spec: dict[str, Any] = {key: [*names] for key, names in lists.items() if names is not None}
    spec["backupName"] = k8s.name_of(backup)
    if len(wish.selectors) == 1:
        spec["labelSelector"] = _selector(wish.selectors[0])
    elif wish.selectors:
        spec["orLabelSelectors"] = [_selector(each) for each in wish.selectors]
    if wish.namespace_mapping:
        spec["namespaceMapping"] = dict(wish.namespace_mapping)
    if wish.existing_resource_policy:
        spec["existingResourcePolicy"] = wish.existing_resource_policy
    if wish.restore_volumes is not None:
        spec["restorePVs"] = wish.restore_volumes
    return spec


def _selector(selector: Selector) -> dict[str, Any]:
    expressions = [
        {"key": key, "operator": operator} | ({"values": [*values]} if values else {})
        for key, operator, values in selector
    ]
    return {"matchExpressions": expressions}
