"""What the cluster is, as one reconcile or one action found it."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from velero import total
from velero.desired import LOCATION_NAME
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import REPOSITORY_KEY, REPOSITORY_SECRET, Key, Kind, Object

_CLOCKS: Final = dt.timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Observed:
    """The part of the cluster that the charm answers for.

    Attributes:
        trusted: whether we may read and write it at all; the rest is empty if not.
        objects: live objects by kind and name.
        pods: the server's pods; looked at only when the Deployment is not available.
        agents: the node agent's pods; looked at only when one is missing somewhere.
        namespace: the model's; looked at only when the node agent has fewer pods than nodes.
        replica_set: the server's newest; looked at only when the Deployment is not available.
        lacking: names of definitions that are not there, or about to go, beside our installation.
        remade: those that were made again just now.
        refused: Kubernetes' words on a pod of the node agent that it did not make; likewise.
        held: what is not applied yet because it would interrupt something, in words.
        unwritten: the Schedules that could not be written, and why.
    """

    trusted: bool = True
    objects: Mapping[Key, Object] = field(default_factory=dict[Key, Object])
    pods: tuple[Object, ...] = ()
    agents: tuple[Object, ...] = ()
    namespace: Object | None = None
    replica_set: Object | None = None
    lacking: tuple[str, ...] = ()
    remade: tuple[str, ...] = ()
    refused: str = ""
    held: str = ""
    unwritten: Mapping[str, str] = field(default_factory=dict[str, str])

    def get(self, kind: Kind, name: str) -> Object | None:
        """One live object, or None."""
        return self.objects.get((kind.name, name))

    def of(self, kind: Kind) -> list[Object]:
        """All live objects of a kind."""
        return [obj for (kind_name, _), obj in self.objects.items() if kind_name == kind.name]

    @property
    def deployment(self) -> Object | None:
        """The Deployment of the Velero server."""
        return self.get(k8s.DEPLOYMENT, "velero")

    @property
    def maker(self) -> Object:
        """What tells why the server's pod is not made; empty if there is nothing."""
        return self.replica_set or self.deployment or {}

    @property
    def repository_password(self) -> str:
        """The password of Velero's repositories in the cluster; empty if it is not ours."""
        return password_in(self.get(k8s.SECRET, REPOSITORY_SECRET) or {})

    @property
    def location(self) -> Object | None:
        """The storage location that the charm maintains."""
        return self.get(k8s.LOCATION, LOCATION_NAME)


def password_in(secret: Object) -> str:
    """The repositories' password in a Secret; empty if it has none, or one that is no text."""
    try:
        return base64.b64decode(total.text(secret, "data", REPOSITORY_KEY)).decode()
    except ValueError:
        return ""


def is_rolled_out(deployment: Object) -> bool:
    """Whether the newest template runs and is available, and nothing older does."""
    replicas = total.at(deployment, "spec", "replicas")
    wanted = 1 if replicas is None else replicas
    counts = ("updatedReplicas", "replicas", "availableReplicas")
    return _is_seen(deployment) and all(
        total.number(deployment, "status", count) == wanted for count in counts
    )


def is_everywhere(daemon_set: Object) -> bool:
    """Whether the newest pods of a DaemonSet are ready on all nodes that are to have one."""
    wanted = total.number(daemon_set, "status", "desiredNumberScheduled")
    counts = ("updatedNumberScheduled", "numberReady")
    return _is_seen(daemon_set) and all(
        total.number(daemon_set, "status", count) == wanted for count in counts
    )


def _is_seen(workload: Object) -> bool:
    """Whether its controller speaks of the newest template."""
    newest = total.number(workload, "metadata", "generation")
    return total.number(workload, "status", "observedGeneration") >= newest


def is_established(definition: Object) -> bool:
    """Whether a CustomResourceDefinition's kind can be used."""
    return has_condition(definition, "Established", "True")


def has_condition(obj: Object, kind: str, status: str) -> bool:
    """Whether a condition of an object has that status, which is True, False or Unknown."""
    found = total.items(obj, "status", "conditions")
    return any((each.get("type"), each.get("status")) == (kind, status) for each in found)


def is_unavailable(location: Object) -> bool:
    """Whether Velero could not use the location when it looked last."""
    return total.phase(location) == "Unavailable"


def is_available(location: Object) -> bool:
    """Whether Velero could use the location when it looked last."""
    return total.phase(location) == "Available"


def is_validated(location: Object) -> bool:
    """Whether Velero has judged the location as it is now.

    A verdict without a time, or one that is older than our last change, is none on it; older by
    more than the clocks of API server and node may differ.
    """
    changed = total.moment({"at": last_change(location, k8s.FIELD_MANAGER)}, "at")
    judged = total.moment(location, "status", "lastValidationTime")
    if not judged or (changed and changed - judged > _CLOCKS):
        return False
    return bool(total.phase(location))


def last_change(obj: Object, manager: str = "") -> str:
    """When an object was changed last, by that field manager or by anyone; empty if it was not."""
    fields = total.items(obj, "metadata", "managedFields")
    times = (total.text(each, "time") for each in fields if manager in {"", each.get("manager")})
    return max(times, default="")
