"""A whole local cluster as one context manager.

    with Cluster() as cluster:
        cluster.client().list(Namespace)

Everything listens on the loopback interface, on ports that were free, but for Velero's fixed
one, see `velero_port`. `python -m tests.cluster.cluster stop` ends a cluster that was left
running.
"""

import logging
import os
import shutil
import ssl
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from lightkube import ApiError, Client, KubeConfig
from lightkube.models.authorization_v1 import ResourceAttributes, SubjectAccessReviewSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import RoleRef, Subject
from lightkube.resources.authorization_v1 import SubjectAccessReview
from lightkube.resources.rbac_authorization_v1 import ClusterRoleBinding
from tests.cluster import detached, velero_pod, velero_port
from tests.cluster.control_plane import ADMIN, ControlPlane
from tests.cluster.google_store import GoogleStore
from tests.cluster.kubelet import Kubelet
from tests.cluster.object_store import ObjectStore
from tests.cluster.processes import HarnessError, Processes
from tests.cluster.tools import Tools, ensure_google_tools, ensure_tools
from tests.cluster.velero_pod import Node

log = logging.getLogger("tests.cluster")


class Cluster:
    """A Kubernetes API with its controllers, a node of sorts, and an object store.

    Attributes:
        tools: the binaries.
        folder: everything that the cluster writes.
        logs: the components' logs, below `folder`.
        keep: whether the folder stays after the end; the variable KEEP_LOGS sets it, and so does
            an exception that leaves the `with` block.
        url: the API server's.
        ca: file with the certificate to verify the API server with.
        admin_token: bearer token of a member of system:masters.
        kubeconfig: file with these three.
        kubelet: what runs the pods, and how to disturb it.
        store: an S3 server without TLS.
    """

    def __init__(self) -> None:
        self.tools: Tools = ensure_tools()
        velero_port.require_free()
        self.folder = Path(tempfile.mkdtemp(prefix="velero-"))
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.keep = bool(os.environ.get("KEEP_LOGS"))
        self._detached = False
        self._log_handler = logging.FileHandler(self.logs / "kubelet.log")
        self._processes = Processes(self.logs)
        self._plugins = {"velero-plugin-for-aws": self.tools.velero_plugin_for_aws}
        self._control_plane = ControlPlane(
            self.tools, self.folder / "control-plane", self._processes
        )
        self.url = self._control_plane.url
        self.ca = self._control_plane.ca
        self.admin_token = self._control_plane.tokens[ADMIN]
        self.store = ObjectStore(self.tools, self.folder / "object-store", self._processes)

    @cached_property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.kubeconfig_for(ADMIN)

    @cached_property
    def kubelet(self) -> Kubelet:
        """The kubelet; it starts with the cluster."""
        node = Node(
            client=self._new_client("kubelet"),
            control_plane=self._control_plane,
            tools=self.tools,
            processes=self._processes,
            folder=self.folder / "pods",
            port=velero_port.VeleroPort(),
            plugins=self._plugins,
        )
        return Kubelet(node)

    @property
    def path_env(self) -> dict[str, str]:
        """The environment that a charm needs: KUBECONFIG, and PATH with the velero CLI first.

        Where a proxy is configured, it must not be asked for this machine.
        """
        path = f"{self.tools.velero.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")
        return {"KUBECONFIG": str(self.kubeconfig), "PATH": path, **direct}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.keep |= kind is not None and kind is not KeyboardInterrupt
        if not self._detached:
            self.stop()

    def tls_context(self) -> ssl.SSLContext:
        """Return what a client of another kind verifies the API server with."""
        return ssl.create_default_context(cafile=str(self.ca))

    def client(self) -> Client:
        """Return the administrator's client, always the same."""
        return self._client

    def kubeconfig_for(self, user: str) -> Path:
        """Return the kubeconfig of one of `control_plane.USERS`, who have no rights at first.

        Raises:
            HarnessError: there is no such user.
        """
        return self._control_plane.kubeconfig(user)

    def set_trusted(self, user: str, trusted: bool) -> None:  # noqa: FBT001 - reads as English
        """Give a user the right to everything, or take it back, as `juju trust` does.

        Returns when the API server acts on it.

        Raises:
            HarnessError: it does not within some seconds.
        """
        name = f"trust-{user}"
        if trusted:
            group = "rbac.authorization.k8s.io"
            binding = ClusterRoleBinding(
                metadata=ObjectMeta(name=name),
                roleRef=RoleRef(apiGroup=group, kind="ClusterRole", name="cluster-admin"),
                subjects=[Subject(kind="User", name=user, apiGroup=group)],
            )
            self.client().apply(binding, force=True)
        else:
            self._delete_binding(name)
        deadline = time.monotonic() + 10
        while self._may_do_everything(user) is not trusted:
            if time.monotonic() > deadline:
                raise HarnessError(f"{name} has no effect after 10 s")
            time.sleep(0.02)

    def tls_store(self) -> ObjectStore:
        """Return the S3 server with a private certificate authority, started at the first call."""
        self._tls_store.start()
        return self._tls_store

    def google_store(self) -> GoogleStore:
        """Return a Google Cloud Storage server, built and started at the first call.

        From then on the kubelet knows Velero's plugin for it.
        """
        self._google_store.start()
        self._plugins["velero-plugin-for-gcp"] = self._google_store.plugin
        return self._google_store

    def velero_pids(self, namespace: str) -> list[int]:
        """Return the pids of the namespace's Velero server and its plugins, the server first."""
        return self._processes.pids(**{velero_pod.NAMESPACE: namespace})

    def pids(self) -> list[int]:
        """Return the pids of all processes of the cluster, oldest first."""
        return self._processes.pids()

    def stored(self) -> list[str]:
        """Return what etcd holds, see `ControlPlane.stored`."""
        return self._control_plane.stored()

    def detach(self) -> None:
        """Let all processes live on after this one, a Velero server as it is.

        Nobody acts on pods from then on, for the kubelet is part of this process.
        """
        self.kubelet.stop()
        self._detached = True
        detached.remember(self._processes.pids(), self.folder)
        self._processes.detach()
        self._close()

    def stop(self) -> None:
        """End all processes; the folder goes too unless `keep` is set."""
        if "kubelet" in self.__dict__:
            self.kubelet.stop()
        self._processes.stop()
        if "_google_store" in self.__dict__:
            self._google_store.stop()
        if "kubelet" in self.__dict__:
            self.kubelet.join()
        self._close()
        if self.keep:
            print(f"The cluster's logs are in {self.logs}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        log.setLevel(logging.INFO)
        self._log_handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(message)s"))
        log.addHandler(self._log_handler)
        self.store.start()
        self._control_plane.start()
        self.kubelet.start()

    def _close(self) -> None:
        log.removeHandler(self._log_handler)
        self._log_handler.close()
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Client:
        return self._new_client("tests")

    @cached_property
    def _tls_store(self) -> ObjectStore:
        folder = self.folder / "object-store-tls"
        return ObjectStore(self.tools, folder, self._processes, tls=True)

    @cached_property
    def _google_store(self) -> GoogleStore:
        return GoogleStore(ensure_google_tools(), self.folder / "google", self._processes)

    def _new_client(self, manager: str) -> Client:
        config = KubeConfig.from_file(self.kubeconfig)
        return Client(config, field_manager=manager, trust_env=False)

    def _delete_binding(self, name: str) -> None:
        try:
            self.client().delete(ClusterRoleBinding, name)
        except ApiError as error:
            if error.status.code != 404:
                raise

    def _may_do_everything(self, user: str) -> bool:
        everything = ResourceAttributes(verb="*", group="*", resource="*")
        spec = SubjectAccessReviewSpec(user=user, resourceAttributes=everything)
        review = self.client().create(SubjectAccessReview(spec=spec))
        return bool(review.status and review.status.allowed)


if __name__ == "__main__":
    sys.exit(detached.main(sys.argv[1:]))
