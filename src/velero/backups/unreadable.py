"""Objects that keep Velero from reading all others of their kind; see ``malformed``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from velero import total
from velero.backups import malformed
from velero.installation.pods import seconds_since, unchanged_for
from velero.kubernetes import resources as k8s
from velero.observed import Observed, is_rolled_out
from velero.problem import Need, Problem

if TYPE_CHECKING:
    from velero.kubernetes.cluster import Cluster

SHOWN: Final = 3
_FREQUENCY: Final = "--store-validation-frequency"
STILL_SECONDS: Final = 600
"""For how long Velero may leave the location unchecked before its objects are looked at."""


def problems(cluster: Cluster) -> list[Problem]:
    """Every kind is read to its first culprits, one object in memory at a time; some are told.

    Raises:
        ClusterError: the API server cannot be asked.
    """
    return [*islice(_found(cluster), SHOWN)]


def is_suspected(observed: Observed) -> bool:
    """Whether the server seems not to read what there is.

    One that was restarted stops doing anything, and exits again and again. One that was at work
    before goes on with what it had read: that shows nowhere, and has to be looked for at times.
    """
    deployment, location = observed.deployment, observed.location
    if deployment is None:
        return False
    if not is_rolled_out(deployment):
        return bool(observed.pods) and unchanged_for(deployment) > STILL_SECONDS
    if total.text(location, "spec", "validationFrequency") or _FREQUENCY in str(deployment):
        return False  # Somebody wants it to be checked more rarely, or not at all
    checked = total.text(location, "status", "lastValidationTime")
    return min(seconds_since(checked), unchanged_for(deployment)) > STILL_SECONDS


def _found(cluster: Cluster) -> Iterator[Problem]:
    every = ((kind, obj) for kind in k8s.VELERO_KINDS for obj in cluster.iterate(kind))
    for kind, obj in every:
        if fault := malformed.fault(obj):
            name = k8s.describe(obj | {"kind": kind.name})
            where = " ".join((f"{kind.plural}.{kind.group}", k8s.name_of(obj)))
            yield Problem(
                Need.BLOCKED,
                f"{name} keeps Velero from reading any {kind.name}: {fault}; delete it: "
                f"kubectl delete {where} --namespace {cluster.namespace}",
            )
