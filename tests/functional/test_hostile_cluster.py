"""What others do to the objects that Velero and the charm live by: told, and where to turn."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator

import pytest
from tests.cluster.proxy import ApiProxy
from tests.functional import client
from tests.functional.api import CRD, Object
from tests.functional.model import Model

import suspicion
from velero.backups import malformed

SPEC: Object = {"storageLocation": "default", "includedNamespaces": ["nothing-here"]}
ACTIVE = ("active", "")


def patched(model: Model, message: str) -> None:
    """Do what a status says: its kubectl command."""
    words = shlex.split(message.partition("take it out: ")[2])
    assert words[:3] == ["kubectl", "patch", "backupstoragelocation"]
    change = json.loads(words[words.index("--patch") + 1])
    model.api.patch("BackupStorageLocation", words[3], change)


def config(model: Model, **keys: str | None) -> None:
    model.api.patch("BackupStorageLocation", "default", {"spec": {"config": keys}})


def test_a_key_in_the_location_is_told_and_stays_until_somebody_takes_it_out(
    model: Model,
) -> None:
    model.ready()
    period = {"spec": {"backupSyncPeriod": "2m0s"}}
    model.api.patch("BackupStorageLocation", "default", period)
    config(model, serverSideEncryption="AES256")
    message = ""
    for _ in range(2):
        model.juju.update_status()
        status, message = model.unit()
        assert status == "active"
        assert "has backupSyncPeriod, config.serverSideEncryption, which" in message
    assert model.location()["spec"]["config"]["serverSideEncryption"] == "AES256"
    assert "config.serverSideEncryption" in model.juju.run("diagnose").results["report"]
    patched(model, message)
    model.juju.update_status()
    assert model.unit() == ACTIVE


def test_a_connection_to_anybody_is_undone_and_said(model: Model) -> None:
    model.ready()
    config(model, insecureSkipTLSVerify="true", kmsKeyId="mine")
    model.juju.update_status()
    assert model.location()["spec"]["config"].get("insecureSkipTLSVerify") is None
    assert model.location()["spec"]["config"]["kmsKeyId"] == "mine"
    assert "Taking insecureSkipTLSVerify out of the storage location" in model.logged()


ACTIONS: dict[str, dict[str, str]] = {
    "create-backup": {"target": "shop:backup"},
    "list-backups": {},
    "restore": {"backup": "b1"},
    "delete-backup": {"backup": "b1"},
}


def test_definitions_that_somebody_deleted_are_told_and_what_went_with_them(
    model: Model,
) -> None:
    model.ready()
    client.relate(model, {"include_namespaces": ["nothing-here"]})
    model.api.create(
        "Schedule",
        {"metadata": {"name": "mine"}, "spec": {"schedule": "@daily", "template": SPEC}},
    )
    for name in [obj["metadata"]["name"] for obj in model.api.list(CRD)]:
        model.api.delete(CRD, name)
    model.api.until(lambda: not model.api.list(CRD))
    for action, params in ACTIONS.items():
        result = model.juju.run(action, params)
        assert result.failed
        assert re.match(r"Velero's definition of \w+ is not in the cluster", result.message), (
            action
        )
    report = model.juju.run("diagnose").results["report"]
    assert "Velero's definitions were deleted" in report
    assert "This takes a moment" not in report
    with model.events() as events:
        model.juju.update_status()
    [event] = events
    assert event.status.name in {"active", "waiting"}
    assert "Velero's definitions were deleted and made again (all 13)" in model.logged()
    assert "schedules that were made by hand are gone" in model.logged()
    model.api.until(lambda: model.location_phase() == "Available", 120)
    model.juju.update_status()
    assert model.unit() == ACTIVE


def test_a_definition_is_told_by_its_name_in_the_hook_that_makes_it_again(model: Model) -> None:
    model.ready()
    model.api.delete(CRD, "schedules.velero.io")
    model.api.until(lambda: model.api.find(CRD, "schedules.velero.io") is None)
    model.juju.update_status()
    status, message = model.unit()
    assert status == "active"
    assert message.startswith("Velero's definitions were deleted and made again (schedules.")
    model.juju.update_status()
    assert model.unit() == ACTIVE


def test_a_first_install_lacks_no_definition(model: Model) -> None:
    model.ready()
    assert "definitions" not in model.logged()


DURATIONS = """
x 1 1d 1h1 .h 9223372036854775807ns +.5h 0 1us -1h 2562048h 1e3s 0x1h
"""
TIMES = (
    "0000-02-29T00:00:00Z",
    "2026-01-01T00:00:00+24:00",
    "2026-01-01t00:00:00z",
    "2026-01-01T00:00:00x5Z",
    "2026-01-01T00:00:00+25:00",
    "2026-01-01T00:00:00.123456Z",
)
VALUES = {"ttl": ("", "1h 1m", "1\u03bcs", *DURATIONS.split()), "startTimestamp": TIMES}


def properties(schema: Object) -> Iterator[tuple[str, Object]]:
    """Every field that a schema knows, by its name, at any depth."""
    for name, below in schema.get("properties", {}).items():
        yield name, below
        yield from properties(below)
    if "items" in schema:
        yield from properties(schema["items"])


def test_the_fields_that_are_times_or_free_are_those_of_the_definitions(model: Model) -> None:
    model.deploy()
    fields = [
        field
        for crd in model.api.list(CRD)
        for name in ("spec", "status")
        for field in properties(
            crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"].get(name, {})
        )
    ]
    times = {name for name, schema in fields if schema.get("format") == "date-time"}
    assert times == malformed.TIMES
    free = {name for name, schema in fields if "additionalProperties" in schema}
    assert free <= malformed.FREE
    texts = {name for name, schema in fields if schema.get("type") == "string"}
    assert texts >= malformed.DURATIONS


def shown(model: Model) -> bool:
    """Whether Velero's own code reads all Backups."""
    argv = [str(model.cluster.tools.velero), "backup", "get", f"--namespace={model.namespace}"]
    done = subprocess.run(argv, env=model.cluster.path_env, capture_output=True, check=False)
    return done.returncode == 0 and b"error" not in done.stderr


