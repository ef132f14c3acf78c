"""One pod of a Velero server, run as a process: started, watched, restarted, ended."""

import logging
import shutil
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from lightkube import ApiError, Client
from lightkube.models.authentication_v1 import TokenRequestSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ServiceAccountToken
from tests.cluster import container_spec, node_api, pod_status
from tests.cluster.control_plane import ControlPlane
from tests.cluster.node_logs import run_of
from tests.cluster.pod_status import Pod, State
from tests.cluster.processes import Process, Processes, answers, free_port, tail
from tests.cluster.tools import Tools
from tests.cluster.velero_port import PORT, VeleroPort

NAMESPACE = "VELERO_OPERATOR_NAMESPACE"
BACK_OFF = 1.0  # seconds before a restart, doubling up to
MAX_BACK_OFF = 10.0
TOKEN_SECONDS = 30 * 24 * 3600

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Node:
    """What a pod needs of the machine it runs on.

    Attributes:
        plugins: the binaries of Velero's plugins by name; others are not run.
    """

    client: Client
    control_plane: ControlPlane
    tools: Tools
    processes: Processes
    folder: Path
    port: VeleroPort
    plugins: dict[str, Path]


class VeleroPod:
    """A Velero server's pod, in a thread of its own.

    Attributes:
        namespace: the pod's.
        metrics_port: where its metrics are, on the loopback interface.
    """

    def __init__(self, node: Node, pod: Pod) -> None:
        metadata = pod["metadata"]
        self.namespace: str = metadata["namespace"]
        self.name: str = metadata["name"]
        self.created: str = metadata["creationTimestamp"]
        self.metrics_port = free_port()
        self._node = node
        self._pod = pod
        # Short, because Velero's plugins make unix sockets below it, whose paths are limited.
        self._folder = node.folder / metadata["uid"][:8]
        self._ending = threading.Event()
        self._deleted = threading.Event()
        self._abandoned = False
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._runs: list[int] = []  # where each begins in the log
        self._restarts = 0
        self._last: State | None = None
        self._thread = threading.Thread(target=self._run, name=str(self), daemon=True)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def end(self, grace_seconds: float) -> None:
        """Ask the server to end, kill it after its grace period, then remove the pod."""
        self._deleted.set()
        self._terminate(grace_seconds)

    def hand_over(self) -> None:
        """End the server for a newer pod of the same namespace; this pod stays, not ready."""
        self._terminate(10)

    def abandon(self) -> None:
        """Leave the process to others and the pod as it is."""
        self._abandoned = True
        self._ending.set()
        self._deleted.set()
        self._node.port.wake()

    def kill(self) -> None:
        """Kill the server, as running out of memory would."""
        if self._process:
            self._process.signal(signal.SIGKILL)

    def log(self, *, previous: bool) -> bytes:
        """What the server has written in this run or in the one before.

        Raises:
            LookupError: there was no such run.
        """
        with self._lock:
            path = self._process.log if self._process else Path()
            return run_of(path, self._runs, previous=previous)

    def join(self, seconds: float) -> None:
        """Wait for the end of the pod's thread."""
        self._thread.join(seconds)

    def _terminate(self, grace_seconds: float) -> None:
        with self._lock:
            if self._ending.is_set():
                return
            self._ending.set()
            process = self._process
        self._node.port.wake()
        if process:
            process.signal(signal.SIGTERM)
            timer = threading.Timer(grace_seconds, process.kill_group)
            timer.daemon = True
            timer.start()

    def _report(self, status: dict[str, Any]) -> None:
        if not self._abandoned:
            node_api.write_status(self._node.client, self._pod, status)

    def _run(self) -> None:
        back_off = BACK_OFF
        try:
            while not self._ending.is_set():
                ready_for = self._run_once()
                back_off = BACK_OFF if ready_for > MAX_BACK_OFF else back_off
                self._ending.wait(back_off)
                back_off = min(2 * back_off, MAX_BACK_OFF)
            self._finish()
        except (httpx2.HTTPError, ApiError):
            if not self._abandoned:  # else the API server goes at the same time
                log.exception("%s: the harness failed", self)

    def _run_once(self) -> float:
        """Run the server once and return for how many seconds it was ready."""
        try:
            argv, env = self._prepare()
        except container_spec.ContainerConfigError as error:
            self._report(pod_status.waiting(self._pod, "CreateContainerConfigError", str(error)))
            return 0
        if why := self._node.port.busy():
            status = pod_status.waiting(
                self._pod, "ContainerCreating", why, self._restarts, self._last
            )
            self._report(status)
        with self._node.port.held_by(self, self._ending):
            process = self._launch(argv, env)
            return self._follow(process) if process else 0

    def _prepare(self) -> tuple[list[str | Path], dict[str, str]]:
        plugins = self._install_plugins()
        for name in ("tmp", "scratch"):
            (self._folder / name).mkdir(exist_ok=True)
        env = self._mounted(container_spec.environment(self._node.client, self._pod))
        arguments = container_spec.arguments(self._pod, env, self.metrics_port, plugins)
        replaced = {
            "KUBECONFIG": str(self._kubeconfig()),
            "TMPDIR": str(self._folder / "tmp"),
            "VELERO_SCRATCH_DIR": str(self._folder / "scratch"),
            NAMESPACE: self.namespace,
        }
        return [self._node.tools.velero, *arguments], env | replaced

    def _mounted(self, env: dict[str, str]) -> dict[str, str]:
        """Write the mounted Secrets to our folder, and let variables lead there."""
        volumes = container_spec.secret_volumes(self._node.client, self._pod)
        for number, (path, files) in enumerate(volumes.items()):
            folder = self._folder / f"secret-{number}"
            folder.mkdir(exist_ok=True)
            for name, content in files.items():
                (folder / name).write_bytes(content)
            env = {
                key: value.replace(path, str(folder), 1) if value.startswith(path) else value
                for key, value in env.items()
            }
        return env

    def _install_plugins(self) -> Path:
        plugins = self._folder / "plugins"
        shutil.rmtree(plugins, ignore_errors=True)
        plugins.mkdir(parents=True)
        for container in self._pod["spec"].get("initContainers", ()):
            name = container_spec.plugin_name(container["image"])
            binary = self._node.plugins.get(name)
            if binary:
                (plugins / binary.name).symlink_to(binary)
            else:
                log.warning("%s: %s is not run, only shown as completed", self, container["image"])
        return plugins

    def _kubeconfig(self) -> Path:
        """Log in as the pod's service account, so that missing rights show as in a cluster."""
        account = self._pod["spec"].get("serviceAccountName", "default")
        request = ServiceAccountToken(
            metadata=ObjectMeta(name=account),
            spec=TokenRequestSpec(audiences=[], expirationSeconds=TOKEN_SECONDS),
        )
        try:
            answer = self._node.client.create(request, account, namespace=self.namespace)
        except ApiError as error:
            raise container_spec.ContainerConfigError(str(error)) from error
        token = (answer.status and answer.status.token) or ""
        return self._node.control_plane.kubeconfig(self._folder.name, token)

    def _launch(self, argv: list[str | Path], env: dict[str, str]) -> Process | None:
        with self._lock:
            if self._ending.is_set():
                return None
            name = f"velero-{self.namespace}-{self.name}"
            self._runs.append(self._process.log.stat().st_size if self._process else 0)
            self._process = self._node.processes.start(name, argv, env)
            return self._process

    def _follow(self, process: Process) -> float:
        """Report the server's life until its end; return for how many seconds it was ready."""
        started, ready_at = pod_status.now(), None
        self._report(pod_status.starting(self._pod, self._restarts, self._last))
        while process.exit_code() is None and not self._is_up():
            time.sleep(0.05)
        if process.exit_code() is None:
            ready_at = time.monotonic()
            log.info("%s: pid %d is ready", self, process.pid)
            self._report(pod_status.running(self._pod, self._restarts, self._last))
        code = process.wait() or 0
        process.kill_group()  # its plugins outlive a killed server
        if not self._ending.is_set():
            self._report_crash(code, process, started)
        return time.monotonic() - ready_at if ready_at else 0

    def _is_up(self) -> bool:
        # The metrics come early, the fixed port last: with both, its controllers run.
        return answers(self.metrics_port) and answers(PORT)

    def _report_crash(self, code: int, process: Process, started: str) -> None:
        log.info("%s: the server ended by itself with exit code %d", self, code)
        policy = self._pod["spec"]["containers"][0].get("terminationMessagePolicy")
        words = tail(process.log, 80)[-2048:] if policy == "FallbackToLogsOnError" else ""
        self._last = pod_status.terminated(code, words, started)
        self._restarts += 1
        message = f"back-off restarting failed container in pod {self.name}"
        self._report(
            pod_status.waiting(self._pod, "CrashLoopBackOff", message, self._restarts, self._last)
        )

    def _finish(self) -> None:
        if not self._deleted.is_set():
            why = f"a newer pod of {self.namespace} needed port {PORT} of this machine"
            self._report(pod_status.waiting(self._pod, "HandedOver", why, self._restarts))
            self._deleted.wait()
        if not self._abandoned:
            node_api.remove(self._node.client, self._pod)
            shutil.rmtree(self._folder, ignore_errors=True)
