"""Backups and restores as they run: follow one to its end."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from velero import resources as k8s
from velero.cluster import Cluster
from velero.resources import Kind, Object

TERMINAL: Final = frozenset({"Completed", "PartiallyFailed", "Failed", "FailedValidation"})
"""Phases that a Backup or Restore does not leave (velero pkg/apis/velero/v1)."""

KINDS: Final = {"backup": k8s.BACKUP, "restore": k8s.RESTORE}
_SUBMITTED = re.compile(r'(?:Backup|Restore) request "([^"]+)" submitted')


@dataclass(frozen=True, slots=True)
class Followed:
    """How far an operation got.

    Attributes:
        name: the object's name.
        phase: the last phase seen; empty if Velero has not begun.
        reason: Velero's own words if it went wrong.
        gone: the object disappeared.
    """

    name: str
    phase: str
    reason: str = ""
    gone: bool = False

    @property
    def ended(self) -> bool:
        """Whether the phase is one that it does not leave."""
        return self.phase in TERMINAL


def submitted_name(stdout: str) -> str | None:
    """The name in the CLI's answer to `create` (velero pkg/cmd/cli/backup/create.go)."""
    found = _SUBMITTED.search(stdout)
    return found.group(1) if found else None


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
            return Followed(name, last.phase, gone=True)
        last = Followed(name, _phase(obj), _reason(obj))
        line = _progress(obj)
        if line != said and (last.ended or time.monotonic() - spoke_at >= 1):
            progress(line)
            said, spoke_at = line, time.monotonic()
        if last.ended:
            return last
    return last


def _phase(obj: Object) -> str:
    return obj.get("status", {}).get("phase", "")


def _progress(obj: Object) -> str:
    status = obj.get("status", {})
    counts = status.get("progress", {})
    done = counts.get("itemsBackedUp", counts.get("itemsRestored", 0))
    items = f", {done} of {counts['totalItems']} items" if "totalItems" in counts else ""
    queue = (
        f", place {status['queuePosition']} in the queue" if status.get("queuePosition") else ""
    )
    return f"{k8s.describe(obj)}: {_phase(obj) or 'New'}{queue}{items}"


def _reason(obj: Object) -> str:
    """Velero's words for what went wrong; empty if nothing did."""
    status = obj.get("status", {})
    words = [*status.get("validationErrors", ()), status.get("failureReason", "")]
    if count := status.get("errors"):
        errors = "1 error" if count == 1 else f"{count} errors"
        words.append(f"{errors}; see: {obj['kind'].lower()} describe {k8s.name_of(obj)} --details")
    return "; ".join(word for word in words if word)
