"""Why pods do not run, from what the kubelet says of them, and whether time may heal it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from velero import total
from velero.kubernetes.resources import Object
from velero.observed import is_rolled_out, last_change

GRACE_SECONDS: Final = 30
"""How long a pod may lack its image, its configuration or the right to exist before a person is
asked to look: Kubernetes has tried at least twice by then."""
REVISION: Final = "deployment.kubernetes.io/revision"
"""Annotation of a Deployment, and of the ReplicaSet of its newest template."""
CRASHES: Final = 3
"""How many crashes in a row time is trusted to heal."""

_LONG_SECONDS: Final = 600
"""After running for so long a container is well to the kubelet, which then forgets its crashes
(kubernetes pkg/kubelet/kubelet.go, ``backOff`` and ``MaxContainerBackOff``)."""
_WRONG: Final = frozenset({"ErrImageNeverPull", "InvalidImageName"})
_LACKING: Final = frozenset(
    {
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "RegistryUnavailable",
    }
)
_CONTAINERS: Final = ("initContainer", "container")
_CRASHED: Final = "CrashLoopBackOff"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a pod does not run.

    Attributes:
        reason: Kubernetes' own name of it, and the words that go with it.
        hopeless: whether a person must act, or so much time has passed that one should look.
    """

    reason: str
    hopeless: bool


def trouble(pods: Iterable[Object]) -> Trouble | None:
    """The worst that keeps one of some pods from running; None if they only start."""
    found = [one for pod in pods for one in _troubles(pod)]
    return next((one for one in found if one.hopeless), found[0] if found else None)


def refusal(maker: Object) -> Trouble | None:
    """Why Kubernetes does not even make a pod, such as a quota or a rule of the namespace.

    Args:
        maker: the newest ReplicaSet, or if it is not known, the Deployment: what that says may be
            of an older ReplicaSet (kubernetes pkg/controller/deployment/sync.go,
            ``getReplicaFailures``).
    """
    for condition in total.items(maker, "status", "conditions"):
        kind, holds = total.text(condition, "type"), total.text(condition, "status")
        if kind == "ReplicaFailure" and holds == "True":
            late = seconds_since(total.text(condition, "lastTransitionTime")) >= GRACE_SECONDS
            return Trouble(total.text(condition, "message"), late)
    return None


def newest(replica_sets: Iterable[Object], deployment: Object) -> Object | None:
    """Of some ReplicaSets the one of a Deployment's template as it is now, if it is there."""
    uid = total.text(deployment, "metadata", "uid")
    own = [
        each
        for each in replica_sets
        if uid in {total.text(o, "uid") for o in total.items(each, "metadata", "ownerReferences")}
    ]
    current = total.annotations(deployment).get(REVISION)
    chosen = [each for each in own if current and total.annotations(each).get(REVISION) == current]
    return max(chosen or own, key=_creation, default=None)


def is_settled(deployment: Object) -> bool:
    """Whether a Deployment's pods have come, or are known not to come by themselves."""
    return is_rolled_out(deployment) or refusal(deployment) is not None


def unchanged_for(obj: Object, *, manager: str = "") -> float:
    """For how many seconds an object has not changed.

    Args:
        obj: the object.
        manager: only changes by this field manager count; else those by anyone, controllers too.
    """
    return seconds_since(max(_creation(obj), last_change(obj, manager)))


def _creation(obj: Object) -> str:
    return total.text(obj, "metadata", "creationTimestamp")


def _troubles(pod: Object) -> list[Trouble]:
    found = [
        Trouble(f"{reason}: {total.text(each, 'message')}", hopeless=False)
        for each in _conditions(pod, "PodScheduled")
        if each.get("status") == "False" and (reason := total.text(each, "reason"))
    ]
    init, main = (total.items(pod, "status", f"{kind}Statuses") for kind in _CONTAINERS)
    for container in init + main:
        waiting = total.mapping(container, "state", "waiting")
        reason = total.text(waiting, "reason")
        if reason in _WRONG | _LACKING or reason == _CRASHED:
            words = f"{reason}: {_last_words(container, waiting)}"
            found.append(Trouble(words, _is_hopeless(reason, container, pod)))
    return found


def _is_hopeless(reason: str, container: Object, pod: Object) -> bool:
    if reason in _WRONG:
        return True
    if reason in _LACKING:
        return seconds_since(_not_ready_since(pod)) >= GRACE_SECONDS
    is_short = _seconds_between(_ended(container)) < _LONG_SECONDS
    return total.number(container, "restartCount") >= CRASHES and is_short


def _not_ready_since(pod: Object) -> str:
    since = [total.text(each, "lastTransitionTime") for each in _conditions(pod, "Ready")]
    return since[0] if since and since[0] else total.text(pod, "metadata", "creationTimestamp")


def _conditions(obj: Object, kind: str) -> list[Object]:
    return [each for each in total.items(obj, "status", "conditions") if each.get("type") == kind]


def _ended(container: Object) -> Object:
    return total.mapping(container, "lastState", "terminated")


def _last_words(container: Object, waiting: Object) -> str:
    """How the container ended, or what it waits for; of a log, the last line says it."""
    ended = _ended(container)
    if not ended:
        return total.text(waiting, "message") or f"container {total.text(container, 'name')}"
    lines = total.text(ended, "message").strip().splitlines()
    reason = total.text(ended, "reason") or "Error"
    said = lines[-1] if lines else f"exit code {total.number(ended, 'exitCode')}"
    return said if reason == "Error" else f"{reason}: {said}"


def _seconds_between(ended: Object) -> float:
    start, end = total.moment(ended, "startedAt"), total.moment(ended, "finishedAt")
    return (end - start).total_seconds() if start and end else 0


def seconds_since(moment: str) -> float:
    """How long ago a moment was, such as ``2026-11-21T12:00:00Z``; zero if it is none."""
    found = total.moment({"at": moment}, "at")
    return (dt.datetime.now(dt.UTC) - found).total_seconds() if found else 0
