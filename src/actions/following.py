"""A backup or restore that an action began: follow it, and say how it ended."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import ops

from velero import total
from velero.backups import emptiness, making, results, returned, unreadable
from velero.backups.catalogue import held
from velero.backups.making import Followed
from velero.errors import ClusterError
from velero.kubernetes import discovery
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Kind, Object
from velero.problem import Problem
from velero.velero import Velero


def warn_of_new_kinds(event: ops.ActionEvent, velero: Velero) -> None:
    """Say which kinds Velero may not know yet, so that a backup lacks their objects."""
    with suppress(ClusterError):  # Whoever asked wants a backup, with or without this
        if names := discovery.new_kinds(velero.cluster, dt.datetime.now(dt.UTC)):
            event.log(
                f"Velero looks for new kinds every 5 minutes and may not know {', '.join(names)} "
                "yet; if their objects matter, back up again in 5 minutes"
            )


def follow(
    event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero, made: Object, seconds: float
) -> None:
    """Follow to the end or the deadline; anything but Completed at the end fails the action.

    Raises:
        ClusterError: the API server cannot be asked.
    """
    kind, name = k8s.kind_of(made), k8s.name_of(made)
    end = making.follow(velero.cluster, kind, name, seconds, event.log)
    outcome = _outcome(end.object or made)
    if end.gone:
        event.set_results(outcome)
        event.fail(f"{kind.name} {name} was deleted while it ran")
        return
    if not end.ended:
        command = f'juju run {charm.app.name}/leader run command="{kind.name.lower()} get {name}"'
        event.log(f"{kind.name} {name} goes on; follow it with: {command}")
        event.set_results(outcome | {"follow": command})
        tell_what_is_unreadable(event, velero, end.phase)
        return
    errors, warnings = results.words(velero.cluster, end.object)
    found = {"errors-summary": errors, "warnings-summary": warnings}
    event.set_results(outcome | {key: text for key, text in found.items() if text})
    event.set_results(judge(event, velero, kind, end))
    if end.phase != "Completed":
        event.fail(f"{kind.name} {name} is {end.phase}: {errors or 'Velero gives no reason'}")


def judge(event: ops.ActionEvent, velero: Velero, kind: Kind, end: Followed) -> dict[str, str]:
    """Say what Completed leaves open: a backup of nothing is no success.

    Returns:
        Of a restore, how many objects came back.
    """
    if kind == k8s.RESTORE:
        return returned.words(velero.cluster, end.object)
    if end.phase == "Completed" and (why := emptiness.reason(velero.cluster, end.object)):
        event.fail(f"{kind.name} {end.name} is Completed, but {why}")
    return {}


def tell_what_is_unreadable(event: ops.ActionEvent, velero: Velero, phase: str) -> None:
    """Name what keeps Velero from beginning, if it has not begun and that is why."""
    found: list[Problem] = []
    with suppress(ClusterError):
        found = [] if phase else unreadable.problems(velero.cluster)
    for problem in found:
        event.log(problem.message)


def _outcome(obj: Object) -> dict[str, str]:
    done = held(obj) or total.number(obj, "status", "progress", "itemsRestored")
    return {
        "name": k8s.name_of(obj),
        "uid": total.text(obj, "metadata", "uid"),
        "phase": total.plain(total.phase(obj)) or "New",
        "items": str(done),
        "errors": str(total.number(obj, "status", "errors")),
        "warnings": str(total.number(obj, "status", "warnings")),
    }
