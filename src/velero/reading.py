"""What there is of ours in the cluster: one request for each kind of object."""

from __future__ import annotations

import time
from typing import Final

from velero.backups import schedules
from velero.desired import Desired
from velero.installation import workloads
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Key, Kind, Object
from velero.storage import location

MOST: Final = 10
"""Kinds that a sparing reading looks at."""
TURN_SECONDS: Final = 300
"""How long one of the steadfast kinds rests: Juju asks for the status about as often."""

_ALWAYS: Final = (
    k8s.SERVICE_ACCOUNT,
    k8s.DEPLOYMENT,
    k8s.DAEMON_SET,
    k8s.SECRET,
    k8s.LOCATION,
)
"""Kinds of ours in the model's namespace, CRDs and Schedules aside."""
_STEADFAST: Final = (k8s.CLUSTER_ROLE_BINDING, k8s.SERVICE)
"""Kinds that no option changes. What someone else does to them may wait for the next hook."""


def read(
    cluster: Cluster, desired: Desired, *, sparing: bool = False
) -> tuple[dict[Key, Object], frozenset[str]]:
    """All of ours by kind and name, and the kinds that were not looked at.

    Args:
        cluster: the Kubernetes API.
        desired: whose they are, and what else is to be expected.
        sparing: where it would be more than ``MOST`` kinds, leave one of the steadfast out,
            another one each turn, unless nothing is installed yet.

    Raises:
        ClusterError: the API server cannot be asked.
    """
    ours = {k8s.INSTANCE: desired.instance}
    found = cluster.list(k8s.CRD, k8s.COMPONENT)
    for kind in _ALWAYS:
        found += cluster.list(kind, ours)
    more = _at_times(desired, found)
    looked_at = len((k8s.CRD, *_ALWAYS, *_STEADFAST, *more, k8s.SCHEDULE))
    is_installed = any(obj["kind"] == k8s.DEPLOYMENT.name for obj in found)
    is_too_much = sparing and is_installed and looked_at > MOST
    resting = {resting_at(time.time()).name} if is_too_much else set[str]()
    for kind in (*_STEADFAST, *more):
        found += [] if kind.name in resting else cluster.list(kind, ours)
    found += schedules.relevant(desired, cluster.list(k8s.SCHEDULE))
    return {(obj["kind"], k8s.name_of(obj)): obj for obj in found}, frozenset(resting)


def resting_at(seconds: float) -> Kind:
    """The steadfast kind that rests at a time, in seconds since the epoch."""
    return _STEADFAST[int(seconds // TURN_SECONDS) % len(_STEADFAST)]


def _at_times(desired: Desired, found: list[Object]) -> list[Kind]:
    """The kinds that are looked at only where there is, or may be, one of ours."""
    has_documents = desired.settings.config_maps or any(map(workloads.reads_config_map, found))
    kinds = {
        k8s.SNAPSHOT_LOCATION: location.may_have_snapshots(desired, found),
        k8s.CONFIG_MAP: has_documents,
    }
    return [kind for kind, is_expected in kinds.items() if is_expected]
