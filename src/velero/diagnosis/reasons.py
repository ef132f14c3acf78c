"""What Kubernetes says of a pod, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from velero import total
from velero.installation.pods import trouble
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.observed import has_condition


def is_ready(pod: Object) -> bool:
    """Whether a pod runs and is ready."""
    return has_condition(pod, "Ready", "True")


def of(pod: Object, events: Iterable[Object]) -> list[str]:
    """Why a pod is not ready, the kubelet's words before the events; none if it is."""
    if is_ready(pod):
        return []
    found = trouble([pod])
    return [*([found.reason] if found else []), *warnings(pod, events)]


def warnings(obj: Object, events: Iterable[Object]) -> list[str]:
    """What events say of an object."""
    name = k8s.name_of(obj)
    return [words(event) for event in events if total.text(event, "regarding", "name") == name]


def words(event: Object) -> str:
    """What an event says."""
    return f"{total.text(event, 'reason')}: {total.text(event, 'note')}"


def restarts(pod: Object) -> int:
    """How often containers of the pod were started again."""
    return sum(total.number(each, "restartCount") for each in _containers(pod))


def last_end(pod: Object) -> str:
    """How a container of the pod ended when one ended last; empty if none did."""
    ends = (total.mapping(each, "lastState", "terminated") for each in _containers(pod))
    ended = next(filter(None, ends), None)
    if ended is None:
        return ""
    lines = total.text(ended, "message").strip().splitlines()
    code = total.number(ended, "exitCode")
    said = f"{total.text(ended, 'reason') or 'Error'}, exit code {code}"
    return f"{said}: {lines[-1]}" if lines else said


def summary(pod: Object) -> str:
    """One line: how the pod is."""
    ready = "ready" if is_ready(pod) else "NOT READY"
    phase = total.phase(pod) or "unknown"
    node = total.text(pod, "spec", "nodeName") or "none"
    return f"{k8s.name_of(pod)}: {ready}, {phase}, {restarts(pod)} restarts, on node {node}"


def _containers(pod: Object) -> list[Object]:
    kinds = ("initContainerStatuses", "containerStatuses")
    return [each for kind in kinds for each in total.items(pod, "status", kind)]
