"""What Kubernetes says of pods, and what Velero's containers say when they end."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import Row, row

_KUBELET: Final = "Kubernetes kubelet, container states and events"
_SCHEDULER: Final = "Kubernetes scheduler, event FailedScheduling"

ROWS: Final[tuple[Row, ...]] = (
    row(
        r"OOMKilled|exit code 137\b.{0,400}memory",
        "The container used more memory than it may and was killed; what was in progress failed.",
        "Raise server-memory-limit (or node-agent-memory-limit): juju config {app} "
        "server-memory-limit=2Gi",
        _KUBELET,
    ),
    row(
        r"unknown flag: (?P<flag>--[\w-]+)",
        "This version of Velero does not know the argument {flag}.",
        "Take it out of extra-server-args: juju config {app} extra-server-args",
        "github.com/spf13/pflag",
    ),
    row(
        r"ErrImageNeverPull|ImagePullBackOff|ErrImagePull|InvalidImageName",
        "The node cannot get the image: its name is wrong, or its registry cannot be reached or "
        "wants a login.",
        "Compare velero-image and the plugins' images in: juju config {app}; a registry with a "
        "login needs image-pull-secrets",
        _KUBELET,
    ),
    row(
        r"CreateContainerConfigError|CreateContainerError",
        "The pod needs a Secret or ConfigMap that is not there.",
        "If it is one of yours, create it; if it is the charm's: juju run {app}/leader "
        "apply-held-changes",
        _KUBELET,
    ),
    row(
        r"FailedScheduling|Unschedulable|nodes are available",
        "No node takes the pod, because of its resources, node selector, taints or volumes.",
        "Compare node-selector, tolerations and the resource options in: juju config {app}",
        _SCHEDULER,
    ),
    row(
        r"FailedMount|FailedAttachVolume|MountVolume",
        "A volume of the pod cannot be mounted.",
        "See whether kubelet-root-dir is the node's: juju config {app} kubelet-root-dir",
        _KUBELET,
    ),
    row(
        r"FailedCreate\b.{0,400}violates PodSecurity",
        "Pod Security does not allow these pods in the model's namespace.",
        "If they may run there: juju config {app} set-pod-security-labels=true",
        "Kubernetes pod security admission",
    ),
    row(
        r"Evicted|node was low on resource|DiskPressure|MemoryPressure",
        "The node ran out of memory or disk and evicted the pod.",
        "Make room on the node, or raise the resource requests in: juju config {app}",
        _KUBELET,
    ),
    row(
        r"address already in use",
        "Another process on the node has the port that Velero listens on.",
        "Look for another Velero, or a pod on the host's network, on that node",
        "Go net package",
    ),
)
