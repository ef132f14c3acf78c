"""The storage location, its Secret and the location of snapshots: made, changed, taken away."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Final

from velero import manifests, operations
from velero import resources as k8s
from velero.cluster import Cluster
from velero.desired import LOCATION_NAME, Desired, Storage
from velero.difference import differs
from velero.live import Live
from velero.observed import is_available, is_rolled_out, is_unavailable, is_validated
from velero.pods import unchanged_for
from velero.resources import Object

logger = logging.getLogger(__name__)

SECOND_VERDICT_SECONDS: Final = 3.0

_ADDRESSES: Final = ("s3Url", "storageAccountURI", "storeEndpoint")
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
            hold: it may neither go nor lead elsewhere yet.
        """
        before = self._live.get(k8s.LOCATION, LOCATION_NAME)
        if hold and disturbance(desired, before):
            return
        secret = self._secret(desired, desired.storage) if desired.storage else ""
        storage, *snapshots = manifests.locations(desired, secret) or [{}]
        if not snapshots and self._live.get(k8s.SNAPSHOT_LOCATION, LOCATION_NAME):
            # Before the location goes that says that it is there
            self._live.delete(k8s.SNAPSHOT_LOCATION, LOCATION_NAME)
        _log_move(before, storage)
        if storage:
            self._locate(storage, before)
            for snapshot in snapshots:
                self._live.apply(snapshot)
            self._hear(storage, before)
        elif before:
            self._live.delete(k8s.LOCATION, LOCATION_NAME)
        self._prune_secrets(desired, secret)

    def _locate(self, location: Object, before: Object | None) -> None:
        """Apply the location.

        Of a verdict on the old one, its time goes: it is none on the new one (``is_validated``).
        That Velero could use the old one is left to be said: without any word, it refuses for good
        what starts meanwhile (velero pkg/controller/backup_controller.go, ``BSLIsAvailable``).
        """
        stale: Object = {}
        if before and differs(location, before):
            stale["status"] = {"lastValidationTime": None} if is_available(before) else None
            if before["spec"]["provider"] != location["spec"]["provider"]:
                # Keys that someone else gave are none of the other plugin's
                stale["spec"] = {"config": None}
        if stale:
            self._cluster.merge(k8s.LOCATION, LOCATION_NAME, stale)
        self._live.apply(location)

    def _hear(self, location: Object, before: Object | None) -> None:
        """Watch Velero judge the location, if a server runs that can."""
        deployment = self._live.observed.deployment
        if deployment is None or not is_rolled_out(deployment):
            return
        now = self._live.get(k8s.LOCATION, LOCATION_NAME) or location
        # Changed by this hook, or by the one before, which was cut off
        is_new = unchanged_for(now, manager=k8s.FIELD_MANAGER) < SECOND_VERDICT_SECONDS
        self._live.wait(k8s.LOCATION, LOCATION_NAME, is_validated)
        if before and is_new:
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

    def _prune_secrets(self, desired: Desired, keep: str) -> None:
        """Take the Secrets away that the location does not name any more.

        What began before a rotation goes on naming the old one, and reads it again when it uploads
        (velero pkg/controller/backup_controller.go, ``runBackup``). So until nothing is in
        progress, an old Secret stays and says what the new one says.
        """
        old = [name for name in self._secrets() if name != keep]
        storage = desired.storage
        if old and storage and next(operations.in_progress(self._cluster), ""):
            for name in old:
                self._live.apply(manifests.storage_secret(desired, storage, name))
            return
        for name in old:
            self._live.delete(k8s.SECRET, name)

    def _secrets(self) -> list[str]:
        names = (k8s.name_of(obj) for obj in self._live.observed.of(k8s.SECRET))
        return [name for name in names if _NUMBERED.fullmatch(name)]


def may_have_snapshots(desired: Desired, live: Iterable[Object]) -> bool:
    """Whether a snapshot location is wanted, or was made and may still be there."""
    if desired.storage and desired.storage.snapshot_config is not None:
        return True
    metadata = next((obj["metadata"] for obj in live if _is_location(obj)), None)
    return metadata is not None and manifests.WITH_SNAPSHOTS in metadata.get("annotations", ())


def disturbance(desired: Desired, location: Object | None) -> str:
    """What would harm a running operation: ``removal`` or ``change`` of the location, or nothing.

    Another credential does no harm, nor do other certificates: Velero reads both at each use, and
    the Secret that a running operation names stays (``Location._prune_secrets``). A location that
    Velero cannot use may change at any time, for that is how it is mended.
    """
    if location is None or desired.keep_storage:
        return ""
    if desired.storage is None:
        return "removal"
    if is_unavailable(location):
        return ""
    secret = location["spec"].get("credential", {}).get("name", "")
    same = manifests.location(desired, desired.storage, secret)
    return "change" if differs(same, location) else ""


def _log_move(before: Object | None, after: Object) -> None:
    """Say what becomes of the backups of a store that is left; see ``LOCATION_NAME``."""
    old, new = _store(before or {}), _store(after)
    if old and old != new:
        lists = f"; Velero lists those in {new} from now on" if new else ""
        logger.warning("The backups in %s stay there%s", old, lists)


def _store(location: Object) -> str:
    """The store that a location leads to, as a person would tell it from others."""
    if not location:
        return ""
    spec = location["spec"]
    store, config = spec.get("objectStorage", {}), spec.get("config", {})
    address = next((f" at {config[key]}" for key in _ADDRESSES if key in config), "")
    folder = "/".join(filter(None, (store.get("bucket"), store.get("prefix"))))
    return f"{spec['provider']} {folder}{address}"


def _is_location(obj: Object) -> bool:
    return obj["kind"] == k8s.LOCATION.name and k8s.name_of(obj) == LOCATION_NAME


def _number(name: str) -> int:
    return int(name.removeprefix(manifests.SECRET_PREFIX))
