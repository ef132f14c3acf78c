"""Why it does not work, as an ordered list of pure checks over what was desired and observed.

A check is named after what it finds and returns a problem or None. ``charm.py`` maps problems
to Juju's statuses; of several, the worst kind wins and the first of that kind is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from velero import pod_security
from velero import resources as k8s
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
from velero.observed import (
    REPOSITORY_SECRET,
    Observed,
    is_available,
    is_everywhere,
    is_rolled_out,
    is_validated,
)
from velero.pods import refusal, trouble, unchanged_for
from velero.problem import Need, Problem
from velero.resources import Object
from velero.workloads import NODE_AGENT, is_other_server

VERDICT_SECONDS: Final = 90
"""How long Velero may take to judge a location before a person is asked to look."""

AGENT_SECONDS: Final = 600
"""How long the node agent may be missing on a node, with nothing changing, before a person is
asked to look; a Deployment has as long (``progressDeadlineSeconds``)."""

_HEALING: Final = (Conflict, NotFound, Unreachable)
"""Errors that the next hook does not meet again: it looks anew and makes what is missing."""
_SHOWN: Final = 300
NOISE: Final = re.compile(
    r'BackupStorageLocation "[^"]*" is unavailable: |rpc error: code = \w+ desc = '
    r"|https response error StatusCode: 0, |RequestID: \w*, |HostID: [\w+/=<>]*, "
)
"""What Velero, its plugin protocol and the S3 client put around a reason."""


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
        return _untrusted(application)
    need = Need.WAITING if isinstance(error, _HEALING) else Need.BLOCKED
    if isinstance(error, InvalidInput):
        return Problem(Need.BLOCKED, f"Invalid {error}")
    if isinstance(error, CliError):
        return Problem(Need.BLOCKED, f"Velero CLI: {_short(str(error))}")
    return Problem(need, _short(str(error)))


def trust_missing(desired: Desired, observed: Observed) -> Problem | None:
    """The application may not manage cluster-scoped resources."""
    return None if observed.trusted else _untrusted(desired.application)


def foreign_installation(desired: Desired, observed: Observed) -> Problem | None:
    """An object that we would write belongs to someone else."""
    others = (obj for obj in observed.objects.values() if is_foreign(obj, desired))
    found = next((obj for obj in others if obj["kind"] != k8s.SCHEDULE.name), None)
    if found is None:
        return None
    what = k8s.describe(found)
    ways = "remove that Velero, use another model, or take it over with the action adopt"
    message = f"{what} exists and was not made by this application; {ways}"
    if is_other_server(found):
        message = (
            f"{what} runs another Velero server; delete it (backups stay) or use another model"
        )
    return Problem(Need.BLOCKED, message)


def is_foreign(obj: Object, desired: Desired) -> bool:
    """Whether an object is neither ours nor one that all Veleros of a cluster share."""
    if obj["kind"] == k8s.CRD.name:
        return False
    return obj["metadata"].get("labels", {}).get(k8s.INSTANCE) != desired.instance


def server_unavailable(desired: Desired, observed: Observed) -> Problem | None:
    """The Velero server does not run, or not as it should."""
    deployment = observed.deployment
    if deployment is None:
        return Problem(Need.WAITING, "Velero is not installed yet")
    if is_rolled_out(deployment):
        return None
    found = trouble(observed.pods) or refusal(deployment)
    need = Need.BLOCKED if is_given_up(observed) else Need.WAITING
    if found and (run := pod_security.advice(desired, found.reason)):
        return Problem(Need.BLOCKED, f"Velero server may not run; {run}; {_short(found.reason)}")
    reason = _short(found.reason) if found else "its pod is starting"
    return Problem(need, f"Velero server is not ready: {reason}")


def is_hopeless(observed: Observed) -> bool:
    """Whether the server's pods wait for something that time alone will not bring."""
    found = trouble(observed.pods) or refusal(observed.deployment or {})
    return found is not None and found.hopeless


def is_given_up(observed: Observed) -> bool:
    """Whether no server will run before a person acts: nor has one for longer than it takes."""
    conditions = (observed.deployment or {}).get("status", {}).get("conditions", ())
    late = any(c["type"] == "Progressing" and c["status"] == "False" for c in conditions)
    return late or is_hopeless(observed)


def change_held(_: Desired, observed: Observed) -> Problem | None:
    """A change waits for an operation that it would interrupt."""
    return Problem(Need.WAITING, observed.held) if observed.held else None


