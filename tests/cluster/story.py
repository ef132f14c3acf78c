"""The main job from beginning to end: chapters, each verified before the next begins."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.cluster import compare
from tests.cluster.client_story import ClientStory
from tests.cluster.compare import Object, Snapshot
from tests.cluster.stage import APP, BUCKET, ENDPOINT, MODEL, SHOP, USER, Stage

CRDS = 13
FIRST, SECOND = "monday", "tuesday"


class Story:
    """What happens, a method for each chapter.

    Args:
        stage: where it happens.
        charm_log: the file with what the charm logged.
    """

    def __init__(self, stage: Stage, charm_log: Path) -> None:
        self._stage = stage
        self._client = ClientStory(stage)
        self._charm_log = charm_log
        self._baseline: Snapshot = {}
        self._stored: Mapping[str, str] = {}

    @property
    def chapters(self) -> Mapping[str, Callable[[], None]]:
        """Titles in order, and what to do."""
        return {
            "Install Velero": self._install,
            "Say where backups go": self._relate,
            "Run an application": self._run_application,
            "Back it up": self._back_up,
            "Lose it": self._lose,
            "Get it back": self._get_back,
            "Let the application say what to back up": self._client.integrate,
            "Back up what it asks for": self._client.back_up,
            "Lose it again": self._lose,
            "Get back what it asked for": self._client.get_back,
            "Delete that backup": self._client.delete,
            "Rotate the credential": self._rotate,
            "Take the storage away": self._take_storage_away,
            "Remove Velero": self._remove,
            "Lose the application again, and install Velero again": self._start_over,
            "Get the application back from the same bucket": self._get_back_again,
        }

    def _install(self) -> None:
        stage = self._stage
        self._baseline = self._settled()
        stage.deploy()
        self._verify_blocked()
        stage.verify("Velero's definitions are there", self._definitions(), CRDS, str(CRDS))
        stage.require("The Velero server runs", stage.server() > 0, self._pid())

    def _relate(self) -> None:
        stage = self._stage
        stage.integrate()
        stage.verify(
            "The secret key is in one Secret and nowhere else", self._leaks(), self._credentials()
        )

    def _run_application(self) -> None:
        stage = self._stage
        stage.make_shop()
        stage.require("It is complete", bool(stage.shop), compare.counted(stage.shop))
        stage.terminal.text(
            "  (Only Velero's pods run here; others are shown as ready.)", dim=True
        )

    def _back_up(self) -> None:
        stage = self._stage
        stage.operate(f"backup create {FIRST} --include-namespaces {SHOP}")
        stage.require(f"It is in the bucket {BUCKET}", *self._stored_as(FIRST))

    def _lose(self) -> None:
        self._stage.delete_shop()
        self._stage.verify_loss()

    def _get_back(self) -> None:
        self._stage.operate(f"restore create --from-backup {FIRST}")
        self._stage.compare_shop()

    def _rotate(self) -> None:
        stage = self._stage
        before = stage.server()
        stage.terminal.command("juju update-secret s3-keys access-key=… secret-key=…")
        with stage.terminal.working("rotating"):
            stage.cluster.store.rotate("velero-2", "a-new-secret-key")
            stage.juju.rotate_secret(
                ENDPOINT, access_key="velero-2", secret_key="a-new-secret-key"
            )
        stage.verify("The application is active", stage.juju.status.health.name, "active")
        stage.verify("The server was not restarted", stage.server(), before, self._pid())
        stage.operate(f"backup create {SECOND} --include-namespaces {SHOP}")
        stage.require("It is in the bucket, too", *self._stored_as(SECOND))

    def _take_storage_away(self) -> None:
        stage = self._stage
        self._stored = stage.bucket()
        stage.terminal.command(f"juju remove-relation {APP} s3-integrator")
        with stage.terminal.working("taking the storage away"):
            stage.juju.break_relation(ENDPOINT)
        self._verify_blocked()
        stage.verify("Gone is the storage location", stage.names("BackupStorageLocation"), [])
        stage.verify("Gone is the credential", self._credentials(), [])
        stage.verify("Gone is the plugin", self._plugins(), [])
        stage.require("A server without it runs", stage.server() > 0, self._pid())
        stage.verify("The backups stay", stage.names("Backup"), [FIRST, SECOND])
        self._verify_stored()
        stage.verify_untouched()

    def _remove(self) -> None:
        stage = self._stage
        stage.terminal.command(f"juju remove-application {APP}")
        with stage.terminal.working("removing"):
            stage.juju.remove()
            stage.cluster.set_trusted(USER, trusted=False)  # which Juju does then
        stage.eventually(
            "Nothing that Velero or the charm made is left in the cluster",
            lambda: stage.foreign(self._baseline),
            [],
        )
        stage.verify("No process is left", stage.cluster.velero_pids(MODEL), [])
        self._verify_stored()
        stage.verify_untouched()

    def _start_over(self) -> None:
        stage = self._stage
        stage.delete_shop()
        stage.deploy()
        stage.integrate()
        stage.restart_server()
        stage.eventually(
            "The backups are back", lambda: stage.names("Backup"), [FIRST, SECOND], 90
        )
        self._verify_stored()

    def _get_back_again(self) -> None:
        self._stage.verify_loss()
        self._stage.operate(f"restore create --from-backup {SECOND}")
        self._stage.compare_shop()

    def _verify_blocked(self) -> None:
        health = self._stage.juju.status.health
        right = health.name == "blocked" and ENDPOINT in health.message
        self._stage.require("It is blocked and says why", right, str(health))

    def _definitions(self) -> int:
        crds = self._stage.inventory.objects("CustomResourceDefinition")
        return sum(crd["spec"]["group"] == "velero.io" for crd in crds)

    def _settled(self) -> Snapshot:
        """Everything in the cluster, once what it makes at its start is complete."""
        before: Snapshot = {}
        now = self._stage.inventory.everything()
        while before.keys() != now.keys() or ("ServiceAccount", MODEL, "default") not in now:
            time.sleep(0.2)
            before, now = now, self._stage.inventory.everything()
        return now

    def _pid(self) -> str:
        return f"pid {self._stage.server()}"

    def _leaks(self) -> list[str]:
        """Where the secret key can be read."""
        secret = self._stage.cluster.store.secret_key
        places = [
            name
            for (_, _, name), obj in self._stage.inventory.everything().items()
            if _holds(obj, secret)
        ]
        if secret in self._charm_log.read_text():
            places.append(str(self._charm_log))
        return places

    def _credentials(self) -> list[str]:
        names = self._stage.names("Secret")
        return [name for name in names if name.startswith("velero-storage-")]

    def _plugins(self) -> list[str]:
        (server,) = self._stage.inventory.objects("Deployment", MODEL)
        pod = server["spec"]["template"]["spec"]
        return [container["name"] for container in pod.get("initContainers", ())]

    def _stored_as(self, backup: str) -> tuple[bool, str]:
        folder = f"{MODEL}/{APP}/backups/{backup}"
        stored = [name for name in self._stage.bucket() if name.startswith(f"{folder}/")]
        complete = f"{folder}/{backup}.tar.gz" in stored
        return complete, f"{len(stored)} files in {folder}"

    def _verify_stored(self) -> None:
        """Nothing that was in the bucket may be gone or another."""
        now = self._stage.bucket()
        kept = {name: digest for name, digest in now.items() if name in self._stored}
        shown = f"{len(kept)} files"
        self._stage.verify("The bucket's content is untouched", kept, self._stored, shown)


def _holds(obj: Object, text: str) -> bool:
    if text in json.dumps(obj):
        return True
    encoded: Object = (obj.get("data") or {}) if obj["kind"] == "Secret" else {}
    return any(text.encode() in base64.b64decode(value) for value in encoded.values())
