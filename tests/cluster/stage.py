"""What the chapters of `story` have in common: to act, to look, and to hold one against the other.

Juju is stood in for (`tests.cluster.juju`); Kubernetes, Velero, its plugin and the object store
are real, and so are the charm and the integrator's library.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import yaml
from tests.cluster import compare, integrators
from tests.cluster.application import REPOSITORY
from tests.cluster.cluster import Cluster
from tests.cluster.compare import Key, Snapshot
from tests.cluster.inventory import Inventory
from tests.cluster.juju import ActionResult, Juju
from tests.cluster.terminal import Terminal

MODEL, APP, USER = "platform", "velero-operator", "charm"
SHOP, BUCKET, ENDPOINT = "shop", "team-backups", "s3-credentials"
KIND_MANIFEST = "docs/tutorial/order-definition.yaml"
SHOP_MANIFEST = "docs/tutorial/shop.yaml"
DEFINITION = "orders.shop.example.com"

Value = TypeVar("Value")


class Unexpected(Exception):
    """Something is not as it should be."""

    def __init__(self, what: str, expected: object, found: object) -> None:
        super().__init__(f"{what}\nexpected: {expected}\nfound: {found}")


class Stage:
    """The cluster, the model in it, and the person's terminal.

    Attributes:
        juju: the model.
        inventory: what is in the cluster.
        shop: the application as it was when it was complete.
    """

    def __init__(self, cluster: Cluster, inventory: Inventory, terminal: Terminal) -> None:
        self.cluster = cluster
        self.inventory = inventory
        self.terminal = terminal
        env = {**cluster.path_env, "KUBECONFIG": str(cluster.kubeconfig_for(USER))}
        self.juju = Juju(env, model=MODEL, app=APP)
        self.shop: Snapshot = {}
        self._shown = ""

    def verify(self, what: str, found: Value, expected: Value, shown: str = "") -> None:
        """Hold what was found against what should be, and say it.

        Raises:
            Unexpected: they differ.
        """
        if found != expected:
            raise Unexpected(what, expected, found)
        self.terminal.ok(f"{what}{': ' if shown else ''}{shown}")

    def require(self, what: str, holds: bool, shown: str) -> None:  # noqa: FBT001 - the point
        """Say that something holds.

        Raises:
            Unexpected: it does not.
        """
        if not holds:
            raise Unexpected(what, "so", shown)
        self.terminal.ok(f"{what}: {shown}")

    def eventually(
        self, what: str, look: Callable[[], Value], expected: Value, seconds: float = 60
    ) -> None:
        """Look until it is as it should be, and say it.

        Raises:
            Unexpected: it is not when the time is over.
        """
        started = time.monotonic()
        with self.terminal.working(what):
            while (found := look()) != expected and time.monotonic() - started < seconds:
                time.sleep(0.1)
        passed = time.monotonic() - started
        self.verify(what, found, expected, f"after {passed:.1f} s" if passed > 1 else "")

    def deploy(self) -> None:
        """Deploy the charm, with all rights."""
        self.terminal.command(f"juju deploy {APP} --trust")
        with self.terminal.working("installing Velero"):
            self.cluster.set_trusted(USER, trusted=True)
            self.juju.deploy()

    def integrate(self) -> None:
        """Integrate an s3-integrator that knows the object store."""
        store = self.cluster.store
        self.terminal.command(f"juju integrate {APP} s3-integrator")
        integrator = integrators.s3(
            access_key=store.access_key,
            secret_key=store.secret_key,
            bucket=BUCKET,
            endpoint=store.endpoint,
        )
        with self.terminal.working("setting up the storage location"):
            self.juju.integrate(ENDPOINT, integrator)
        self.verify("The application is active", self.juju.status.health.name, "active")
        self.verify(
            "Velero found the bucket usable", self.phases("BackupStorageLocation"), ["Available"]
        )

    def restart_server(self) -> None:
        """Let Velero look into the bucket at once: it does so at its start and every minute."""
        self.terminal.command(
            f"kubectl delete pod -n {MODEL} -l deploy=velero  # or wait a minute"
        )
        for name in self.names("Pod"):
            self.inventory.delete("Pod", name, MODEL)

    def run(self, command: str) -> ActionResult:
        """Run a velero command as an action, which must succeed."""
        self.terminal.command(f'juju run {APP}/0 run command="{command}"')
        with self.terminal.working(command):
            result = self.juju.run("run", command=command)
        for line in result.log:
            self.terminal.text(f"  {line}", dim=True)
        if result.failed:
            raise Unexpected(f"The action {command!r} succeeds", "success", result.message)
        return result

    def operate(self, command: str) -> None:
        """Run a backup or restore to its end, which must be a good one."""
        phase = self.run(f"{command} --wait").results.get("phase")
        self.verify(f"The {command.partition(' ')[0]} is Completed", phase, "Completed")

    def define_kind(self) -> None:
        """Define the application's own kind, before there is a Velero.

        A running server looks for new kinds every five minutes only, and leaves out of a backup
        what it does not know, without a word (velero pkg/cmd/server/server.go,
        initDiscoveryHelper).
        """
        self._apply(KIND_MANIFEST)
        self.eventually("Kubernetes serves the application's own kind", self._served, ["True"])

    def make_shop(self) -> None:
        """Create the application from the tutorial's manifest, and remember all of it."""
        self._apply(SHOP_MANIFEST)
        self.wait_for_shop()
        self.shop = self.inventory.application(SHOP)

    def wait_for_shop(self) -> None:
        """Wait until all replicas are there."""
        wanted = {"web": 2, "worker": 1}
        self.eventually("The application's replicas are ready", self._replicas, wanted)

    def delete_shop(self) -> None:
        """Delete the application, with the definition of its own kind."""
        self.terminal.command(f"kubectl delete namespace {SHOP} --wait=false")
        self.inventory.delete("Namespace", SHOP)
        self.terminal.command(f"kubectl delete crd {DEFINITION}")
        self.inventory.delete("CustomResourceDefinition", DEFINITION)

    def verify_loss(self) -> None:
        """Wait until nothing is left of the application."""
        self.eventually("Nothing is left of it", lambda: [*self.inventory.application(SHOP)], [])
        # The comparison has to see a loss, or its verdict would mean nothing
        missing = len(compare.differences(self.shop, self.inventory.application(SHOP)))
        count = len(self.shop)
        self.verify("The comparison sees it", missing, count, f"{missing} of {count} are missing")

    def compare_shop(self) -> None:
        """Hold every object of the application against what it was before it was lost."""
        self.wait_for_shop()
        now = self.inventory.application(SHOP)
        what = f"All {len(self.shop)} objects are what they were"
        self.verify(what, compare.differences(self.shop, now), [], compare.counted(now))

    def verify_untouched(self) -> None:
        """Hold the application against what it was, where nothing was done to it."""
        changes = compare.differences(self.shop, self.inventory.application(SHOP))
        self.verify("The application is untouched", changes, [], f"{len(self.shop)} objects")

    def phases(self, kind: str) -> list[str]:
        """The phases of Velero's objects of a kind."""
        found = self.inventory.objects(kind, MODEL)
        return [obj.get("status", {}).get("phase", "") for obj in found]

    def names(self, kind: str) -> list[str]:
        """The names of the model's objects of a kind."""
        return sorted(obj["metadata"]["name"] for obj in self.inventory.objects(kind, MODEL))

    def server(self) -> int:
        """The pid of the Velero server; 0 if there is none."""
        return next(iter(self.cluster.velero_pids(MODEL)), 0)

    def bucket(self) -> Mapping[str, str]:
        """What the bucket holds: the digest of each object."""
        files = self.cluster.store.files(BUCKET)
        return {key: hashlib.sha256(files[key]).hexdigest() for key in sorted(files)}

    def foreign(self, baseline: Snapshot) -> list[Key]:
        """What is in the cluster now, was not at first, and is not the application's."""
        now = self.inventory.everything()
        owned = {(kind, name) for kind, _, name in self.shop}
        return [key for key in now if key not in baseline and not _is_shops(key, owned)]

    def show_status(self) -> None:
        """The table of `juju status`, if it is another one than before."""
        table = self.juju.status_table()
        self.terminal.text()
        if table == self._shown:
            self.terminal.text(f"juju status: {self.juju.status.health}, as before", dim=True)
        else:
            self.terminal.status(table)
        self._shown = table

    def _replicas(self) -> Mapping[str, int]:
        found = self.inventory.objects("Deployment", SHOP)
        return {o["metadata"]["name"]: o.get("status", {}).get("readyReplicas", 0) for o in found}

    def _apply(self, path: str) -> None:
        self.terminal.command(f"kubectl apply -f {path}")
        for obj in yaml.safe_load_all((REPOSITORY / path).read_text()):
            self.inventory.apply(obj)

    def _served(self) -> list[str]:
        found = self.inventory.objects("CustomResourceDefinition")
        ours = [one for one in found if one["metadata"]["name"] == DEFINITION]
        conditions = [c for one in ours for c in one.get("status", {}).get("conditions", ())]
        return [each["status"] for each in conditions if each["type"] == "Established"]


def _is_shops(key: Key, owned: set[tuple[str, str]]) -> bool:
    kind, namespace, name = key
    group = DEFINITION.partition(".")[2]
    return namespace == SHOP or (kind, name) in owned or name.endswith(f".{group}")
