"""What the actions have in common that change Velero itself."""

from __future__ import annotations

import ops

from inputs.reader import Inputs
from velero.desired import Desired
from velero.errors import Refused


def to_bring_about(charm: ops.CharmBase, given: Inputs) -> Desired:
    """What to work towards.

    Raises:
        Refused: the unit does not lead, the application is being removed, or options and
            relations do not tell.
    """
    if not charm.unit.is_leader():
        raise Refused(f"Only the leader changes Velero; run it on {charm.app.name}/leader")
    if charm.app.planned_units() == 0:
        raise Refused("The application is being removed, and Velero with it")
    if given.desired is None:
        raise Refused(given.problems[0].message)
    return given.desired
