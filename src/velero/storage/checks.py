"""What is wrong with the store, its password and schedules, as checks of ``status.py``. Pure."""

from __future__ import annotations

import re
from typing import Final

from velero import total
from velero.desired import LOCATION_NAME, Desired
from velero.installation.ownership import is_foreign
from velero.installation.pods import unchanged_for
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import REPOSITORY_SECRET, Object
from velero.observed import Observed, is_available, is_rolled_out, is_validated
from velero.problem import Need, Problem, short
from velero.storage import additions

VERDICT_SECONDS: Final = 90
"""How long Velero may take to judge a location before a person is asked to look."""

NOISE: Final = re.compile(
    r'BackupStorageLocation "[^"]*" is unavailable: |rpc error: code = \w+ desc = '
    r"|https response error StatusCode: 0, |RequestID: \w*, |HostID: [\w+/=<>]*, "
)
"""What Velero, its plugin protocol and the S3 client put around a reason."""


def password_differs(desired: Desired, observed: Observed) -> Problem | None:
    """The repositories' password in the cluster is not the one that Juju keeps."""
    kept, used = desired.repository_password, observed.repository_password
    if not kept or not used or kept == used:
        return None
    return Problem(
        Need.BLOCKED,
        f"Secret {REPOSITORY_SECRET} is not the password that Juju keeps; file-system backups "
        "made with the other one cannot be read: put the right one back",
    )


def location_unavailable(desired: Desired, observed: Observed) -> Problem | None:
    """Velero cannot use the storage location, or has not said yet."""
    location = observed.location
    if desired.storage is None and not desired.keep_storage:
        return None
    if location is None and observed.lacking:
        return None  # That is the problem to show
    if location is None:
        return Problem(Need.WAITING, "Storage location is not set up yet")
    if not is_validated(location):
        return _no_verdict(location, observed.deployment)
    if is_available(location):
        return None
    return Problem(
        Need.BLOCKED, f"Storage location is {total.phase(location)}: {verdict(location)}"
    )


def location_added_to(desired: Desired, observed: Observed) -> Problem | None:
    """Somebody has put something into the location, which stays there and is in use."""
    location = observed.location
    if location is None or is_foreign(location, desired):
        return None
    paths = additions.found(location)
    if not paths:
        return None
    name, how = k8s.describe(location), additions.patch(paths)
    return Problem(
        Need.NOTE,
        f"{name} has {additions.words(paths)}, which this application did not set and leaves; if "
        f"nobody meant it, take it out: kubectl patch backupstoragelocation {LOCATION_NAME} "
        f"--namespace {desired.namespace} --type merge --patch {how}",
    )


def verdict(location: Object) -> str:
    """Velero's words on a location that it cannot use, without what says nothing to a person."""
    said = NOISE.sub("", total.text(location, "status", "message"))
    return short(said) or "Velero gives no reason"


def schedule_unusable(desired: Desired, observed: Observed) -> Problem | None:
    """A client's schedule cannot be made, or Velero does not follow it."""
    if observed.unwritten:
        name, why = next(iter(observed.unwritten.items()))
        return Problem(Need.NOTE, f"Schedule {name} cannot be written: {short(why)}")
    for obj in observed.of(k8s.SCHEDULE):
        if is_foreign(obj, desired):
            what = f"{k8s.describe(obj)} was not made by this application"
            return Problem(Need.NOTE, f"{what} and keeps a client from having one; delete it")
        if total.phase(obj) == "FailedValidation":
            reasons = short("; ".join(total.texts(obj, "status", "validationErrors")))
            return Problem(Need.NOTE, f"{k8s.describe(obj)} is invalid to Velero: {reasons}")
    return None


def _no_verdict(location: Object, deployment: Object | None) -> Problem | None:
    if deployment is None or not is_rolled_out(deployment):
        return None  # There is nobody to judge it, which is the problem to show
    age = min(unchanged_for(location), unchanged_for(deployment))
    if age < VERDICT_SECONDS:
        return Problem(Need.WAITING, "Velero is checking the storage location")
    return Problem(
        Need.BLOCKED,
        f"Velero has not checked the storage location for {age:.0f} s; look at its pod's log",
    )
