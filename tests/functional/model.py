"""A Juju model in the cluster, with our charm in it and what a test wants to know of both."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from tests.cluster import integrators
from tests.cluster.application import Around, Integration, Option
from tests.cluster.cluster import Cluster
from tests.cluster.juju import ActionResult, Event, Juju
from tests.cluster.modeloperator import Leavings
from tests.cluster.namespaces import Namespaces
from tests.functional.api import Api, Object

APP: Final = "velero-operator"
S3: Final = "s3-credentials"
USER: Final = "charm"
"""Who the charm is to the API server where it is not the administrator."""
Status = tuple[str, str]
MISSING: Final[Status] = (
    "blocked",
    "Missing storage: integrate s3-credentials, azure-storage or gcs-credentials",
)
UNTRUSTED: Final[Status] = (
    "blocked",
    "Trust is missing; run: juju trust velero-operator --scope=cluster",
)


class Model:
    """One model: the charm is not deployed yet.

    Args:
        cluster: the cluster.
        namespace: the model's, which exists.
        units: how many units `deploy` starts.
        kubeconfig: the charm's way to the API server; by default the administrator's.
        around: makes a context for each event, by its name.
        app: the application's name.

    Attributes:
        juju: the model's controller.
        api: the administrator's view of the namespace.
        bucket: an empty bucket of the model's own.
    """

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        *,
        units: int = 1,
        kubeconfig: Path | None = None,
        around: Around = nullcontext,
        app: str = APP,
    ) -> None:
        self.app = app
        self.cluster = cluster
        self.namespace = namespace
        self.api = Api(cluster, namespace)
        self.bucket = namespace
        env = {**cluster.path_env}
        if kubeconfig:
            env["KUBECONFIG"] = str(kubeconfig)
        self.juju = Juju(env, model=namespace, app=app, units=units, around=around)
        self.juju.leavings = Leavings(cluster, namespace)
        cluster.store.create_bucket(self.bucket)

    def deploy(self, config: Mapping[str, Option] | None = None) -> None:
        """Deploy the charm; no hook may fail."""
        self.juju.deploy(config)

    def relate(self, **fields: integrators.Field) -> Integration:
        """Integrate an s3-integrator that knows the cluster's object store."""
        return self.juju.integrate(S3, integrators.s3(self.credentials(**fields)))

    def credentials(self, **fields: integrators.Field) -> dict[str, integrators.Field]:
        """What an s3-integrator of the cluster's object store is configured with."""
        store = self.cluster.store
        given: dict[str, integrators.Field] = {
            "access_key": store.access_key,
            "secret_key": store.secret_key,
            "bucket": self.bucket,
            "endpoint": store.endpoint,
        }
        return given | fields

    def ready(self) -> None:
        """Deploy and integrate, up to Active."""
        self.deploy()
        self.relate()
        assert self.unit() == ("active", ""), self.unit()

    def unit(self, number: int = 0) -> Status:
        """A unit's status and message."""
        health = self.juju.status.units[f"{self.app}/{number}"]
        return health.name, health.message

    def run(self, command: str) -> ActionResult:
        """Run a velero command as an action."""
        return self.juju.run("run", command=command)

    def succeed(self, command: str) -> ActionResult:
        """Run a velero command that has to succeed."""
        result = self.run(command)
        assert not result.failed, (command, result.message, result.results)
        return result

    @contextmanager
    def events(self) -> Generator[list[Event]]:
        """Collect the events of a `with` block."""
        before = len(self.juju.history)
        seen: list[Event] = []
        yield seen
        seen += self.juju.history[before:]

    def location(self) -> Object:
        """The storage location, which must be there."""
        return self.api.get("BackupStorageLocation", "default")

    def location_phase(self) -> str:
        """What Velero has found of the storage location; empty as long as it is nothing."""
        phase: str = self.location().get("status", {}).get("phase", "")
        return phase

    def storage_secrets(self) -> list[str]:
        """The names of the Secrets that hold a storage credential."""
        names = (secret["metadata"]["name"] for secret in self.api.list("Secret"))
        return [name for name in names if name.startswith("velero-storage-")]

    def server(self) -> tuple[list[str], list[int]]:
        """The identity of the running Velero: its pods' uids, and its process."""
        pods = [pod["metadata"]["uid"] for pod in self.api.list("Pod")]
        return pods, self.cluster.velero_pids(self.namespace)[:1]

    def generation(self) -> int:
        """Of the server's Deployment: how often it was changed."""
        return self.api.get("Deployment", "velero")["metadata"]["generation"]

    def bucket_files(self) -> dict[str, bytes]:
        """Every object in the bucket with its content."""
        return self.cluster.store.files(self.bucket)

    def logged(self) -> str:
        """All that the charm logged at WARNING or above."""
        return "\n".join(line for event in self.juju.history for line in event.log)


class Models:
    """Makes models, each in a namespace of its own, and leaves nothing of them."""

    def __init__(self, cluster: Cluster, namespaces: Namespaces) -> None:
        self._cluster = cluster
        self._namespaces = namespaces

    @contextmanager
    def model(self, name: str, **more: Any) -> Generator[Model]:  # noqa: ANN401 - Model's
        """A model of that name for the time of a `with` block."""
        self._namespaces.create(name)
        model = Model(self._cluster, name, **more)
        try:
            yield model
        finally:
            model.api.close()
            self._cluster.kubelet.reset()
            self._cluster.store.start()
            self._namespaces.delete(name)
