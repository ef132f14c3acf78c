"""From clients to Schedules and Backups, and back: names, labels, objects. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from velero import total
from velero.backups import clusters
from velero.backups.clusters import PREFIX
from velero.desired import (
    LABEL_MAX,
    LOCATION_NAME,
    Claim,
    Client,
    Desired,
    Schedule,
    Scope,
    valid_label,
)
from velero.installation.custody import labelled
from velero.kubernetes import resources as k8s
from velero.kubernetes.difference import owns
from velero.kubernetes.resources import Key, Object

APPLICATION: Final = f"{PREFIX}/application"
ENDPOINT: Final = f"{PREFIX}/endpoint"
MODEL: Final = f"{PREFIX}/model"
"""Labels that say whose a Schedule, Backup or Restore is; values by ``valid_label``."""
RELATION: Final = f"{PREFIX}/relation"
"""Annotation of a Schedule: the id of the relation whose client it is of, and stays of."""
SCHEDULE_LABEL: Final = "velero.io/schedule-name"
"""Velero puts it on what a Schedule makes (velero pkg/apis/velero/v1/labels_annotations.go)."""

_KEYS: Final = ((APPLICATION, ENDPOINT, MODEL), ("app", "endpoint", "model"))
"""Ours, and those of canonical/velero-operator's first charm, whose backups stay restorable."""


def client_labels(client: Client) -> dict[str, str]:
    """The labels that tell a client's objects from others'."""
    return {
        APPLICATION: valid_label(client.application),
        ENDPOINT: valid_label(client.endpoint),
        MODEL: valid_label(client.model),
    }


def client_of(obj: Object) -> Client | None:
    """Whose a Schedule, Backup or Restore is; its parts are label values, so maybe shortened."""
    labels = total.labels(obj)
    found = (keys for keys in _KEYS if all(labels.get(key) for key in keys))
    keys = next(found, None)
    return Client(*(labels[key] for key in keys)) if keys else None


def shortened(client: Client) -> Client:
    """The client as ``client_of`` gives it back."""
    return Client(*client_labels(client).values())


def name(client: Client) -> str:
    """The name of a client's Schedule, and what those of its Backups begin with.

    ``model.application.endpoint``: dots, because none of the three can hold one where Juju
    made it, so that no two clients share a name. What is longer than 63 characters, which
    Velero could not use as a label (velero pkg/builder/backup_builder.go, ``FromSchedule``), or
    holds anything but lower-case letters, digits and hyphens, ends in a hash instead.
    """
    parts = (client.model, client.application, client.endpoint)
    plain = ".".join(re.sub(r"[^a-z0-9-]", "-", part.lower()) for part in parts)
    if plain == ".".join(parts) and plain.count(".") == len(parts) - 1 and len(plain) <= LABEL_MAX:
        return plain
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()[:6]
    return f"{plain[: LABEL_MAX - 7].rstrip('.-')}-{digest}"


def template(scope: Scope) -> dict[str, Any]:
    """The spec of a Backup: what the scope says, into the charm's own location."""
    selector = scope.label_selector
    spec: dict[str, Any] = {
        "includedNamespaces": _listed(scope.include_namespaces),
        "excludedNamespaces": _listed(scope.exclude_namespaces),
        "includedResources": _listed(scope.include_resources),
        "excludedResources": _listed(scope.exclude_resources),
        "includeClusterResources": scope.include_cluster_resources,
        "labelSelector": {"matchLabels": dict(selector)} if selector else None,
        "ttl": scope.ttl,
        "storageLocation": LOCATION_NAME,
    }
    return {key: value for key, value in spec.items() if value is not None}


def schedule(desired: Desired, wish: Schedule, live: Object | None, *, runs: bool) -> Object:
    """A client's Schedule, as it is to be applied.

    Args:
        desired: tells where it lives and whose it is.
        wish: what the client wants.
        live: the Schedule as it is, or None before it is made.
        runs: whether there is a storage location to back up to. Without one, each run would
            leave a Backup that failed validation; a paused Schedule keeps its history.
    """
    labels = client_labels(wish.client)
    marks = clusters.marks(desired.instance, desired.cluster or clusters.remembered(live))
    spec: dict[str, Any] = {
        "schedule": wish.cron,
        "paused": wish.paused or not runs,
        "useOwnerReferencesInBackup": wish.own_backups,
        # Backups take these instead of the Schedule's own, which say what is to be pruned
        "template": {"metadata": {"labels": labels | marks}, **template(wish.scope)},
    }
    skip = _skip_immediately(wish, live)
    relation = {} if wish.relation is None else {RELATION: str(wish.relation)}
    obj: Object = {
        "apiVersion": k8s.SCHEDULE.api_version,
        "kind": k8s.SCHEDULE.name,
        "metadata": {
            "name": name(wish.client),
            "namespace": desired.namespace,
            "labels": labels,
            **({"annotations": relation} if relation else {}),
        },
        "spec": spec if skip is None else spec | {"skipImmediately": skip},
    }
    return labelled(obj, desired)


