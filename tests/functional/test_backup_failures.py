"""What does not go well is reported at once, in Velero's words."""

import threading
import time

import pytest
from tests.cluster.juju import ActionResult
from tests.functional import client
from tests.functional.api import POLICY, POLICY_BINDING, Api
from tests.functional.model import Model
from tests.functional.trouble import add_pod_with_unreachable_volume, refuse_config_maps

ENDED = {"Completed", "PartiallyFailed", "Failed", "FailedValidation"}
SLACK = 20.0
"""Seconds that a machine may be slow; an action by itself gives up after five minutes."""


@pytest.fixture
def ready(model: Model, shop: str) -> Model:
    """An active charm with one client, `shop:backup`, whose namespace holds something."""
    model.ready()
    client.fill(model.api, shop)
    client.relate(model, {"include_namespaces": [shop]})
    return model


class Verdict(threading.Thread):
    """Notes when Velero ends the first operation of a kind."""

    def __init__(self, model: Model, kind: str) -> None:
        super().__init__(daemon=True)
        self.at = 0.0
        self._kind = kind
        self._api = Api(model.cluster, model.namespace)
        self._until = time.monotonic() + 60
        self.start()

    def run(self) -> None:
        while not self.at and time.monotonic() < self._until:
            objects = self._api.list(self._kind)
            if any(each.get("status", {}).get("phase") in ENDED for each in objects):
                self.at = time.monotonic()
            time.sleep(0.02)
        self._api.close()


def failed(model: Model, action: str, kind: str, /, **params: object) -> ActionResult:
    """Run an action that has to fail on Velero's verdict, not when its time is up."""
    verdict = Verdict(model, kind)
    result = model.juju.run(action, params)
    ended = time.monotonic()
    verdict.join()
    assert result.failed, result
    assert verdict.at, "Velero ended nothing"
    assert ended - verdict.at < SLACK, result
    return result


def test_a_partially_failed_backup_says_which_item_and_why(ready: Model, shop: str) -> None:
    add_pod_with_unreachable_volume(ready, shop)
    result = failed(ready, "create-backup", "Backup", target="shop:backup")
    name = result.results["name"]
    assert result.results["phase"] == "PartiallyFailed"
    assert result.message.startswith(f"Backup {name} is PartiallyFailed: ")
    assert "db" in result.message
    assert "node" in result.message
    asked = ready.juju.run("restore", backup=name)
    assert asked.failed
    assert "allow-partial=true" in asked.message
    asked = ready.juju.run("restore", target="shop:backup")
    assert asked.message.startswith("There is no backup of shop:backup that is Completed")
    accepted = ready.juju.run("restore", {"target": "shop:backup", "allow-partial": True})
    assert not accepted.failed, accepted


def test_a_backup_that_velero_refuses_says_why(ready: Model) -> None:
    ready.api.patch("BackupStorageLocation", "default", {"spec": {"accessMode": "ReadOnly"}})
    ready.api.until(lambda: ready.location()["status"].get("phase") == "Available")
    result = failed(ready, "create-backup", "Backup", target="shop:backup")
    assert result.results["phase"] == "FailedValidation"
    assert "read-only" in result.message


def test_a_failed_backup_says_why_also_when_the_store_is_gone(ready: Model) -> None:
    ready.cluster.store.stop()
    result = failed(ready, "create-backup", "Backup", target="shop:backup")
    assert result.results["phase"] == "Failed"
    assert "connection refused" in result.message
    asked = ready.juju.run("restore", backup=result.results["name"])
    assert "is Failed, not Completed" in asked.message


def test_a_partially_failed_restore_says_what_was_refused(ready: Model, shop: str) -> None:
    name = ready.juju.run("create-backup", target="shop:backup").results["name"]
    ready.api.delete("Namespace", shop)
    ready.api.until(lambda: ready.api.find("Namespace", shop) is None)
    refuse_config_maps(ready.api, shop)
    try:
        result = failed(ready, "restore", "Restore", backup=name)
    finally:
        ready.api.delete(POLICY_BINDING, shop)
        ready.api.delete(POLICY, shop)
    assert result.results["phase"] == "PartiallyFailed"
    assert result.results["errors"] == "3"
    assert "not in this shop" in result.message
    assert "(and 2 more like it)" in result.message


def test_reasons_that_cannot_be_fetched_are_said_to_be_in_the_store(
    ready: Model, shop: str
) -> None:
    ready.api.until(lambda: ready.location()["status"].get("phase") == "Available")
    config = {"publicUrl": "http://127.0.0.1:9", "region": "us-east-1"}
    spec = ready.location()["spec"]["config"]
    ready.api.patch("BackupStorageLocation", "default", {"spec": {"config": spec | config}})
    ready.api.until(lambda: ready.location()["status"].get("phase") == "Available")
    add_pod_with_unreachable_volume(ready, shop)
    result = failed(ready, "create-backup", "Backup", target="shop:backup")
    assert "1 errors; what they are could not be fetched: http://127.0.0.1:9" in result.message
