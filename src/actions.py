"""One params model and one function per action. Actions do not change the status."""

from __future__ import annotations

from typing import Final

import ops
from pydantic import BaseModel

from velero import backups, commands, status
from velero import resources as k8s
from velero.commands import Command
from velero.desired import LOCATION_NAME
from velero.errors import Forbidden, Refused, VeleroError
from velero.velero import Velero

CLI_SECONDS: Final = 120.0
"""For one command; Velero itself gives a log that it fetches a minute."""
WAIT_SECONDS: Final = 900.0
"""For what ``--wait`` follows; the unit does nothing else meanwhile."""
STDOUT_BYTES: Final = 48_000
STDERR_BYTES: Final = 8_000
"""Together well below the 100 kB that Juju takes of one action's results."""


class RunParams(BaseModel):
    """Parameters of ``run``."""

    command: str


def run(event: ops.ActionEvent, velero: Velero) -> None:
    """Run one velero command."""
    params = event.load_params(RunParams, errors="fail")
    try:
        command = commands.parse(params.command)
        _require_location(velero)
        _run(event, velero, command)
    except Forbidden as error:
        event.fail(status.of_error(error, event.framework.model.app.name).message)
    except VeleroError as error:
        event.fail(str(error))


def _require_location(velero: Velero) -> None:
    location = velero.cluster.get(k8s.LOCATION, LOCATION_NAME)
    if location is None:
        raise Refused("There is no storage location; integrate a storage integrator first")
    phase = location.get("status", {}).get("phase")
    if not phase:
        raise Refused("Velero has not checked the storage location yet; see juju status")
    if phase != "Available":
        raise Refused(f"The storage location is not available: {status.verdict(location)}")


def _run(event: ops.ActionEvent, velero: Velero, command: Command) -> None:
    # Unasked, `describe` colours its text for a terminal that is not there
    argv = [*command.argv, f"--namespace={velero.cluster.namespace}", "--colorized=false"]
    output = velero.cli.run(argv, CLI_SECONDS)
    results = {
        "exit-code": str(output.exit_code),
        "stdout": _capped(output.stdout, STDOUT_BYTES),
        "stderr": _capped(output.stderr, STDERR_BYTES),
    }
    if output.exit_code != 0:
        event.set_results(results)
        said = (output.stderr or output.stdout).strip().splitlines() or ["it gave no reason"]
        event.fail(f"velero {command.noun} {command.verb} failed: {said[-1][:400]}")
        return
    name = backups.submitted_name(output.stdout) if command.wait else None
    event.set_results(results | (_followed(event, velero, command, name) if name else {}))


def _followed(
    event: ops.ActionEvent, velero: Velero, command: Command, name: str
) -> dict[str, str]:
    kind = backups.KINDS[command.noun]
    end = backups.follow(velero.cluster, kind, name, WAIT_SECONDS, event.log)
    follow_by = f'follow it with command="{command.noun} get {name}"'
    if end.gone:
        event.fail(f"{kind.name} {name} was deleted while it ran")
    elif not end.ended:
        waited = f"after {WAIT_SECONDS / 60:.0f} minutes and goes on"
        event.fail(f"{kind.name} {name} is {end.phase or 'New'} {waited}; {follow_by}")
    elif end.phase != "Completed":
        event.fail(f"{kind.name} {name} is {end.phase}: {end.reason or 'Velero gives no reason'}")
    return {"name": name, "phase": end.phase or "New"}


def _capped(text: str, limit: int) -> str:
    """The beginning and end of a text that is too long, with a note of what is missing."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    head, tail = raw[: limit // 2], raw[-limit // 2 :]
    cut = len(raw) - limit
    note = f"\n[… {cut} bytes are left out here; ask for less, for example with a name …]\n"
    return head.decode(errors="ignore") + note + tail.decode(errors="ignore")
