"""Why it does not work, as an ordered list of pure checks over what was desired and observed.

A check is named after what it finds and returns a problem or None. ``charm.py`` maps problems
to Juju's statuses; of several, the worst kind wins and the first of that kind is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from velero.desired import Desired
from velero.errors import (
    CliError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    Unreachable,
    VeleroError,
)
from velero.installation.checks import node_agent_not_ready, server_unavailable
from velero.installation.ownership import (
    definitions_lacking,
    definitions_remade,
    foreign_installation,
)
from velero.observed import Observed
from velero.problem import Need, Problem, short
from velero.storage.checks import (
    location_added_to,
    location_unavailable,
    password_differs,
    schedule_unusable,
)

_HEALING: Final = (Conflict, NotFound, Unreachable)
"""Errors that the next hook does not meet again: it looks anew and makes what is missing."""


Finders: TypeAlias = tuple[Callable[[Desired, Observed], Problem | None], ...]


def check(desired: Desired, observed: Observed, given: Sequence[Problem] = ()) -> list[Problem]:
    """All problems, in the order in which a person should look at them.

    Args:
        desired: what is wanted.
        observed: what there is.
        given: what is wrong with the options and relations. It comes before what Velero says of
            a storage location, which may be an earlier one.
    """
    if found := trust_missing(desired, observed) or foreign_installation(desired, observed):
        return [found, *given]
    installed, stored = (
        [problem for finder in finders if (problem := finder(desired, observed))]
        for finders in (_INSTALLED, _STORED)
    )
    return _with_what_is_held([*installed, *given, *stored], observed.held)


def of_error(error: VeleroError, application: str) -> Problem:
    """The problem that an error is."""
    if isinstance(error, Forbidden):
        return untrusted(application)
    need = Need.WAITING if isinstance(error, _HEALING) else Need.BLOCKED
    if isinstance(error, InvalidInput):
        return Problem(Need.BLOCKED, f"Invalid {error}")
    if isinstance(error, CliError):
        return Problem(Need.BLOCKED, f"Velero CLI: {short(str(error))}")
    return Problem(need, short(str(error)))


def trust_missing(desired: Desired, observed: Observed) -> Problem | None:
    """The application may not manage cluster-scoped resources."""
    return None if observed.trusted else untrusted(desired.application)


def untrusted(application: str) -> Problem:
    """The application's rights were not given, or were taken away."""
    return Problem(
        Need.BLOCKED, f"Trust is missing; run: juju trust {application} --scope=cluster"
    )


def change_held(_: Desired, observed: Observed) -> Problem | None:
    """A change waits for an operation that it would interrupt."""
    return Problem(Need.WAITING, observed.held) if observed.held else None


_INSTALLED: Final[Finders] = (
    definitions_lacking,
    change_held,
    server_unavailable,
    node_agent_not_ready,
    password_differs,
)
_STORED: Final[Finders] = (
    definitions_remade,
    location_unavailable,
    location_added_to,
    schedule_unusable,
)


def _with_what_is_held(problems: list[Problem], held: str) -> list[Problem]:
    """Say it behind what is worse too: the mending of that may be what is held."""
    if not held:
        return problems
    more = f"; {held[0].lower()}{held[1:]} (apply-held-changes does not wait)"
    return [
        replace(each, message=each.message + more) if each.need is Need.BLOCKED else each
        for each in problems
    ]
