"""``adopt``."""

from __future__ import annotations

import logging
from typing import Annotated

import ops
from pydantic import Field

from actions.leading import to_bring_about
from actions.output import SHOWN, listed
from actions.params import Params
from inputs.reader import Inputs
from velero.adoption import leftovers, takeover
from velero.adoption.takeover import Survey
from velero.desired import Desired
from velero.errors import Refused
from velero.kubernetes import resources as k8s
from velero.velero import Velero

logger = logging.getLogger(__name__)


class AdoptParams(Params):
    """Parameters of ``adopt``."""

    confirm: Annotated[bool, Field(strict=True)] = False
    force: Annotated[bool, Field(strict=True)] = False


def adopt(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero, given: Inputs) -> bool:
    """Take over a Velero that someone else installed; tell whether anything may have changed.

    Raises:
        Refused: it cannot be done, or not now.
        VeleroError: the cluster or the CLI did not do as told.
    """
    params = AdoptParams.of(event)
    desired = to_bring_about(charm, given)
    if desired.keep_storage:
        raise Refused(given.problems[0].message)
    found = takeover.survey(velero, desired)
    if params.confirm and found.found:
        return _adopt(event, charm, velero, desired, found, force=params.force)
    _preview(event, velero, desired, found)
    return False


def _preview(event: ops.ActionEvent, velero: Velero, desired: Desired, found: Survey) -> None:
    if not found.found:
        event.set_results({"found": "nothing that someone else made under a name of ours"})
        return
    answer = {
        "found": listed(k8s.describe(obj) for obj in found.found),
        "in-progress": listed(found.busy),
        "obstacles": listed(found.obstacles),
        "stays": listed(leftovers.of(velero.cluster, desired, found.keys)),
        "next": _next(found),
    }
    event.set_results({key: text for key, text in answer.items() if text})


def _next(found: Survey) -> str:
    if found.obstacles:
        return "clear the obstacles; nothing was changed"
    force = " force=true, or wait until nothing is in progress" if found.busy else ""
    return f"nothing was changed; to take it over, add confirm=true{force}"


def _adopt(
    event: ops.ActionEvent,
    charm: ops.CharmBase,
    velero: Velero,
    desired: Desired,
    found: Survey,
    *,
    force: bool,
) -> bool:
    if found.busy and not force:
        raise Refused(
            f"In progress is {', '.join(found.busy[:SHOWN])}; it would fail, because Velero is "
            "restarted: run adopt again after it, or with force=true"
        )
    for what in found.busy:
        event.log(f"Interrupting {what}")
    desired = takeover.adopt(velero, desired, found, charm.unit.is_leader, event.log)
    stays = [*leftovers.of(velero.cluster, desired)]
    for each in stays:
        logger.warning("Adopted: %s", each)
    answer = {
        "adopted": listed(k8s.describe(obj) for obj in found.found),
        "folder": _folder(desired),
        "interrupted": listed(found.busy),
        "stays": listed(stays),
    }
    event.set_results({key: text for key, text in answer.items() if text})
    return True


def _folder(desired: Desired) -> str:
    """Where the backups are, in the bucket."""
    storage = desired.storage
    return f"{storage.bucket}/{storage.prefix}" if storage else ""
