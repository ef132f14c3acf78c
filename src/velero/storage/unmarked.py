"""Storage Secrets that a revision before this one made: they get the labels of today."""

from __future__ import annotations

from velero import total
from velero.desired import Desired
from velero.kubernetes import resources as k8s
from velero.kubernetes.live import Live
from velero.storage import objects


def mark(live: Live, desired: Desired) -> None:
    """Leave the storage Secrets that are there out of every backup, also those that only stay.

    What they hold stays as it is: a Secret of another name would have Velero judge the location
    anew (``location.py``).

    Raises:
        ClusterError: one could not be written.
    """
    for secret in live.of(k8s.SECRET):
        is_storage = objects.NUMBERED.fullmatch(k8s.name_of(secret))
        goes = "deletionTimestamp" in total.mapping(secret, "metadata")
        if is_storage and not goes and not k8s.LEFT_OUT.items() <= total.labels(secret).items():
            live.apply(objects.marked(desired, secret))
