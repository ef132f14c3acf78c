"""A kubelet that runs Velero servers as processes, and nothing else.

It keeps one Node object, binds every pod to it and writes the pods' status, so that Deployments,
rollouts and deletion are the real controllers' work. What it does with a pod:

- A Velero server (command `/velero`, first argument `server`) runs as a process, see `velero_pod`:
  Ready when it answers, restarted with CrashLoopBackOff when it ends, SIGTERM and SIGKILL when
  the pod is deleted. Its init containers stand for plugin binaries and are shown as completed.
- A pod of a Job fails with the reason NotRun: its work is not done, and saying otherwise would
  let Velero believe in repository maintenance that never took place.
- Any other pod, the node agent's among them, is shown as Ready without running anything.

`kubectl logs` works, see `node_logs`; what only seems to run has written nothing. There is no
exec, and there are no probes. Of volumes there are Secrets only, to which environment variables
may lead. The processes' output is also in the cluster's `logs` folder.
"""

import logging
import queue
import threading
from typing import Any

import httpx2
from lightkube import ApiError, Client
from tests.cluster import container_spec, node_api, pod_status
from tests.cluster.node_logs import NodeLogs
from tests.cluster.pod_status import Pod
from tests.cluster.processes import HarnessError
from tests.cluster.velero_pod import Node, VeleroPod

log = logging.getLogger(__name__)


