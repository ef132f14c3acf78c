"""The actions: one params model and one function for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

import ops

from actions.backups import create_backup, delete_backup, list_backups
from actions.commands import run
from actions.listing import list_clients
from actions.restoring import restore
from telling import PlainEvent
from velero import status
from velero.errors import Forbidden, VeleroError
from velero.velero import Velero

if TYPE_CHECKING:
    from inputs.reader import Inputs

Action: TypeAlias = Callable[[ops.ActionEvent, ops.CharmBase, Velero], None]
ActionOnInputs: TypeAlias = Callable[[ops.ActionEvent, ops.CharmBase, Velero, "Inputs"], bool]
"""It tells whether a reconcile has to follow."""

ACTIONS: Final[Mapping[str, Action]] = {
    "run": run,
    "create-backup": create_backup,
    "list-backups": list_backups,
    "restore": restore,
    "delete-backup": delete_backup,
    "list-clients": list_clients,
}
"""Those that need no more than a way to Velero. They do not change the status."""


def perform(
    event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero, inputs: Callable[[], Inputs]
) -> bool:
    """Do what the event's action is for; what goes wrong fails it with one sentence.

    Args:
        event: the action.
        charm: the charm.
        velero: the way to Velero.
        inputs: reads what Juju says, for the actions that need it.

    Returns:
        whether a reconcile has to follow.
    """
    event = PlainEvent.of(event)
    name = event.handle.kind.removesuffix("_action").replace("_", "-")
    try:
        if name not in ACTIONS:
            return _on_inputs(name)(event, charm, velero, inputs())
        ACTIONS[name](event, charm, velero)
    except Forbidden as error:
        event.fail(status.of_error(error, charm.app.name).message)
    except VeleroError as error:
        event.fail(str(error))
    return False


def _on_inputs(name: str) -> ActionOnInputs:
    """One of the other actions, each of which stands on much that no other needs."""
    match name:
        case "adopt":
            from actions.adopting import adopt as action  # noqa: PLC0415
        case "apply-held-changes":
            from actions.held import apply_held_changes as action  # noqa: PLC0415
        case "diagnose":
            from actions.diagnose import diagnose as action  # noqa: PLC0415
        case _:
            raise LookupError(f"actions.yaml has {name}, but nothing does it")
    return action
