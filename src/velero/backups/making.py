"""Backups and restores as they run: make one, and follow it to its end."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from velero import total
from velero.backups import schedules
from velero.desired import LOCATION_NAME, Client, Scope
from velero.errors import Conflict, Refused
from velero.installation import defined
from velero.kubernetes import names
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.juju import NO_JUJU_WEBHOOK
from velero.kubernetes.resources import Kind, Object
from velero.storage.checks import verdict

TERMINAL: Final = frozenset({"Completed", "PartiallyFailed", "Failed", "FailedValidation"})
"""Phases that a Backup or Restore does not leave (velero pkg/apis/velero/v1)."""

KINDS: Final = {"backup": k8s.BACKUP, "restore": k8s.RESTORE}
_NAME_MAX: Final = 253
_WORDS: Final = 10
_SUBMITTED = re.compile(r'(?:Backup|Restore) request "([^"]+)" submitted')


@dataclass(frozen=True, slots=True)
class Followed:
    """How far an operation got.

    Attributes:
        name: the object's name.
        phase: the last phase seen; empty if Velero has not begun.
        reason: Velero's own words if it went wrong.
        gone: the object disappeared.
        object: it as it was seen last; empty if it was never seen.
    """

    name: str
    phase: str
    reason: str = ""
    gone: bool = False
    object: Object = field(default_factory=Object)

    @property
    def ended(self) -> bool:
        """Whether the phase is one that it does not leave."""
        return self.phase in TERMINAL


def submitted_name(stdout: str) -> str | None:
    """The name in the CLI's answer to `create` (velero pkg/cmd/cli/backup/create.go)."""
    found = _SUBMITTED.search(stdout)
    return found.group(1) if found else None


def backup(
    namespace: str, client: Client, scope: Scope, name: str, marks: Mapping[str, str]
) -> Object:
    """A client's Backup on demand, labelled like those of its Schedule."""
    return {
        "apiVersion": k8s.BACKUP.api_version,
        "kind": k8s.BACKUP.name,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {**schedules.client_labels(client), **marks, **NO_JUJU_WEBHOOK},
        },
        "spec": schedules.template(scope),
    }


def create(cluster: Cluster, base: str, obj_of: Callable[[str], Object]) -> Object:
    """Create an object under the first free name of ``base-YYYYMMDDhhmmss``, ``…-2``, ``…-3``.

    Velero names the Backups of a Schedule so too (velero pkg/apis/velero/v1/schedule_types.go,
    ``TimestampedName``).

    Raises:
        Rejected: the API server finds the object wrong.
        ClusterError: it could not be created.
    """
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S}"
    stamped = f"{base[: _NAME_MAX - len(stamp) - 4].rstrip('.-')}-{stamp}"
    for name in (stamped, f"{stamped}-2"):
        try:
            return cluster.create(obj_of(name))
        except Conflict:
            continue
    return cluster.create(obj_of(f"{stamped}-3"))


def require_location(cluster: Cluster, name: str = LOCATION_NAME) -> None:
    """See to it that Velero can use a storage location.

    Raises:
        Refused: it is not there or not available; in Velero's words.
    """
    location = cluster.get(k8s.LOCATION, name) if names.is_subdomain(name) else None
    if location is None:
        defined.require(cluster, k8s.LOCATION)
    if location is None and name == LOCATION_NAME:
        raise Refused("There is no storage location; integrate a storage integrator first")
    if location is None:
        raise Refused(f"There is no storage location {total.plain(name, 80)} any more")
    phase = total.phase(location)
    if not phase:
        raise Refused("Velero has not checked the storage location yet; see juju status")
    if phase != "Available":
        raise Refused(f"The storage location is not available: {verdict(location)}")


def follow(
    cluster: Cluster, kind: Kind, name: str, seconds: float, progress: Callable[[str], None]
) -> Followed:
    """Watch an operation until it ends or the time is over.

    Args:
        cluster: the Kubernetes API.
        kind: ``BACKUP`` or ``RESTORE``.
        name: its name.
        seconds: when to stop watching.
        progress: told a line whenever there is something new, at most one a second.

    Raises:
        ClusterError: the API server cannot be watched.
    """
    last, said, spoke_at = Followed(name, ""), "", 0.0
    for obj in cluster.watch(kind, name, seconds):
        if not obj:
            return Followed(name, last.phase, gone=True, object=last.object)
        last = Followed(name, _phase(obj), _reason(obj), object=obj)
        line = _progress(obj)
        if line != said and (last.ended or time.monotonic() - spoke_at >= 1):
            progress(line)
            said, spoke_at = line, time.monotonic()
        if last.ended:
            return last
    return last


def _phase(obj: Object) -> str:
    return total.plain(total.phase(obj))


def _progress(obj: Object) -> str:
    counts = total.mapping(obj, "status", "progress")
    done = total.number(counts, "itemsBackedUp") or total.number(counts, "itemsRestored")
    of = total.number(counts, "totalItems")
    items = f", {done} of {of} items" if "totalItems" in counts else ""
    place = total.number(obj, "status", "queuePosition")
    queue = f", place {place} in the queue" if place else ""
    return f"{k8s.describe(obj)}: {_phase(obj) or 'New'}{queue}{items}"


def _reason(obj: Object) -> str:
    """Velero's words for what went wrong; empty if nothing did."""
    said = total.texts(obj, "status", "validationErrors")[:_WORDS]
    words = [*said, total.text(obj, "status", "failureReason")]
    if count := total.number(obj, "status", "errors"):
        errors = "1 error" if count == 1 else f"{count} errors"
        noun = total.text(obj, "kind").lower()
        words.append(f"{errors}; see: {noun} describe {k8s.name_of(obj)} --details")
    return "; ".join(total.plain(word) for word in words if word)
