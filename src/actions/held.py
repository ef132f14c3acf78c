"""``apply-held-changes``."""

from __future__ import annotations

import ops

from actions.leading import to_bring_about
from actions.output import listed
from inputs.reader import Inputs
from velero.kubernetes import operations
from velero.velero import Velero


def apply_held_changes(
    event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero, given: Inputs
) -> bool:
    """Apply what waits for an operation, and say what that interrupts.

    Returns:
        whether anything may have changed.

    Raises:
        Refused: the unit does not lead, or what is desired is not known.
        VeleroError: the cluster or the CLI did not do as told.
    """
    desired = to_bring_about(charm, given)
    held = velero.reconcile(desired, charm.unit.is_leader).held
    if not held:
        event.set_results({"applied": "nothing was held"})
        return False
    busy = [*operations.in_progress(velero.cluster)]
    event.log(f"Not waiting any longer: {held}")
    for what in busy:
        event.log(f"Interrupting {what}")
    velero.reconcile(desired, charm.unit.is_leader, force=True)
    event.set_results({"applied": held, "interrupted": listed(busy)})
    return True
