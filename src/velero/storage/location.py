"""The storage location, its Secret and the location of snapshots: made, changed, taken away."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import chain
from typing import Final

from velero import total
from velero.desired import LOCATION_NAME, Desired, Storage
from velero.installation.pods import unchanged_for
from velero.kubernetes import operations
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.difference import differs
from velero.kubernetes.live import Live
from velero.kubernetes.resources import Object
from velero.observed import is_available, is_rolled_out, is_unavailable, is_validated, last_change
from velero.storage import additions, objects
from velero.storage.stores import store_of

logger = logging.getLogger(__name__)

NEW_SECONDS: Final = 60
"""For how long a change is new; after that Velero has checked again by itself."""
_NEXT_CHECK_SECONDS: Final = 1.0
"""What a check takes that is due when another one ends."""
_MOST: Final = 1_000_000
_CHECKS: Final = 3
"""How often Velero is made to check again at the most, where it writes only a part."""


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
        storage, *snapshots = objects.locations(desired, secret) or [{}]
        if not snapshots and self._live.get(k8s.SNAPSHOT_LOCATION, LOCATION_NAME):
            # Before the location goes that says that it is there
            self._live.delete(k8s.SNAPSHOT_LOCATION, LOCATION_NAME)
        _log_move(before, storage)
        if storage:
            is_other = self._locate(storage, before)
            for snapshot in snapshots:
                self._live.apply(snapshot)
            self._hear(is_other=is_other)
        elif before:
            self._live.delete(k8s.LOCATION, LOCATION_NAME)
        self._prune_secrets(desired, secret)

    def _locate(self, location: Object, before: Object | None) -> bool:
        """Apply the location, and take away first what was true of the old one only.

        Returns:
            Whether there was one, and it has become another.
        """
        is_other = False
        if before and differs(location, before):
            self._live.merge(k8s.LOCATION, LOCATION_NAME, outdated(before, location))
            is_other = True
        wanted = total.pairs(location, "spec", "config")
        if before and (undone := additions.undoing(before, wanted)):
            keys = ", ".join(undone["spec"]["config"])
            logger.warning("Taking %s out of the storage location, where somebody put it", keys)
            self._live.merge(k8s.LOCATION, LOCATION_NAME, undone)
        self._live.apply(location)
        return is_other

    def _hear(self, *, is_other: bool) -> None:
        """Watch Velero judge the location, if a server runs that can."""
        deployment = self._live.get(k8s.DEPLOYMENT, "velero")
        if deployment is None or not is_rolled_out(deployment):
            return
        # A hook before this one may have been cut off when it had changed it
        is_other = is_other or _has_just_changed(self._now)
        self._live.wait(k8s.LOCATION, LOCATION_NAME, is_validated)
        if is_other:
            self._hear_again()

    def _hear_again(self) -> None:
        """Have Velero judge once more what it cannot use: it may have checked the old location.

        Velero does not look whether a location is still the one that it checked. Of a verdict it
        writes only what is other than in its memory, which may not know of the one before: so a
        good one may not take back a bad one, and a part may be all of it (velero
        pkg/controller/backup_storage_location_controller.go). What has no verdict it checks
        within 10 seconds (``bslValidationEnqueuePeriod``).
        """
        if not is_unavailable(self._now):
            return
        self._live.wait(k8s.LOCATION, LOCATION_NAME, is_available, _NEXT_CHECK_SECONDS)
        for _ in range(_CHECKS):
            if is_available(self._now):
                return
            self._live.merge(k8s.LOCATION, LOCATION_NAME, {"status": None})
            self._live.wait(k8s.LOCATION, LOCATION_NAME, _is_checked)
            if is_unavailable(self._now) or not _is_checked(self._now):
                return

    @property
    def _now(self) -> Object:
        return self._live.get(k8s.LOCATION, LOCATION_NAME) or {}

    def _secret(self, desired: Desired, storage: Storage) -> str:
        """The Secret that holds the credential: a live one, or a new one with the next number.

        A new name changes the location's spec, which makes Velero check it at once; editing a
        Secret would go unseen for a minute (velero
        pkg/controller/backup_storage_location_controller.go).
        """
        names = sorted(self._secrets(), key=_number)
        for name in reversed(names):
            wanted = objects.storage_secret(desired, storage, name)
            if not differs(wanted, self._live.get(k8s.SECRET, name)):
                return name
        name = self._free_name(_number(names[-1]) if names else 0)
        self._live.apply(objects.storage_secret(desired, storage, name))
        return name

    def _free_name(self, last: int) -> str:
        """The next name that no Secret has: one of somebody else's is left alone.

        What has our label on it counts as ours, whoever has put it there (``_secrets``).
        """
        numbers = chain(range(last + 1, _MOST), range(1, last))
        names = (f"{objects.SECRET_PREFIX}{number}" for number in numbers)
        return next(name for name in names if not self._cluster.get(k8s.SECRET, name))

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
                self._live.apply(objects.storage_secret(desired, storage, name))
            return
        for name in old:
            self._live.delete(k8s.SECRET, name)

    def _secrets(self) -> list[str]:
        names = (k8s.name_of(obj) for obj in self._live.of(k8s.SECRET))
        return [name for name in names if objects.NUMBERED.fullmatch(name)]


def may_have_snapshots(desired: Desired, live: Iterable[Object]) -> bool:
    """Whether a snapshot location is wanted, or was made and may still be there."""
    if desired.storage and desired.storage.snapshot_config is not None:
        return True
    return any(objects.WITH_SNAPSHOTS in total.annotations(o) for o in live if _is_location(o))


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
    if additions.undoing(location, desired.storage.config):
        return "change"
    secret = total.text(location, "spec", "credential", "name")
    same = objects.location(desired, desired.storage, secret)
    return "change" if differs(same, location) else ""


def outdated(before: Object, after: Object) -> Object:
    """What a location has to lose before it becomes another, as a merge patch.

    Of a verdict, its time: it is none on the new one (``is_validated``). That Velero could use the
    old one is left to be said: without any word, it refuses for good what starts meanwhile (velero
    pkg/controller/backup_controller.go, ``BSLIsAvailable``). Not of another provider, whose plugin
    has gone: of the next verdict Velero would write only the time (see ``_hear_again``).
    """
    if total.text(before, "spec", "provider") == after["spec"]["provider"]:
        return {"status": {"lastValidationTime": None} if is_available(before) else None}
    # Keys that someone else gave too are none of the other plugin's
    return {"status": None, "spec": {"config": None}}


def _has_just_changed(location: Object) -> bool:
    """Whether we made another of it lately; not in the second in which it was created."""
    manager = k8s.FIELD_MANAGER
    created = total.text(location, "metadata", "creationTimestamp")
    is_other = last_change(location, manager) > created
    return is_other and unchanged_for(location, manager=manager) < NEW_SECONDS


def _log_move(before: Object | None, after: Object) -> None:
    """Say what becomes of the backups of a store that is left; see ``LOCATION_NAME``."""
    old, new = store_of(before or {}), store_of(after)
    if old and old != new:
        lists = f"; Velero lists those in {new} from now on" if new else ""
        logger.warning("The backups in %s stay there%s", old, lists)


def _is_checked(location: Object) -> bool:
    """Whether Velero has written a verdict, or a part of one."""
    return bool(total.text(location, "status", "lastValidationTime"))


def _is_location(obj: Object) -> bool:
    return obj["kind"] == k8s.LOCATION.name and k8s.name_of(obj) == LOCATION_NAME


def _number(name: str) -> int:
    return int(name.removeprefix(objects.SECRET_PREFIX))
