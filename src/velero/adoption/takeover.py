"""Taking over a Velero that `velero install` or the charm before this one made.

Everything that stands in our way is found first and said; only then something is written. What
is ours is told by its label, so an adoption that is cut off leaves either objects that are still
someone else's, for the next attempt, or ones that every hook repairs.

The order keeps backups: the folder in the bucket is remembered before the location is touched,
and the old server has stopped before a new one starts, since two would each fail what the other
has in progress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from velero import total
from velero.desired import LOCATION_NAME, Desired
from velero.errors import Forbidden, Refused, Unreachable
from velero.installation import manifests, workloads
from velero.installation.ownership import is_foreign
from velero.kubernetes import juju, operations
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Key, Kind, Object
from velero.storage import objects, remembered
from velero.velero import Velero

_REPLACED: Final = (k8s.DEPLOYMENT, k8s.DAEMON_SET, k8s.SERVICE)
"""Made anew: applied over, they would keep the old one's plugins, variables and volumes, and
their selectors cannot change at all."""
_MANAGERS: Final = frozenset({"", juju.OF_JUJU, k8s.FIELD_MANAGER})
"""What says nothing of who it is."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What an adoption would meet.

    Attributes:
        found: the objects under names of ours that someone else made.
        obstacles: why they cannot be taken over, and what to do; one sentence each.
        busy: what the change of servers would interrupt.
    """

    found: tuple[Object, ...]
    obstacles: tuple[str, ...]
    busy: tuple[str, ...]

    @property
    def keys(self) -> list[Key]:
        """Kind and name of what was found."""
        return [(obj["kind"], k8s.name_of(obj)) for obj in self.found]


def survey(velero: Velero, desired: Desired) -> Survey:
    """Look, and change nothing.

    Raises:
        Forbidden: the application is not trusted.
        VeleroError: the API server or the CLI did not answer.
    """
    if not velero.observe(desired).trusted:
        raise Forbidden("Trust is missing")
    found = (*_found(velero, desired),)
    obstacles = [obstacle for obj in found if (obstacle := _obstacle(obj, desired))]
    return Survey(found, (*obstacles,), (*operations.in_progress(velero.cluster),))


def adopt(
    velero: Velero,
    desired: Desired,
    survey: Survey,
    may_write: Callable[[], bool],
    progress: Callable[[str], None],
) -> Desired:
    """Take over what was found, and bring about what is desired.

    Args:
        velero: the Velero to be.
        desired: what to work towards.
        survey: what was found; whatever it says is in progress is interrupted.
        may_write: as for ``Velero.reconcile``.
        progress: is told each step.

    Returns:
        what is desired now: in the folder of the adopted location.

    Raises:
        Refused: there are obstacles.
        VeleroError: it stopped half-way; the next call goes on from there.
    """
    if survey.obstacles:
        raise Refused("; ".join(survey.obstacles))
    location = next((obj for obj in survey.found if obj["kind"] == k8s.LOCATION.name), None)
    if location:
        desired = remembered.with_folder(desired, remembered.memory_of(location))
    desired = remembered.recalled(desired, velero.observe(desired))
    _remember(velero, desired)
    for obj in survey.found:
        if _is_replaced(obj):
            progress(f"Replacing {k8s.describe(obj)}")
            _stop(velero, obj)
        else:
            progress(f"Taking over {k8s.describe(obj)}")
            _claim(velero, obj, desired)
    _unset_other_defaults(velero, desired)
    progress("Applying what this application wants")
    velero.reconcile(desired, may_write, force=True)
    return desired


def _found(velero: Velero, desired: Desired) -> Iterator[Object]:
    wanted = manifests.install(desired, velero.cli, [])
    names = [(k8s.kind_of(obj), k8s.name_of(obj)) for obj in wanted if obj["kind"] != k8s.CRD.name]
    names += [(k8s.kind_of(obj), k8s.name_of(obj)) for obj in objects.locations(desired)]
    if desired.storage is None:
        names.append((k8s.LOCATION, LOCATION_NAME))
    # Workloads last: until then, an attempt that is cut off leaves the old server at work
    names.sort(key=lambda name: name[0] in _REPLACED)
    for kind, name in names:
        found = velero.cluster.get(kind, name)
        if found and is_foreign(found, desired):
            yield found
    servers = filter(workloads.is_server, velero.cluster.list(k8s.DEPLOYMENT))
    yield from filter(workloads.is_other_server, servers)


def _obstacle(obj: Object, desired: Desired) -> str:
    """Why one object cannot be taken over; empty if it can."""
    labels, what = total.labels(obj), k8s.describe(obj)
    if workloads.is_other_server(obj):
        return _obstacle_of_server(obj, desired)
    if owner := _owner(labels):
        return (
            f"{what} belongs to {owner}, which would change it back; remove that first, or if it"
            f" is gone already, take the labels off: kubectl label {obj['kind'].lower()}"
            f" {k8s.name_of(obj)} --namespace {desired.namespace} {k8s.MANAGED_BY}-"
            f" {k8s.INSTANCE}-"
        )
    if obj["kind"] == k8s.CLUSTER_ROLE_BINDING.name:
        return _obstacle_of_binding(obj, desired)
    return _obstacle_of_location(obj, desired) if obj["kind"] == k8s.LOCATION.name else ""


def _owner(labels: Mapping[str, str]) -> str:
    """Who maintains an object that is not ours; empty if nobody does.

    An application of this charm is told by its instance label alone: who manages its objects is
    Juju's to say, as it is with those of an earlier charm, which can be taken over.
    """
    manager = labels.get(k8s.MANAGED_BY, "")
    return labels.get(k8s.INSTANCE, "") if manager in _MANAGERS else manager


def _obstacle_of_server(deployment: Object, desired: Desired) -> str:
    name = k8s.name_of(deployment)
    return (
        f"{k8s.describe(deployment)} runs another Velero server, which cannot be taken over for "
        f"it is not called {workloads.SERVER}; stop it when nothing is in progress, its backups "
        f"stay: kubectl delete deployment {name} --namespace {desired.namespace}"
    )


def _obstacle_of_binding(binding: Object, desired: Desired) -> str:
    others = (
        f"{one.get('kind')} {one.get('namespace', '')}/{one.get('name')}"
        for one in total.items(binding, "subjects")
        if (one.get("kind"), one.get("namespace")) != (k8s.SERVICE_ACCOUNT.name, desired.namespace)
    )
    if who := ", ".join(others):
        return (
            f"{k8s.describe(binding)} gives rights to {who}, which would lose them; bind them "
            "under another name first, or use another model"
        )
    return ""


def _obstacle_of_location(location: Object, desired: Desired) -> str:
    """Velero lists and restores what is in the location's store, and nothing else.

    Where it leads elsewhere, Velero deletes the Backups that it does not find there (velero
    pkg/controller/backup_sync_controller.go, ``deleteOrphanedBackups``).
    """
    what, by_hand = k8s.describe(location), f"--namespace {desired.namespace}"
    if desired.storage is None:
        bucket = total.plain(total.text(location, "spec", "objectStorage", "bucket")) or "-"
        return (
            f"{what} leads to bucket {bucket}; integrate a storage integrator for it first, so "
            "that its backups stay listed"
        )
    if differs := remembered.difference(location, desired.storage):
        return (
            f"{what} is another store than the integrated one: {differs}; its backups would not "
            "be listed any more. Configure the integrator for that store, or if you mean the "
            f"other: kubectl delete backupstoragelocation {LOCATION_NAME} {by_hand}"
        )
    return ""


def _remember(velero: Velero, desired: Desired) -> None:
    """Apply the ServiceAccount, which holds the memory."""
    for obj in manifests.install(desired, velero.cli, []):
        if obj["kind"] == k8s.SERVICE_ACCOUNT.name:
            velero.cluster.apply(obj)


def _is_replaced(obj: Object) -> bool:
    if obj["kind"] == k8s.CLUSTER_ROLE_BINDING.name:
        return total.text(obj, "roleRef", "name") != "cluster-admin"  # cannot change
    return k8s.kind_of(obj) in _REPLACED


def _stop(velero: Velero, obj: Object) -> None:
    """Delete an object, and wait until none of its pods is left."""
    kind = k8s.kind_of(obj)
    velero.cluster.delete(kind, k8s.name_of(obj))
    selector = total.pairs(obj, "spec", "selector", "matchLabels")
    pods = velero.cluster.list(k8s.POD, selector) if selector else []
    for gone, name in [(kind, k8s.name_of(obj)), *((k8s.POD, k8s.name_of(pod)) for pod in pods)]:
        _wait_until_gone(velero, gone, name)


def _wait_until_gone(velero: Velero, kind: Kind, name: str) -> None:
    limit = velero.patience
    if velero.cluster.wait_until(kind, name, lambda obj: not obj, limit) is None:
        raise Unreachable(f"{kind.name} {name} is still there after {limit:.0f} s; try again")


def _claim(velero: Velero, obj: Object, desired: Desired) -> None:
    """Put our labels on an object; what it should be is the next reconcile's business."""
    theirs = juju.of_juju(total.labels(obj))  # which sets them anew, for this application
    labels: Object = {k8s.MANAGED_BY: None, **dict.fromkeys(theirs)}
    labels |= k8s.COMPONENT | {k8s.INSTANCE: desired.instance}
    change: Object = {"metadata": {"labels": labels}}
    if obj["kind"] == k8s.LOCATION.name and desired.storage and desired.storage.ca_chain:
        # Beside the reference to ours, it would make the location Unavailable
        change["spec"] = {"objectStorage": {"caCert": None}}
    velero.cluster.merge(k8s.kind_of(obj), k8s.name_of(obj), change)


def _unset_other_defaults(velero: Velero, desired: Desired) -> None:
    """Of several default locations the newest wins (velero, its location controller)."""
    for obj in velero.cluster.list(k8s.LOCATION):
        if is_foreign(obj, desired) and total.at(obj, "spec", "default"):
            velero.cluster.merge(k8s.LOCATION, k8s.name_of(obj), {"spec": {"default": False}})
