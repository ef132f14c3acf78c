"""The actions: one params model and one function for each. Actions do not change the status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import ops

from actions.backups import create_backup, delete_backup, list_backups
from actions.commands import run
from actions.listing import list_clients
from actions.restoring import restore
from velero import status
from velero.errors import Forbidden, VeleroError
from velero.velero import Velero

Action: TypeAlias = Callable[[ops.ActionEvent, ops.CharmBase, Velero], None]

ACTIONS: Final[Mapping[str, Action]] = {
    "run": run,
    "create-backup": create_backup,
    "list-backups": list_backups,
    "restore": restore,
    "delete-backup": delete_backup,
    "list-clients": list_clients,
}
"""Those of actions.yaml that need no more than a way to Velero; charm.py has the others."""


def perform(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero) -> None:
    """Do what the event's action is for; what goes wrong fails it with one sentence."""
    name = event.handle.kind.removesuffix("_action").replace("_", "-")
    try:
        ACTIONS[name](event, charm, velero)
    except Forbidden as error:
        event.fail(status.of_error(error, charm.app.name).message)
    except VeleroError as error:
        event.fail(str(error))