def made(model: Model, field: str, value: str) -> bool:
    """Whether the API server takes a Backup with that value."""
    part = {"spec": SPEC | {field: value}} if field == "ttl" else {"status": {field: value}}
    try:
        model.api.create("Backup", {"metadata": {"name": "odd"}, "spec": SPEC} | part)
    except AssertionError:
        return False
    return True


def test_what_velero_cannot_read_is_what_the_charm_says_it_cannot(model: Model) -> None:
    model.deploy()
    taken = 0
    for field, value in [(field, each) for field, values in VALUES.items() for each in values]:
        if not made(model, field, value):
            continue
        taken += 1
        found = malformed.fault(model.api.get("Backup", "odd"))
        assert bool(found) != shown(model), (field, value, found)
        model.api.delete("Backup", "odd")
        model.api.until(lambda: model.api.find("Backup", "odd") is None)
    assert taken > len(VALUES["ttl"])


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the charm's clock go on by the hours that a test appends."""
    hours: list[float] = []
    clock = time.time
    monkeypatch.setattr(suspicion, "now", lambda: clock() + 3600 * sum(hours))
    return hours


def test_an_object_that_velero_cannot_read_is_named_until_it_is_gone(
    proxied: Model, proxy: ApiProxy, later: list[float]
) -> None:
    proxied.ready()
    proxied.api.create("Backup", {"metadata": {"name": "poison"}, "spec": SPEC | {"ttl": "x"}})
    proxied.api.create(
        "Restore", {"metadata": {"name": "r1"}, "spec": {"itemOperationTimeout": "soon"}}
    )
    later.append(1.0)
    said = (
        'Backup poison keeps Velero from reading any Backup: spec.ttl "x" is no duration; '
        f"delete it: kubectl delete backups.velero.io poison --namespace {proxied.namespace}"
    )
    for _ in range(2):
        proxied.juju.update_status()
        assert proxied.unit() == ("blocked", said)
    report = proxied.juju.run("diagnose").results["report"]
    for name in ("Backup poison", "Restore r1"):
        assert f"{name} keeps Velero from reading any" in report
    proxied.api.delete("Backup", "poison")
    proxied.juju.config()
    assert "Restore r1 keeps" in proxied.unit()[1]
    proxied.api.delete("Restore", "r1")
    proxied.juju.update_status()
    assert proxied.unit() == ACTIVE
    proxy.clear()
    proxied.juju.update_status()
    assert len(proxy.requests) <= 10


def test_a_backup_that_velero_does_not_begin_because_of_another_says_so(model: Model) -> None:
    model.ready()
    client.relate(model, {"include_namespaces": ["nothing-here"]})
    model.api.create("Backup", {"metadata": {"name": "poison"}, "spec": SPEC | {"ttl": "x"}})
    time.sleep(3)  # until the server's watch has met it
    result = model.juju.run("create-backup", target="shop:backup", wait="5s")
    assert "Backup poison keeps Velero from reading any Backup" in " ".join(result.log)