def node_agent_not_ready(desired: Desired, observed: Observed) -> Problem | None:
    """The node agent does not run on every node."""
    agent = observed.get(k8s.DAEMON_SET, NODE_AGENT)
    if not desired.settings.node_agent or (agent and is_everywhere(agent)):
        return None
    if agent is None:
        return Problem(Need.WAITING, "Node agent is not installed yet")
    refused = pod_security.forbidden(desired, observed)
    if advice := pod_security.advice(desired, refused):
        return Problem(Need.BLOCKED, f"Node agent may not run; {advice}; {_short(refused)}")
    status = agent.get("status", {})
    ready, nodes = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    found = trouble(observed.agents)
    hopeless = (found and found.hopeless) or unchanged_for(agent) >= AGENT_SECONDS
    where = f"kubectl get pods --namespace {desired.namespace} --selector name={NODE_AGENT}"
    reason = found.reason if found else refused
    why = _short(reason) if reason else f"see: {where}"
    need = Need.BLOCKED if hopeless else Need.WAITING
    return Problem(need, f"Node agent is ready on {ready} of {nodes} nodes; {why}")


def password_differs(desired: Desired, observed: Observed) -> Problem | None:
    """The repositories' password in the cluster is not the one that Juju keeps."""
    kept, used = desired.repository_password, observed.repository_password
    if not kept or not used or kept == used:
        return None
    return Problem(
        Need.BLOCKED,
        f"Secret {REPOSITORY_SECRET} is not the password that Juju keeps; file-system backups "
        "made with the other one cannot be read: put the right one back",
    )


def location_unavailable(desired: Desired, observed: Observed) -> Problem | None:
    """Velero cannot use the storage location, or has not said yet."""
    location = observed.location
    if desired.storage is None and not desired.keep_storage:
        return None
    if location is None:
        return Problem(Need.WAITING, "Storage location is not set up yet")
    if not is_validated(location):
        return _no_verdict(location, observed.deployment)
    status = location["status"]
    if is_available(location):
        return None
    return Problem(Need.BLOCKED, f"Storage location is {status['phase']}: {verdict(location)}")


def verdict(location: Object) -> str:
    """Velero's words on a location that it cannot use, without what says nothing to a person."""
    said = NOISE.sub("", location.get("status", {}).get("message", ""))
    return _short(said) or "Velero gives no reason"


def schedule_unusable(desired: Desired, observed: Observed) -> Problem | None:
    """A client's schedule cannot be made, or Velero does not follow it."""
    for obj in observed.of(k8s.SCHEDULE):
        if is_foreign(obj, desired):
            what = f"{k8s.describe(obj)} was not made by this application"
            return Problem(Need.NOTE, f"{what} and keeps a client from having one; delete it")
        said = obj.get("status", {})
        if said.get("phase") == "FailedValidation":
            reasons = _short("; ".join(said.get("validationErrors", ())))
            return Problem(Need.NOTE, f"{k8s.describe(obj)} is invalid to Velero: {reasons}")
    return None


_INSTALLED: Final[Finders] = (
    change_held,
    server_unavailable,
    node_agent_not_ready,
    password_differs,
)
_STORED: Final[Finders] = (location_unavailable, schedule_unusable)


def _with_what_is_held(problems: list[Problem], held: str) -> list[Problem]:
    """Say it behind what is worse too: the mending of that may be what is held."""
    if not held:
        return problems
    more = f"; {held[0].lower()}{held[1:]} (apply-held-changes does not wait)"
    return [
        replace(each, message=each.message + more) if each.need is Need.BLOCKED else each
        for each in problems
    ]


def _untrusted(application: str) -> Problem:
    return Problem(
        Need.BLOCKED, f"Trust is missing; run: juju trust {application} --scope=cluster"
    )


def _no_verdict(location: Object, deployment: Object | None) -> Problem | None:
    if deployment is None or not is_rolled_out(deployment):
        return None  # There is nobody to judge it, which is the problem to show
    age = min(unchanged_for(location), unchanged_for(deployment))
    if age < VERDICT_SECONDS:
        return Problem(Need.WAITING, "Velero is checking the storage location")
    return Problem(
        Need.BLOCKED,
        f"Velero has not checked the storage location for {age:.0f} s; look at its pod's log",
    )


def _short(text: str) -> str:
    """One line; of a long one its middle goes, for the reason is often at its end."""
    line = " ".join(text.split())
    half = _SHOWN // 2
    return line if len(line) <= _SHOWN else f"{line[:half]} … {line[-half:]}"
