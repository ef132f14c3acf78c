"""The statuses, told where Juju does not know them yet: telling is a process and a request."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, Literal

import ops

from velero.problem import Need, Problem

_STATUS: Final = {
    Need.BLOCKED: ops.BlockedStatus,
    Need.MAINTENANCE: ops.MaintenanceStatus,
    Need.WAITING: ops.WaitingStatus,
    Need.NOTE: ops.ActiveStatus,
}
_ANEW: Final = (ops.InstallEvent, ops.StartEvent, ops.UpgradeCharmEvent, ops.LeaderElectedEvent)
SECONDS: Final = 3600
"""How long what was told is not told again: should Juju have it otherwise, it ends then."""


class Statuses(ops.Object):
    """What the unit told last, and when.

    What makes the unit another one tells again: between two leaderships, the application's status
    was another unit's.

    Args:
        charm: whose statuses they are.
    """

    _told = ops.StoredState()

    def __init__(self, charm: ops.CharmBase) -> None:
        super().__init__(charm, "statuses")
        self._told.set_default(unit="", app="", since=0.0)
        self._is_sparing = False

    def begin(self, event: ops.EventBase) -> None:
        """Note which event it is that the statuses are of."""
        age = time.time() - float(str(self._told.since))
        self._is_sparing = not isinstance(event, _ANEW) and 0 <= age < SECONDS
        if not self._is_sparing:
            self._told.since = time.time()

    def forget(self) -> None:
        """Take note that a status was set in another way."""
        self._told.unit = self._told.app = ""

    def tell(
        self,
        event: ops.CollectStatusEvent,
        whose: Literal["unit", "app"],
        problems: Sequence[Problem],
        well: ops.StatusBase,
    ) -> None:
        """Add the problems' statuses to the event, unless Juju knows them.

        Args:
            event: whose first problem counts most.
            whose: the unit's or the application's.
            problems: what is wrong.
            well: the status where nothing is.
        """
        statuses = [*(_STATUS[each.need](each.message) for each in problems), well]
        text = "\n".join(f"{each.name} {each.message}" for each in statuses)
        if self._is_sparing and getattr(self._told, whose) == text:
            return
        setattr(self._told, whose, text)
        for each in statuses:
            event.add_status(each)
