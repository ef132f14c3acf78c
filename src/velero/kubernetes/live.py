"""What there is of ours in the cluster, kept up to date while it is changed."""

from __future__ import annotations

import logging
from collections.abc import Callable

from velero import total
from velero.errors import Unreachable
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.difference import differs
from velero.kubernetes.juju import is_missed
from velero.kubernetes.resources import Key, Kind, Object

logger = logging.getLogger(__name__)


class Live:
    """The objects that we answer for as last seen, and the writing of them.

    Args:
        cluster: the Kubernetes API.
        objects: what was observed, by kind and name.
        patience: how many seconds to watch an object come up, at the most.
    """

    def __init__(self, cluster: Cluster, objects: dict[Key, Object], patience: float) -> None:
        self.objects = objects
        self._cluster = cluster
        self._patience = patience

    def of(self, kind: Kind) -> list[Object]:
        """All objects of a kind as last seen."""
        return [obj for (kind_name, _), obj in self.objects.items() if kind_name == kind.name]

    def get(self, kind: Kind, name: str) -> Object | None:
        """An object as last seen."""
        return self.objects.get((kind.name, name))

    def apply(self, obj: Object) -> bool:
        """Write an object if it is not as it should be; tell whether it was not."""
        key = (obj["kind"], k8s.name_of(obj))
        if "deletionTimestamp" in total.mapping(self.objects.get(key), "metadata"):
            self._outlive(key)
        there = self.objects.get(key)
        if not differs(obj, there) and not (there and is_missed(there, self.objects.values())):
            return False
        doing = "Changing" if key in self.objects else "Creating"
        logger.info("%s %s", doing, k8s.describe(obj))
        self.objects[key] = self._cluster.apply(obj)
        return True

    def _outlive(self, key: Key) -> None:
        """Wait until an object is gone that someone is deleting: what it becomes is nothing."""
        old = self.objects[key]
        kind, name = k8s.kind_of(old), k8s.name_of(old)
        if self._cluster.wait_until(kind, name, lambda obj: not obj, self._patience) is None:
            held = ", ".join(total.texts(old, "metadata", "finalizers")) or "nothing that is known"
            raise Unreachable(f"{k8s.describe(old)} is being deleted and held by {held}")
        del self.objects[key]

    def delete(self, kind: Kind, name: str) -> None:
        """Delete an object, which may be gone already."""
        logger.info("Deleting %s %s", kind.name, name)
        self._cluster.delete(kind, name)
        self.objects.pop((kind.name, name), None)

    def merge(self, kind: Kind, name: str, change: Object) -> None:
        """Merge a change into an object, which may be gone already."""
        if changed := self._cluster.merge(kind, name, change):
            self.objects[kind.name, name] = changed

    def wait(
        self, kind: Kind, name: str, done: Callable[[Object], bool], seconds: float = 0
    ) -> None:
        """Watch an object until it is as it should be, or patience ends."""
        key = (kind.name, name)
        if key not in self.objects or done(self.objects[key]):
            return
        limit = min(seconds or self._patience, self._patience)
        found = self._cluster.wait_until(kind, name, lambda obj: not obj or done(obj), limit)
        if found:
            self.objects[key] = found
        elif found is not None:
            del self.objects[key]  # someone took it away meanwhile