def wanted(desired: Desired, live: Mapping[Key, Object], *, runs: bool) -> Iterator[Object]:
    """Every Schedule that is to be there, but those whose name someone else has taken."""
    for wish in desired.schedules:
        there = live.get((k8s.SCHEDULE.name, name(wish.client)))
        if there is None or is_ours(there, desired):
            yield schedule(desired, wish, there, runs=runs)


def left_over(desired: Desired, live: Mapping[Key, Object]) -> list[str]:
    """Names of our Schedules whose clients have left, or want none any more.

    One that may be of a client whose data are invalid goes on as it is: nobody said that those
    backups are not wanted any more. It has to be of that client's relation, if that is known.
    """
    keep = {name(wish.client) for wish in desired.schedules}
    refused = {name(client) for client in desired.on_demand}
    is_unclear = _keeping(desired.unclear)
    return [
        called
        for (kind, called), obj in live.items()
        if kind == k8s.SCHEDULE.name
        and called not in keep
        and is_ours(obj, desired)
        and (called in refused or not is_unclear(obj))
    ]


def _keeping(unclear: Iterable[Claim]) -> Callable[[Object], bool]:
    """Whether a Schedule may be one of these clients'."""
    by_relation = defaultdict[int | None, list[Claim]](list)
    for each in unclear:
        by_relation[each.relation].append(each)
        by_relation[None].append(each)
    return lambda obj: any(may_be_of(obj, each) for each in by_relation[relation_of(obj)])


def relevant(desired: Desired, found: list[Object]) -> list[Object]:
    """Of all Schedules of a namespace, ours and those that have a name that we want."""
    names = {name(wish.client) for wish in desired.schedules}
    return [obj for obj in found if is_ours(obj, desired) or k8s.name_of(obj) in names]


def is_ours(obj: Object, desired: Desired) -> bool:
    """Whether this application made an object."""
    return total.labels(obj).get(k8s.INSTANCE) == desired.instance


def relation_of(obj: Object) -> int | None:
    """The relation whose client a Schedule is of, or None if it is not remembered.

    Only what our own apply wrote, and nobody changed since, is a memory.
    """
    text = total.annotations(obj).get(RELATION, "")
    known = re.fullmatch("[0-9]{1,18}", text) and owns(obj, "metadata", "annotations", RELATION)
    return int(text) if known else None


def remembered(found: Iterable[Object], desired: Desired) -> dict[str, int]:
    """The relations that our Schedules are of, by the Schedules' names."""
    ours = {k8s.name_of(obj): relation_of(obj) for obj in found if is_ours(obj, desired)}
    return {called: relation for called, relation in ours.items() if relation is not None}


def may_be_of(obj: Object, claim: Claim) -> bool:
    """Whether a Schedule is a client's, as far as its relation and that client can be read."""
    if relation_of(obj) not in {None, claim.relation}:
        return False
    labels = total.labels(obj)
    known = {key: value for key, value in client_labels(claim.client).items() if value}
    return all(labels.get(key) == value for key, value in known.items())


def _skip_immediately(wish: Schedule, live: Object | None) -> bool | None:
    """The field as long as it is ours: from its making until the server resets it.

    The server sets it to false when it has acted on it (velero
    pkg/controller/schedule_controller.go), which makes it the server's. Until then it is applied
    as it is, because a field that is left out would be removed.
    """
    if live is None:
        return wish.skip_immediately
    if owns(live, "spec", "skipImmediately"):
        return bool(total.at(live, "spec", "skipImmediately"))
    return None


def _listed(names: tuple[str, ...] | None) -> list[str] | None:
    return None if names is None else list(names)
