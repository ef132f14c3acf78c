"""What Kubernetes says of a pod, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from velero import resources as k8s
from velero.pods import trouble
from velero.resources import Object


def is_ready(pod: Object) -> bool:
    """Whether a pod runs and is ready."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def of(pod: Object, events: Iterable[Object]) -> list[str]:
    """Why a pod is not ready, the kubelet's words before the events; none if it is."""
    if is_ready(pod):
        return []
    found = trouble([pod])
    return [*([found.reason] if found else []), *warnings(pod, events)]


def warnings(obj: Object, events: Iterable[Object]) -> list[str]:
    """What events say of an object."""
    name = k8s.name_of(obj)
    return [words(event) for event in events if event.get("regarding", {}).get("name") == name]


def words(event: Object) -> str:
    """What an event says."""
    return f"{event.get('reason', '')}: {event.get('note', '')}"


def restarts(pod: Object) -> int:
    """How often containers of the pod were started again."""
    return sum(each.get("restartCount", 0) for each in _containers(pod))


def last_end(pod: Object) -> str:
    """How a container of the pod ended when one ended last; empty if none did."""
    ends = [each.get("lastState", {}).get("terminated") for each in _containers(pod)]
    ended: Object | None = next((end for end in ends if end), None)
    if ended is None:
        return ""
    lines = (ended.get("message") or "").strip().splitlines()
    said = f"{ended.get('reason', 'Error')}, exit code {ended.get('exitCode')}"
    return f"{said}: {lines[-1]}" if lines else said


def summary(pod: Object) -> str:
    """One line: how the pod is."""
    ready = "ready" if is_ready(pod) else "NOT READY"
    phase = pod.get("status", {}).get("phase", "unknown")
    node = pod["spec"].get("nodeName", "none")
    return f"{k8s.name_of(pod)}: {ready}, {phase}, {restarts(pod)} restarts, on node {node}"


def _containers(pod: Object) -> list[Object]:
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
