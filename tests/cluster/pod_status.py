"""The status documents that a kubelet writes for its pods, as pure functions of the pod.

A pod is the API's JSON document as a dictionary; so is what these functions return: the value of
the pod's `status` field, without what the API server itself maintains there.
"""

import datetime
from collections.abc import Iterator
from typing import Any

# What the API calls a ContainerState: one key of waiting, running and terminated.
State = dict[str, dict[str, Any]]
Pod = dict[str, Any]


def now() -> str:
    """Return the present as the API writes times."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def images(pod: Pod) -> Iterator[str]:
    """Yield the images of all containers, the init containers' first."""
    for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]):
        yield container["image"]


def running(pod: Pod, restarts: int = 0, last: State | None = None) -> dict[str, Any]:
    """Everything runs and is ready.

    Args:
        pod: the pod.
        restarts: how often the containers were started again.
        last: how they ended before that.
    """
    state: State = {"running": {"startedAt": now()}}
    return _status(pod, "Running", state, restarts=restarts, last=last)


def starting(pod: Pod, restarts: int = 0, last: State | None = None) -> dict[str, Any]:
    """The containers' processes run but are not ready yet."""
    state: State = {"running": {"startedAt": now()}}
    return _status(pod, "Running", state, ready=False, restarts=restarts, last=last)


def waiting(
    pod: Pod, reason: str, message: str, restarts: int = 0, last: State | None = None
) -> dict[str, Any]:
    """The containers wait, as in CrashLoopBackOff or ContainerCreating; init is over.

    The phase stays Running after a first start, as a kubelet has it for restartPolicy Always.
    """
    phase = "Running" if last else "Pending"
    state: State = {"waiting": {"reason": reason, "message": message}}
    return _status(pod, phase, state, ready=False, restarts=restarts, last=last)


def image_failed(pod: Pod, image: str, reason: str) -> dict[str, Any]:
    """The containers with this image wait for it; an init container's holds up all others."""
    broken: State = {"waiting": {"reason": reason, "message": f'Back-off pulling image "{image}"'}}
    held: State = {"waiting": {"reason": "PodInitializing"}}
    in_init = any(one["image"] == image for one in pod["spec"].get("initContainers", ()))
    status = _status(pod, "Pending", held if in_init else broken, ready=False)
    for entry in status["initContainerStatuses"]:
        if in_init:
            entry["ready"] = False
            entry["state"] = broken if entry["image"] == image else held
    if in_init:
        status["conditions"] = _conditions(ready=False, initialized=False)
    return status


def failed(pod: Pod, reason: str, message: str) -> dict[str, Any]:
    """The pod is over and will not be started again."""
    over = {"exitCode": 1, "reason": reason, "message": message, "finishedAt": now()}
    status = _status(pod, "Failed", {"terminated": over}, ready=False)
    return {**status, "reason": reason, "message": message}


def terminated(exit_code: int, message: str, started: str) -> State:
    """A container's end.

    Args:
        exit_code: as Python gives it, negative for a signal; shown as 128 + signal's number.
        message: its last words.
        started: when it was started, as `now` gives it.
    """
    return {
        "terminated": {
            "exitCode": exit_code if exit_code >= 0 else 128 - exit_code,
            "reason": "Error" if exit_code else "Completed",
            "message": message,
            "startedAt": started,
            "finishedAt": now(),
        }
    }


def _status(
    pod: Pod,
    phase: str,
    state: State,
    *,
    ready: bool = True,
    restarts: int = 0,
    last: State | None = None,
) -> dict[str, Any]:
    init: State = {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": now()}}
    spec = pod["spec"]
    return {
        "phase": phase,
        "hostIP": "127.0.0.1",
        "podIP": "127.0.0.1",
        "podIPs": [{"ip": "127.0.0.1"}],
        "startTime": pod["status"].get("startTime") or now(),
        "conditions": _conditions(ready=ready),
        "initContainerStatuses": [
            _container(one, init, ready=True) for one in spec.get("initContainers", ())
        ],
        "containerStatuses": [
            {**_container(one, state, ready=ready), "restartCount": restarts}
            | ({"lastState": last} if last else {})
            for one in spec["containers"]
        ],
    }


def _container(container: dict[str, Any], state: State, *, ready: bool) -> dict[str, Any]:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": container["image"],
        "ready": ready,
        "started": "running" in state,
        "restartCount": 0,
        "state": state,
    }


def _conditions(*, ready: bool, initialized: bool = True) -> list[dict[str, str]]:
    truths = {
        "PodScheduled": True,
        "Initialized": initialized,
        "ContainersReady": ready,
        "Ready": ready,
    }
    return [
        {"type": name, "status": str(truth), "lastTransitionTime": now()}
        for name, truth in truths.items()
    ]
