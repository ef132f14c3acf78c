"""What an adopted Velero leaves that the charm neither needs nor deletes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from velero import total
from velero.backups import schedules
from velero.desired import LOCATION_NAME, Desired
from velero.installation import repository_password
from velero.installation.ownership import is_foreign
from velero.installation.workloads import NODE_AGENT
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import REPOSITORY_SECRET, Key, Kind, Object

_MADE_BY_INSTALL: Final = (
    k8s.SECRET,
    k8s.CONFIG_MAP,
    k8s.SERVICE_ACCOUNT,
    k8s.SERVICE,
    k8s.DEPLOYMENT,
)


def of(cluster: Cluster, desired: Desired, taken: Collection[Key] = ()) -> Iterator[str]:
    """One sentence for each thing that stays.

    Args:
        cluster: the Kubernetes API.
        desired: tells what is ours.
        taken: what is about to be ours.

    Raises:
        ClusterError: they cannot be listed.
    """

    def foreign(kind: Kind, labels: Mapping[str, str] | None = None) -> list[Object]:
        found = cluster.list(kind, labels)
        others = [obj for obj in found if is_foreign(obj, desired)]
        return [obj for obj in others if (kind.name, k8s.name_of(obj)) not in taken]

    locations = [*foreign(k8s.LOCATION), *foreign(k8s.SNAPSHOT_LOCATION)]
    used = {_credential(obj): k8s.describe(obj) for obj in locations}
    made = [obj for kind in _MADE_BY_INSTALL for obj in foreign(kind, k8s.COMPONENT)]
    bindings = foreign(k8s.CLUSTER_ROLE_BINDING, k8s.COMPONENT)
    made += [obj for obj in bindings if desired.namespace in _namespaces(obj)]
    yield from _warnings(cluster)
    yield from _location(cluster, desired)
    yield from (_unused(obj, used, desired) for obj in made if not _is_password(obj))
    yield from (_of_daemon_set(obj, desired) for obj in foreign(k8s.DAEMON_SET, k8s.COMPONENT))
    yield from (f"{k8s.describe(obj)} stays as it is" for obj in locations)
    yield from (_of_schedule(obj) for obj in foreign(k8s.SCHEDULE))


def _warnings(cluster: Cluster) -> Iterator[str]:
    secret = cluster.get(k8s.SECRET, REPOSITORY_SECRET)
    if secret and (warning := repository_password.warning(secret)):
        yield warning


def _location(cluster: Cluster, desired: Desired) -> Iterator[str]:
    """Keys of our own location that the storage integrator does not give; Velero heeds them."""
    location = cluster.get(k8s.LOCATION, LOCATION_NAME)
    if location and desired.storage:
        more = total.pairs(location, "spec", "config").keys() - desired.storage.config.keys()
        if more and not is_foreign(location, desired):
            yield f"{k8s.describe(location)} keeps its config keys {', '.join(sorted(more))}"


def _is_password(obj: Object) -> bool:
    return k8s.name_of(obj) == REPOSITORY_SECRET


def _unused(obj: Object, used: Mapping[str, str], desired: Desired) -> str:
    if obj["kind"] == k8s.SECRET.name and (who := used.get(k8s.name_of(obj))):
        return f"{k8s.describe(obj)} is needed by {who}"
    return f"{k8s.describe(obj)} is not used any more; {_delete(obj, desired)}"


def _of_daemon_set(obj: Object, desired: Desired) -> str:
    if k8s.name_of(obj) == NODE_AGENT:
        return (
            f"{k8s.describe(obj)} runs on as it was, for use-node-agent is false; set it to true "
            "and adopt again, or if no volume is backed up by it: " + _delete(obj, desired)
        )
    return f"{k8s.describe(obj)} runs on as it was; {_delete(obj, desired)}"


def _credential(location: Object) -> str:
    return total.text(location, "spec", "credential", "name")


def _namespaces(binding: Object) -> set[str]:
    return {total.text(one, "namespace") for one in total.items(binding, "subjects")}


def _of_schedule(schedule: Object) -> str:
    name, client = k8s.name_of(schedule), schedules.client_of(schedule)
    beside = f", beside what this application schedules for {client}" if client else ""
    return (
        f"Schedule {name} goes on making backups{beside}; to stop it: "
        f'run command="schedule pause {name}"'
    )


def _delete(obj: Object, desired: Desired) -> str:
    kind = k8s.kind_of(obj)
    where = f" --namespace {desired.namespace}" if kind.namespaced else ""
    return f"kubectl delete {kind.name.lower()} {k8s.name_of(obj)}{where}"
