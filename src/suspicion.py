"""When to look for objects that Velero cannot read: it takes a request for each of its kinds.

A server that goes on with what it had read before shows nothing of them, so the leader looks once
an hour; and at every hook where the server has stopped, or as long as there is one.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final

import ops

from velero.backups import unreadable
from velero.errors import VeleroError
from velero.problem import Problem

if TYPE_CHECKING:
    from velero.observed import Observed
    from velero.velero import Velero

logger = logging.getLogger(__name__)

SECONDS: Final = 3600
"""How long what seems well is not looked at."""


def now() -> float:
    """The time, in seconds since the epoch."""
    return time.time()


def looked(
    event: ops.EventBase, told: ops.BoundStoredState, velero: Velero, observed: Observed
) -> list[Problem]:
    """What was found, if it was time to look.

    Args:
        event: only update-status begins a look by the clock.
        told: the unit's memory, with ``looked`` (seconds since the epoch) and ``unreadable``.
        velero: the way to the cluster.
        observed: what the hook has found.
    """
    if not told.looked:  # the first hook of a unit: its next hour begins
        told.looked = now()
    is_due = isinstance(event, ops.UpdateStatusEvent) and now() - told.looked >= SECONDS
    if not (is_due or told.unreadable or unreadable.is_suspected(observed)):
        return []
    try:
        found = unreadable.problems(velero.cluster)
    except VeleroError as error:
        logger.warning("Could not look for what Velero cannot read: %s", error)
        return []
    if is_due:
        told.looked = now()
    if bool(found) != told.unreadable:
        told.unreadable = bool(found)
    return found
