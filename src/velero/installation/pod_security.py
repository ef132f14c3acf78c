"""What the model's namespace lets pods do, where Kubernetes enforces Pod Security.

The node agent mounts directories of its node, which every level but ``privileged`` forbids; the
server says nothing of its own security, which ``restricted`` asks for (kubernetes
staging/src/k8s.io/pod-security-admission/policy). A pod that is forbidden is never made: the
DaemonSet or Deployment just has none. All of this is pure; see `permission` for what is done.
"""

from __future__ import annotations

from typing import Final

from velero import total
from velero.desired import Desired
from velero.kubernetes.resources import Object
from velero.observed import Observed

ENFORCE: Final = "pod-security.kubernetes.io/enforce"
STRICTEST: Final = "restricted"
LEVELS: Final = ("privileged", "baseline", STRICTEST)
_VIOLATES: Final = "violates PodSecurity"


def advice(desired: Desired, said: str = "") -> str:
    """What a person has to do that the pods may run; empty if that is not what they lack.

    Args:
        desired: tells what is to run.
        said: Kubernetes' words on a pod that it did not make.
    """
    if _VIOLATES not in said:
        return ""
    label = f"{ENFORCE}={needed(desired)}"
    return (
        f"run: kubectl label --overwrite namespace {desired.namespace} {label}"
        " (or set-pod-security-labels=true)"
    )


def forbidden(desired: Desired, observed: Observed) -> str:
    """Why the node agent's pods are not made, in words for ``advice``; empty if they may be."""
    level = total.labels(observed.namespace).get(ENFORCE)
    if level in LEVELS and LEVELS.index(level) > LEVELS.index(needed(desired)):
        return f'it {_VIOLATES} "{level}", which namespace {desired.namespace} enforces'
    # An event may be older than a label that allows it
    return "" if level and _VIOLATES in observed.refused else observed.refused


def is_short_of_pods(daemon_set: Object, pods: list[Object]) -> bool:
    """Whether a node that is to have a pod has none, not even one that does not run."""
    return len(pods) < max(1, total.number(daemon_set, "status", "desiredNumberScheduled"))


def needed(desired: Desired) -> str:
    """The strictest level that lets our pods run."""
    return LEVELS[0] if desired.settings.node_agent else LEVELS[1]
