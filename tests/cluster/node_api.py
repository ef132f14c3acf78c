"""All that a kubelet says to the API server: its node, and what becomes of the node's pods.

Pods are dictionaries here, see `pod_status`.
"""
# lightkube annotates its dictionaries without saying of what.
# pyright: reportUnknownMemberType=false

import contextlib
from collections.abc import Generator, Iterator
from typing import Any, cast

import msgspec
from lightkube import ApiError, Client
from lightkube.models.core_v1 import NodeSpec, ObjectReference
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node, PodBinding
from lightkube.resources.core_v1 import Pod as PodResource
from lightkube.types import PatchType
from tests.cluster.pod_status import Pod, now

NODE_NAME = "local"


def register(client: Client, port: int) -> None:
    """Create the one node and call it ready.

    Args:
        client: the kubelet's.
        port: where the kubelet's own API is, on the loopback interface.
    """
    labels = {"kubernetes.io/hostname": NODE_NAME, "kubernetes.io/os": "linux"}
    metadata = ObjectMeta(name=NODE_NAME, labels=labels)
    client.create(Node(metadata=metadata, spec=NodeSpec()))
    # The API server taints every new node as not ready; taking that away is the node lifecycle
    # controller's work, which does not run here.
    client.patch(Node, NODE_NAME, {"spec": {"taints": None}}, patch_type=PatchType.MERGE)
    size = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady"}
    times = {"lastTransitionTime": now(), "lastHeartbeatTime": now()}
    status = {
        "capacity": size,
        "allocatable": size,
        "conditions": [ready | times],
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
    }
    client.patch(Node.Status, NODE_NAME, {"status": status}, patch_type=PatchType.MERGE)


def list_pods(client: Client) -> tuple[list[Pod], str]:
    """Return all pods, and the resource version to go on from."""
    found = client.list(PodResource, namespace="*")
    return [_as_pod(one) for one in found], found.resourceVersion


def watch_pods(client: Client, version: str) -> Iterator[tuple[str, Pod]]:
    """Yield what happens to pods from a resource version on: the event's type and the pod.

    Raises:
        ApiError: the version is too old, among others.
        httpx2.HTTPError: the connection broke.
    """
    for kind, one in client.watch(PodResource, namespace="*", resource_version=version):
        yield kind, _as_pod(one)


def bind(client: Client, pod: Pod) -> None:
    """Do a scheduler's work: the pod shall run on the one node."""
    name, namespace = _names(pod)
    target = ObjectReference(kind="Node", name=NODE_NAME)
    binding = PodBinding(target=target, metadata=ObjectMeta(name=name))
    # The API server answers with a Status, which lightkube takes for another Binding.
    with contextlib.suppress(msgspec.ValidationError), _gone_is_fine():
        client.create(binding, name, namespace=namespace)


def write_status(client: Client, pod: Pod, status: dict[str, Any]) -> None:
    """Write the pod's status; nothing if the pod is gone."""
    name, namespace = _names(pod)
    document = {"status": status}
    merge = PatchType.MERGE
    with _gone_is_fine():
        client.patch(PodResource.Status, name, document, namespace=namespace, patch_type=merge)


def remove(client: Client, pod: Pod) -> None:
    """Let the API server forget a pod whose containers have ended; nothing if it is gone."""
    name, namespace = _names(pod)
    with _gone_is_fine():
        client.delete(PodResource, name, namespace=namespace, grace_period=0)


def _as_pod(one: PodResource) -> Pod:
    return cast("Pod", one.to_dict())


def _names(pod: Pod) -> tuple[str, str]:
    return pod["metadata"]["name"], pod["metadata"]["namespace"]


@contextlib.contextmanager
def _gone_is_fine() -> Generator[None]:
    """Pass over the answers that an object does not exist any more or has changed."""
    try:
        yield
    except ApiError as error:
        if error.status.code not in {404, 409}:
            raise
