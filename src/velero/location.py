"""The storage location and the Secret with its credential: made, changed, judged, taken away."""

from __future__ import annotations

import re
from typing import Final

from velero import manifests
from velero import resources as k8s
from velero.cluster import Cluster
from velero.desired import LOCATION_NAME, Desired, Storage
from velero.difference import differs
from velero.live import Live
from velero.observed import is_rolled_out, is_unavailable, is_validated
from velero.resources import Object

SECOND_VERDICT_SECONDS: Final = 3.0

_NUMBERED: Final = re.compile(rf"{manifests.SECRET_PREFIX}\d+")


class Location:
    """The one location that the charm maintains.

    Args:
        cluster: the Kubernetes API.
        live: what there is.
    """

    def __init__(self, cluster: Cluster, live: Live) -> None:
        self._cluster = cluster
        self._live = live

    def bring_about(self, desired: Desired, *, hold: bool) -> None:
        """Make the location what is desired.

        Args:
            desired: its storage, or none if the location has to go.
            hold: it may not go yet.
        """
        if desired.storage:
            secret = self._secret(desired, desired.storage)
            self._locate(manifests.location(desired, desired.storage, secret))
            self._prune_secrets(secret)
        elif not hold:
            if self._live.get(k8s.LOCATION, LOCATION_NAME):
                self._live.delete(k8s.LOCATION, LOCATION_NAME)
            self._prune_secrets("")

    def _locate(self, location: Object) -> None:
        """Apply the location and watch Velero judge it, if a server runs that can."""
        before = self._live.get(k8s.LOCATION, LOCATION_NAME)
        changed = before is not None and differs(location, before)
        if changed:
            # A verdict on the old location must not pass for one on the new
            self._cluster.merge(k8s.LOCATION, LOCATION_NAME, {"status": None})
        self._live.apply(location)
        deployment = self._live.observed.deployment
        if deployment and is_rolled_out(deployment):
            self._live.wait(k8s.LOCATION, LOCATION_NAME, is_validated)
            if changed:
                self._hear_again()

    def _hear_again(self) -> None:
        """Wait a little for a second verdict: the first may be of a check begun before a change.

        Velero does not look whether the location is still the one it checked (velero
        pkg/controller/backup_storage_location_controller.go).
        """
        first = self._live.get(k8s.LOCATION, LOCATION_NAME) or {}
        if not is_unavailable(first):
            return

        def is_second(location: Object) -> bool:
            return is_validated(location) and location["status"] != first["status"]

        self._live.wait(k8s.LOCATION, LOCATION_NAME, is_second, SECOND_VERDICT_SECONDS)

    def _secret(self, desired: Desired, storage: Storage) -> str:
        """The Secret that holds the credential: a live one, or a new one with the next number.

        A new name changes the location's spec, which makes Velero check it at once; editing a
        Secret would go unseen for a minute (velero
        pkg/controller/backup_storage_location_controller.go).
        """
        names = sorted(self._secrets(), key=_number)
        for name in reversed(names):
            wanted = manifests.storage_secret(desired, storage, name)
            if not differs(wanted, self._live.get(k8s.SECRET, name)):
                return name
        last = _number(names[-1]) if names else 0
        name = f"{manifests.SECRET_PREFIX}{last + 1}"
        self._live.apply(manifests.storage_secret(desired, storage, name))
        return name

    def _prune_secrets(self, keep: str) -> None:
        for name in self._secrets():
            if name != keep:
                self._live.delete(k8s.SECRET, name)

    def _secrets(self) -> list[str]:
        names = (k8s.name_of(obj) for obj in self._live.observed.of(k8s.SECRET))
        return [name for name in names if _NUMBERED.fullmatch(name)]


def _number(name: str) -> int:
    return int(name.removeprefix(manifests.SECRET_PREFIX))
