"""Which endpoints have relations, asked of Juju only where there may be one.

Each question is a process and a request to the controller, and most endpoints never have a
relation. Juju tells each unit of a relation that is made before anything else of it; so that an
endpoint had none, holds until then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

import ops

CLIENTS: Final = ("velero-backups", "k8s-backup-targets")
"""The endpoints of those that are backed up."""


class Related(ops.Object):
    """The relations of some endpoints.

    Args:
        charm: whose endpoints they are.
        key: names them among others of the charm's.
        endpoints: their names.
    """

    _known = ops.StoredState()

    def __init__(self, charm: ops.CharmBase, key: str, endpoints: Iterable[str]) -> None:
        super().__init__(charm, f"related-{key}")
        self._known.set_default(unrelated=[])
        on = charm.on
        # A hook that a person made Juju skip is made good by the next of the relation or the unit
        events = [on.leader_elected, on.start, on.upgrade_charm]
        for endpoint in endpoints:
            here = on[endpoint]
            events += [here.relation_created, here.relation_joined, here.relation_changed]
        for event in events:
            self.framework.observe(event, self._on_news)

    def _on_news(self, event: ops.EventBase) -> None:
        of = {event.relation.name} if isinstance(event, ops.RelationEvent) else None
        known = cast("list[str]", self._known.unrelated)
        still = [each for each in known if of and each not in of]
        if still != known:
            self._known.unrelated = still

    def of(self, endpoint: str) -> list[ops.Relation]:
        """The endpoint's relations, but for one that is about to go."""
        unrelated = cast("list[str]", self._known.unrelated)
        if endpoint in unrelated:
            return []
        found = self.model.relations[endpoint]
        if not found:
            self._known.unrelated = [*unrelated, endpoint]
        return [each for each in found if each.active]