class Kubelet:
    """The one node's kubelet, in two threads: one watches pods, the other acts on them."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._client: Client = node.client
        self._queue: queue.SimpleQueue[tuple[str, Pod] | None] = queue.SimpleQueue()
        self._pods: dict[str, Pod] = {}
        self._servers: dict[str, VeleroPod] = {}
        self._shown: set[str] = set()
        self._broken_images: dict[str, str] = {}
        self._held_up: dict[str, str] = {}  # pod's uid to the image that it waits for
        self._paused = False
        self._logs = NodeLogs(node.control_plane, self._log)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=target, name=f"kubelet {target.__name__}", daemon=True)
            for target in (self._watch, self._act)
        ]

    def start(self) -> None:
        """Register the node and begin."""
        self._logs.start()
        node_api.register(self._client, self._logs.port)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Act on nothing any more. Running processes are not ended, see `Processes.stop`."""
        self._stopping.set()
        self._logs.stop()
        for server in self._servers.values():
            server.abandon()
        self._queue.put(None)

    def join(self) -> None:
        """Wait for the threads; the API server must be gone, for one waits for its events."""
        for thread in self._threads:
            thread.join(10)
        for server in self._servers.values():
            server.join(10)

    def pause(self) -> None:
        """Leave new pods Pending, so that a rollout hangs; deleted ones still go."""
        self._paused = True

    def resume(self) -> None:
        """Act on new pods again, and on those that came meanwhile."""
        self._paused = False
        self._look_again()

    def fail_image(self, image: str, reason: str = "ImagePullBackOff") -> None:
        """Let new pods with this image wait for it, with this reason."""
        self._broken_images[image] = reason
        self._held_up.clear()

    def heal_image(self, image: str) -> None:
        """Let the pods that wait for this image start."""
        self._broken_images.pop(image, None)
        self._look_again()

    def cut_off(self) -> None:
        """Let the API server not reach this node, so that there are no logs."""
        self._logs.cut_off = True

    def reset(self) -> None:
        """Undo `pause`, `cut_off` and every `fail_image`."""
        self._paused = self._logs.cut_off = False
        self._broken_images.clear()
        self._look_again()

    def kill_server(self, namespace: str) -> None:
        """Kill the namespace's Velero server with SIGKILL; its pod shows a restart.

        Raises:
            HarnessError: there is none.
        """
        self._server(namespace).kill()

    def metrics_address(self, namespace: str) -> str:
        """Return host:port of the metrics of the namespace's newest Velero server.

        Raises:
            HarnessError: there is none.
        """
        return f"127.0.0.1:{self._server(namespace).metrics_port}"

    def _server(self, namespace: str) -> VeleroPod:
        here = [one for one in self._servers.values() if one.namespace == namespace]
        if not here:
            raise HarnessError(f"no Velero server's pod is in namespace {namespace}")
        return max(here, key=lambda one: one.created)

    def _log(self, namespace: str, pod: str, previous: bool) -> bytes:  # noqa: FBT001 - see `Read`
        here = [one for one in self._servers.values() if str(one) == f"{namespace}/{pod}"]
        return here[0].log(previous=previous) if here else b""

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                self._watch_once()
            except (httpx2.HTTPError, ApiError) as error:  # gone, or too old a version
                log.info("watching pods again: %s", error)
                self._stopping.wait(0.5)

    def _watch_once(self) -> None:
        pods, version = node_api.list_pods(self._client)
        for pod in pods:
            self._queue.put(("MODIFIED", pod))
        present = {pod["metadata"]["uid"] for pod in pods}
        for uid, pod in list(self._pods.items()):
            if uid not in present:  # it went while nobody watched
                self._queue.put(("DELETED", pod))
        for event in node_api.watch_pods(self._client, version):
            self._queue.put(event)
            if self._stopping.is_set():
                return

    def _look_again(self) -> None:
        for pod in list(self._pods.values()):
            self._queue.put(("MODIFIED", pod))

    def _act(self) -> None:
        while (event := self._queue.get()) and not self._stopping.is_set():
            kind, pod = event
            handle = self._forget if kind == "DELETED" else self._sync
            try:
                handle(pod)
            except (httpx2.HTTPError, ApiError) as error:
                log.info("%s: %s", pod["metadata"]["name"], error)

    def _forget(self, pod: Pod) -> None:
        uid = pod["metadata"]["uid"]
        self._pods.pop(uid, None)
        self._shown.discard(uid)
        self._held_up.pop(uid, None)
        if server := self._servers.pop(uid, None):
            server.end(0)  # somebody removed the pod by force

    def _sync(self, pod: Pod) -> None:
        """Bring one pod further, as far as its state of now says."""
        uid = pod["metadata"]["uid"]
        self._pods[uid] = pod
        if pod["metadata"].get("deletionTimestamp"):
            self._end(pod)
        elif uid in self._servers or uid in self._shown or self._paused:
            return
        elif not pod["spec"].get("nodeName"):
            node_api.bind(self._client, pod)
        else:
            self._begin(pod)

    def _begin(self, pod: Pod) -> None:
        uid = pod["metadata"]["uid"]
        broken = [one for one in pod_status.images(pod) if one in self._broken_images]
        if broken:
            self._hold_up(pod, broken[0])
        elif container_spec.is_velero_server(pod):
            self._servers[uid] = VeleroPod(self._node, pod)
            self._servers[uid].start()
        else:
            self._shown.add(uid)
            node_api.write_status(self._client, pod, _stand_in(pod))

    def _hold_up(self, pod: Pod, image: str) -> None:
        uid = pod["metadata"]["uid"]
        if self._held_up.get(uid) == image:
            return  # writing it again would cause an event, and that another write
        self._held_up[uid] = image
        status = pod_status.image_failed(pod, image, self._broken_images[image])
        node_api.write_status(self._client, pod, status)

    def _end(self, pod: Pod) -> None:
        server = self._servers.get(pod["metadata"]["uid"])
        if server:
            server.end(pod["metadata"].get("deletionGracePeriodSeconds", 30))
        else:
            node_api.remove(self._client, pod)


def _stand_in(pod: Pod) -> dict[str, Any]:
    owners = pod["metadata"].get("ownerReferences", ())
    if any(owner["kind"] == "Job" for owner in owners):
        return pod_status.failed(pod, "NotRun", "there is no container engine here to run it")
    return pod_status.running(pod)
