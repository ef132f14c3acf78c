"""Whether a kind of Velero's is there at all: for a hook, and for an action that finds none."""

from __future__ import annotations

from collections.abc import Mapping

from velero.errors import Refused
from velero.installation import lost_definitions
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Key, Kind, Object


def lacking(cluster: Cluster, objects: Mapping[Key, Object]) -> tuple[str, ...]:
    """The definitions that are gone; asked for only if one is not among what was listed.

    Args:
        cluster: the Kubernetes API.
        objects: what there is of ours, and the definitions with Velero's label.

    Raises:
        ClusterError: it cannot be asked.
    """
    unseen = lost_definitions.unseen(objects)
    unlisted = [name for name in unseen if (k8s.CRD.name, name) not in objects]
    there = {name for name in unlisted if cluster.get(k8s.CRD, name)}  # without the label
    return tuple(name for name in unseen if name not in there)


def require(cluster: Cluster, kind: Kind) -> None:
    """See to it that a kind has its definition: without it, there is no object either.

    Raises:
        Refused: it has none, be it that somebody deleted it.
    """
    if not cluster.get(k8s.CRD, f"{kind.plural}.{kind.group}"):
        raise Refused(
            f"Velero's definition of {kind.name} is not in the cluster; the charm makes it, and "
            "again where somebody deleted it, at its next event, in five minutes at most: see "
            "juju status"
        )
