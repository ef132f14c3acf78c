"""The charm in a Juju model, with what tests want of both Juju and the cluster."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jubilant
from tests.functional.api import Object
from tests.integration import relating
from tests.integration.world import World

APP: Final = "velero-operator"
SECONDS: Final = 900.0
"""For Juju to bring something about: images are pulled on the first deployment."""

RELATION_SECONDS: Final = 300.0
"""For the hooks of a relation that goes."""


@dataclass(frozen=True)
class Charms:
    """The packed charms.

    Attributes:
        operator: the one that is tested.
        client: `charms/backup-client`.
        storage: `charms/storage-provider`.
        observer: `charms/observer`.
    """

    operator: Path
    client: Path
    storage: Path
    observer: Path


@dataclass(frozen=True)
class Store:
    """An S3 bucket that the cluster reaches.

    Attributes:
        endpoint: the server's address.
        bucket: its name.
        region: its region.
        access_key: who may list, read, write and delete in it.
        secret_key: the secret of that.
    """

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str


class Application:
    """Our application in a model of its own.

    Args:
        juju: the model.
        charms: what is deployed.

    Attributes:
        juju: the model.
        charms: what is deployed.
        world: the model's namespace.
    """

    def __init__(self, juju: jubilant.Juju, charms: Charms) -> None:
        self.juju = juju
        self.charms = charms
        self.world = World(str(juju.model).rpartition(":")[2].rpartition("/")[2])

    def deploy(self, *, trust: bool) -> None:
        """Deploy the charm."""
        self.juju.deploy(self.charms.operator, APP, trust=trust)

    def until(self, status: str, message: str = "", units: int = 1) -> None:
        """Wait until the leader has a status whose message begins so, and no hook fails."""

        def so(seen: jubilant.Status) -> bool:
            app = seen.apps.get(APP)
            if not app or len(app.units) != units:
                return False
            leaders = [unit.workload_status for unit in app.units.values() if unit.leader]
            idle = all(unit.juju_status.current == "idle" for unit in app.units.values())
            return idle and any(
                each.current == status and each.message.startswith(message) for each in leaders
            )

        self.juju.wait(so, error=jubilant.any_error, timeout=SECONDS)

    def run(self, action: str, **params: object) -> jubilant.Task:
        """Run an action on the leader; underscores stand for hyphens. It has to succeed."""
        given = {name.replace("_", "-"): value for name, value in params.items()}
        return self.juju.run(f"{APP}/leader", action, given, wait=SECONDS)

    def provide(
        self, app: str, fields: dict[str, str], credentials: dict[str, str]
    ) -> jubilant.Juju:
        """Deploy a storage provider that publishes the fields and credentials."""
        secret = self.juju.add_secret(f"{app}-keys", credentials)
        self.juju.deploy(self.charms.storage, app, config={"fields": json.dumps(fields)})
        self.juju.grant_secret(secret, app)
        self.juju.config(app, {"credentials": str(secret)})
        self.juju.wait(lambda seen: jubilant.all_active(seen, app), timeout=SECONDS)
        return self.juju

    def ask(self, app: str, spec: dict[str, object]) -> None:
        """Deploy a client that asks for backups."""
        self.juju.deploy(self.charms.client, app, config={"spec": json.dumps(spec)})
        self.juju.wait(lambda seen: jubilant.all_active(seen, app), timeout=SECONDS)

    def observe(self, app: str) -> None:
        """Deploy an observer."""
        self.juju.deploy(self.charms.observer, app)
        self.juju.wait(lambda seen: jubilant.all_active(seen, app), timeout=SECONDS)

    def integrate(self, endpoint: str, other: str) -> None:
        """Relate an endpoint of ours to `application:endpoint`, once an earlier relation has gone.

        Juju takes no new one while the hooks of the removal of the old one run.
        """
        ours = f"{APP}:{endpoint}"
        self.world.eventually(lambda: self._integrated(ours, other), f"{ours} may be related")

    def separate(self, endpoint: str, other: str) -> None:
        """Take the relation of an endpoint of ours away, and wait until Juju has none."""
        self.juju.remove_relation(f"{APP}:{endpoint}", other)

        def gone(seen: jubilant.Status) -> bool:
            relations = seen.apps[APP].relations
            return not relating.is_related(relations, endpoint, other.partition(":")[0])

        self.juju.wait(gone, error=jubilant.any_error, timeout=RELATION_SECONDS)

    def told(self, unit: str, endpoint: str) -> dict[str, str]:
        """Our application's databag as another unit reads it; empty if there is none yet.

        The unit is asked: what `juju show-unit` shows differs from Juju 3 to 4.
        """
        try:
            ids = self.juju.exec(f"relation-ids {endpoint} --format=json", unit=unit).stdout
            if not (relation := relating.newest(ids)):
                return {}
            get = f"relation-get -r {relation} --app --format=json - {APP}"
            return relating.databag(self.juju.exec(get, unit=unit).stdout)
        except jubilant.TaskError:  # the unit has not joined it yet
            return {}

    def _integrated(self, ours: str, other: str) -> bool:
        try:
            self.juju.integrate(ours, other)
        except jubilant.CLIError as error:
            if not relating.still_there(error.stderr):
                raise
            return False
        return True

    def location(self) -> Object:
        """The storage location."""
        return self.world.get("BackupStorageLocation", "default")

    def phase(self) -> str:
        """What Velero says of the storage location."""
        return self.location().get("status", {}).get("phase", "")

    def server(self) -> list[str]:
        """Who the Velero server is: the uids of its pods."""
        pods = self.world.list("Pod")
        return [
            pod["metadata"]["uid"]
            for pod in pods
            if pod["metadata"].get("labels", {}).get("deploy") == "velero"
            and "deletionTimestamp" not in pod["metadata"]
        ]

    def plugins(self) -> list[str]:
        """The images of the server's plugins."""
        pod = self.world.get("Deployment", "velero")["spec"]["template"]["spec"]
        return [each["image"].partition(":")[0] for each in pod.get("initContainers", [])]
