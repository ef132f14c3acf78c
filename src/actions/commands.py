"""``run``: a velero command."""

from __future__ import annotations

from typing import Final

import ops

from actions import following, params
from actions.output import capped
from actions.params import Params
from velero import total
from velero.backups import making
from velero.cli import commands
from velero.cli.commands import Command
from velero.velero import Velero

CLI_SECONDS: Final = 120.0
"""For one command; Velero itself gives a log that it fetches a minute."""
NOTE_BYTES: Final = 200
"""For the note of what is left out."""
WAIT_SECONDS: Final = 900.0
"""For what ``--wait`` follows; the unit does nothing else meanwhile."""
OUTPUT_BYTES: Final = 48_000
ERROR_OUTPUT_BYTES: Final = 8_000
"""Together well below the 100 kB that Juju takes of one action's results."""


class RunParams(Params):
    """Parameters of ``run``."""

    command: params.Command


def run(event: ops.ActionEvent, _: ops.CharmBase, velero: Velero) -> None:
    """Run one velero command."""
    command = commands.parse(RunParams.of(event).command)
    making.require_location(velero.cluster)
    if (command.noun, command.verb) == ("backup", "create"):
        following.warn_of_new_kinds(event, velero)
    _run(event, velero, command)


def _run(event: ops.ActionEvent, velero: Velero, command: Command) -> None:
    # Nobody sees colours in the results of an action
    argv = [*command.argv, f"--namespace={velero.cluster.namespace}", "--colorized=false"]
    output = velero.cli.run(argv, CLI_SECONDS, (OUTPUT_BYTES, ERROR_OUTPUT_BYTES))
    results = {
        "exit-code": str(output.exit_code),
        "output": capped(output.stdout, OUTPUT_BYTES + NOTE_BYTES),
        "error-output": capped(output.stderr, ERROR_OUTPUT_BYTES + NOTE_BYTES),
    }
    if output.exit_code != 0:
        event.set_results(results)
        said = (output.stderr or output.stdout).strip().splitlines() or ["it gave no reason"]
        event.fail(f"velero {command.noun} {command.verb} failed: {total.plain(said[-1])}")
        return
    name = making.submitted_name(output.stdout) if command.wait else None
    event.set_results(results | (_followed(event, velero, command, name) if name else {}))


def _followed(
    event: ops.ActionEvent, velero: Velero, command: Command, name: str
) -> dict[str, str]:
    kind = making.KINDS[command.noun]
    end = making.follow(velero.cluster, kind, name, WAIT_SECONDS, event.log)
    follow_by = f'follow it with command="{command.noun} get {name}"'
    if end.gone:
        event.fail(f"{kind.name} {name} was deleted while it ran")
    elif not end.ended:
        waited = f"after {WAIT_SECONDS / 60:.0f} minutes and goes on"
        event.fail(f"{kind.name} {name} is {end.phase or 'New'} {waited}; {follow_by}")
    elif end.phase != "Completed":
        event.fail(f"{kind.name} {name} is {end.phase}: {end.reason or 'Velero gives no reason'}")
    told = following.judge(event, velero, kind, end) if end.ended else {}
    return {"name": name, "phase": end.phase or "New"} | told
