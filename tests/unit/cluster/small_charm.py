"""A charm small enough to see what Juju's stand-in does to it."""

import os
from pathlib import Path

import object_storage
import ops
from tests.cluster.juju import Charm


class SmallCharm(ops.CharmBase):
    """Reads its storage, remembers its events, and does what its options say."""

    _stored = ops.StoredState()

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self._stored.set_default(events=0)
        self.s3 = object_storage.S3Requirer(self, "s3-credentials")
        self.azure = object_storage.AzureStorageRequirer(self, "azure-storage-credentials")
        self.gcs = object_storage.GCSRequirer(self, "gcs-credentials")
        on = self.on
        for event in (on.install, on.config_changed, on.leader_elected, on.update_status):
            framework.observe(event, self._reconcile)
        framework.observe(on.secret_changed, self._reconcile)
        for requirer in (self.s3, self.azure, self.gcs):
            framework.observe(requirer.on.storage_connection_info_changed, self._reconcile)
        framework.observe(self.on["echo"].action, self._echo)

    def _reconcile(self, _: ops.EventBase) -> None:
        if self.config["broken"]:
            raise ZeroDivisionError("told to")
        assert isinstance(self._stored.events, int)
        self._stored.events += 1
        self._once_a_pod()
        if self.unit.is_leader():
            self._as_leader()
        self.unit.status = ops.ActiveStatus(f"{self._stored.events} events, {self._storage()}")

    def _once_a_pod(self) -> None:
        cache = Path(self.charm_dir) / "cache"
        if not cache.exists():
            cache.write_text(os.environ["KUBECONFIG"])

    def _as_leader(self) -> None:
        try:
            self.model.get_secret(label="password")
        except ops.SecretNotFoundError:
            self.app.add_secret({"value": "s3cret"}, label="password")
        self.app.status = ops.ActiveStatus(f"planned {self.app.planned_units()}")
        self.unit.set_workload_version("v1")

    def _storage(self) -> str:
        s3 = self.s3.get_storage_connection_info()
        key = s3.get("secret-key", "")
        key += self.azure.get_storage_connection_info().get("secret-key", "")
        key += str(self.gcs.get_storage_connection_info().get("secret-key", ""))
        return f"bucket={s3.get('bucket', '')} key={key}"

    def _echo(self, event: ops.ActionEvent) -> None:
        event.log("working")
        if event.params["how-often"] == 0:
            event.fail("nothing to say")
            return
        password = self.model.get_secret(label="password").get_content()["value"]
        text = [event.params["text"]] * event.params["how-often"]
        event.set_results({"text": " ".join(text), "password": password})


SMALL = Charm(
    SmallCharm,
    meta={
        "name": "small",
        "requires": {
            "s3-credentials": {"interface": "s3"},
            "azure-storage-credentials": {"interface": "azure_storage"},
            "gcs-credentials": {"interface": "gcs"},
        },
    },
    actions={
        "echo": {
            "params": {
                "text": {"type": "string"},
                "how-often": {"type": "integer", "default": 1},
            },
            "required": ["text"],
            "additionalProperties": False,
        }
    },
    config={"options": {"broken": {"type": "boolean", "default": False}}},
)
