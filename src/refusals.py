"""What a refusal of the Kubernetes API means: no trust, or an API server that restarts.

One that has just started may refuse once what it allows a moment later. So where this application
has been at work before, the first refusal is waited out; the second in a row is for a person.
"""

from __future__ import annotations

from dataclasses import replace

import ops

from velero import status
from velero.errors import Denied, Forbidden, VeleroError
from velero.observed import Observed
from velero.problem import Need, Problem


def is_one(outcome: Observed | VeleroError) -> bool:
    """Whether a hook ended by being refused something (403)."""
    if isinstance(outcome, Observed):
        return not outcome.trusted
    return isinstance(outcome, Forbidden | Denied)


def judged(
    problem: Problem, told: ops.BoundStoredState, application: str, *, worked: bool
) -> Problem:
    """The problem that a refusal is, and the memory of it.

    Args:
        problem: what it would be if it had come before.
        told: the unit's memory, with ``worked`` and ``refused``.
        application: the application's name.
        worked: whether something else tells that it has been at work before.
    """
    is_first = not told.refused and (told.worked or worked)
    _remember(told, refused=True)
    if not is_first:
        return problem
    if problem != status.untrusted(application):
        return replace(problem, need=Need.WAITING)
    return Problem(
        Need.WAITING,
        "The Kubernetes API refuses what it allowed before; Blocked if it does so once more",
    )


def forget(told: ops.BoundStoredState, observed: Observed) -> None:
    """Note that a hook was refused nothing, and whether the application has been at work."""
    _remember(told, refused=False, worked=bool(told.worked) or observed.deployment is not None)


def _remember(told: ops.BoundStoredState, **known: bool) -> None:
    for key, value in known.items():
        if getattr(told, key) != value:  # a write is a process
            setattr(told, key, value)
