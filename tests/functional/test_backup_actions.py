"""What people live with: back up on demand, list, lose, restore, delete."""

import re
import time

import pytest
from tests.cluster import compare
from tests.cluster.juju import ActionResult
from tests.functional import client
from tests.functional.api import CRD
from tests.functional.model import Model

from velero.backups.clusters import CLUSTER


@pytest.fixture
def ready(model: Model, shop: str) -> Model:
    """An active charm with one client, `shop:backup`, whose namespace holds something."""
    model.ready()
    client.fill(model.api, shop)
    client.relate(model, {"include_namespaces": [shop], "ttl": "72h"})
    return model


NEW = "looks for new kinds"
OTHER = "0123abcd"
THEIRS = f"action, cluster {OTHER}"


def lose(model: Model, namespace: str) -> None:
    """Delete a namespace as a person would."""
    model.api.delete("Namespace", namespace)
    model.api.until(lambda: model.api.find("Namespace", namespace) is None)


def succeed(model: Model, action: str, /, **params: object) -> ActionResult:
    result = model.juju.run(action, params)
    assert not result.failed, result
    return result


def backed_up(model: Model) -> str:
    return succeed(model, "create-backup", target="shop:backup").results["name"]


def test_a_client_is_backed_up_lost_and_restored_object_by_object(ready: Model, shop: str) -> None:
    before = client.contents(ready.api, shop)
    created = succeed(ready, "create-backup", target="shop:backup")
    name = created.results["name"]
    assert created.results["phase"] == "Completed"
    assert int(created.results["items"]) > len(before)
    assert created.log[0] == f"Backup {name} of shop:backup in model m1 is requested"
    assert "Completed" in created.log[-1]
    assert ready.api.get("Backup", name)["spec"]["ttl"].startswith("72h")
    lose(ready, shop)
    restored = succeed(ready, "restore", target="shop:backup")
    assert restored.log[0].endswith(f"holds {created.results['items']} objects")
    after = client.contents(ready.api, shop)
    assert compare.differences(client.by_key(before), client.by_key(after)) == []
    row = succeed(ready, "list-backups", app="shop").results["backups"]["1"]
    assert (row["name"], row["client"], row["model"]) == (name, "shop:backup", "m1")
    assert (row["phase"], row["origin"], row["errors"]) == ("Completed", "action", "0")
    clients = succeed(ready, "list-clients").results["clients"]
    assert (clients["1"]["last-backup"], clients["1"]["state"]) == (name, "on demand")


def test_clients_of_one_name_in_two_models_are_told_apart(ready: Model, shop: str) -> None:
    other = client.relate(ready, {"include_namespaces": ["default"]}, of="m2")
    asked = ready.juju.run("create-backup", target="shop:backup")
    assert asked.failed
    assert asked.message.endswith("add model= one of m1, m2")
    for model in ("m1", "m2"):
        created = succeed(ready, "create-backup", target="shop:backup", model=model)
        assert created.results["name"].startswith(f"{model}.shop.backup-")
    ready.juju.break_relation(other)  # its backups stay restorable
    lose(ready, shop)
    asked = ready.juju.run("restore", target="shop:backup")
    assert asked.failed
    assert "m1, m2" in asked.message
    succeed(ready, "restore", target="shop:backup", model="m1")
    assert client.contents(ready.api, shop)
    listed = succeed(ready, "list-backups", app="shop", model="m2").results
    assert listed["count"] == "1"


def test_a_part_of_a_backup_comes_back_under_another_name(ready: Model, shop: str) -> None:
    name = backed_up(ready)
    uid = ready.api.get("Backup", name)["metadata"]["uid"]
    copy = f"{shop}-copy"
    params = {
        "backup": uid,
        "namespace-mapping": f"{shop}:{copy}",
        "include-resources": "configmaps",
        "or-selector": "app=even or app in (odd), number",
    }
    succeed(ready, "restore", **params)
    found = [obj["metadata"]["name"] for obj in client.contents(ready.api, copy)]
    assert sorted(found) == ["c0", "c2"]
    lose(ready, copy)


def test_what_exists_stays_unless_it_is_to_be_updated(ready: Model, shop: str) -> None:
    name = backed_up(ready)
    api = ready.api
    path = {"data": {"number": "changed"}}
    api.namespace, own = shop, api.namespace
    api.patch("ConfigMap", "c1", path)
    api.namespace = own
    kept = succeed(ready, "restore", backup=name)
    assert int(kept.results["warnings"]) == 1
    assert "c1" in kept.results["warnings-summary"]
    assert api.get("ConfigMap", "c1", shop)["data"]["number"] == "changed"
    updated = succeed(ready, "restore", **{"backup": name, "existing-resource-policy": "update"})
    names = [each.results["name"] for each in (kept, updated)]
    assert all(re.fullmatch(rf"{re.escape(name)}-\d{{14}}(-2)?", each) for each in names), names
    assert api.get("ConfigMap", "c1", shop)["data"]["number"] == "1"


def test_a_deleted_backup_is_gone_with_its_files(ready: Model) -> None:
    name = backed_up(ready)
    asked = ready.juju.run("delete-backup", backup=name)
    assert asked.failed
    assert "confirm=true" in asked.message
    assert any(name in path for path in ready.bucket_files())
    deleted = succeed(ready, "delete-backup", backup=name, confirm=True)
    assert deleted.results["deleted"] == "true"
    assert ready.api.find("Backup", name) is None
    assert not any(name in path for path in ready.bucket_files())
    again = ready.juju.run("delete-backup", backup=name, confirm=True)
    assert again.message == f"There is no backup {name}; see list-backups"


def test_list_shows_what_others_made_and_what_was_in_the_bucket(ready: Model) -> None:
    name = backed_up(ready)
    time.sleep(1)  # timestamps have no parts of a second
    ready.api.create("Backup", {"metadata": {"name": "by-hand"}, "spec": {"ttl": "1h"}})
    ready.api.until(lambda: _phases(ready).get("by-hand") == "Completed")
    ready.api.delete("Backup", name)
    time.sleep(1)
    ready.cluster.kubelet.kill_server(ready.namespace)  # the bucket is read at a start
    ready.api.until(lambda: name in _phases(ready), 60)
    rows = succeed(ready, "list-backups").results["backups"]
    origins = {row["name"]: row["origin"] for row in rows.values()}
    assert origins == {"by-hand": "other", name: "action, synced"}
    assert rows["1"]["name"] == "by-hand"
    assert succeed(ready, "list-backups", status="failed").results["count"] == "0"
    one = succeed(ready, "list-backups", limit=1).results
    assert one["count"] == "1"
    assert one["note"] == "2 of 2 backups match. The newest 1 are shown; limit= shows more."


def test_backups_of_another_cluster_are_shown_and_taken_only_if_it_is_named(
    ready: Model, shop: str
) -> None:
    ours = backed_up(ready)
    labels = ready.api.get("Backup", ours)["metadata"]["labels"]
    unlabelled = {key: value for key, value in labels.items() if key != CLUSTER}
    their_labels = unlabelled | {CLUSTER: f"{OTHER}-1111-2222-3333-444444444444"}
    for name, of in (("nobodys", unlabelled), ("theirs", their_labels)):
        time.sleep(1)
        spec = {"includedNamespaces": [shop], "storageLocation": "default", "ttl": "72h"}
        ready.api.create("Backup", {"metadata": {"name": name, "labels": of}, "spec": spec})
        ready.api.until(lambda name=name: _phases(ready).get(name) == "Completed")
    seen = [ours, "nobodys", "theirs"]
    assert _origins(ready) == dict(zip(seen, ["action", "action", THEIRS], strict=True))
    for name in seen:
        ready.api.delete("Backup", name)
    time.sleep(1)
    ready.cluster.kubelet.kill_server(ready.namespace)  # the bucket is read at a start
    ready.api.until(lambda: {*_phases(ready)} == {*seen}, 60)
    origins = ["action, synced", "action, synced, unknown cluster", f"action, synced{THEIRS[6:]}"]
    assert _origins(ready) == dict(zip(seen, origins, strict=True))
    ready.api.until(lambda: ready.location_phase() == "Available", 60)
    _takes(ready, [f"Backup {ours} of", f"Restore {ours}-"])
    named = [f"Backup theirs is of cluster {OTHER}, not of this one", "Restore theirs-"]
    _takes(ready, ["Backup theirs of", *named], **{"from": OTHER})
    succeed(ready, "delete-backup", backup=ours, confirm=True)
    _takes(ready, ["Backup nobodys of", "Backup nobodys does not say which cluster it is of"])
    row = succeed(ready, "list-clients").results["clients"]["1"]
    assert row["last-backup"] == "nobodys"
    assert row["reason"] == "its last backup does not say which cluster it is of"
    succeed(ready, "delete-backup", backup="nobodys", confirm=True)
    refused = ready.juju.run("restore", target="shop:backup").message
    assert refused.endswith(f"another cluster has backups of it: add from={OTHER}")
    nowhere = ready.juju.run("restore", {"target": "shop:backup", "from": "ffffffff"}).message
    assert nowhere.startswith("No backup says that it is of cluster ffffffff; those that are")


def _origins(model: Model) -> dict[str, str]:
    rows = succeed(model, "list-backups").results["backups"].values()
    return {row["name"]: row["origin"] for row in rows}


def _takes(model: Model, said: list[str], **more: str) -> None:
    log = succeed(model, "restore", target="shop:backup", **more).log
    assert [line[: len(want)] for line, want in zip(log, said, strict=False)] == said


def test_at_the_deadline_an_action_succeeds_and_says_how_to_follow(ready: Model) -> None:
    created = succeed(ready, "create-backup", target="shop:backup", wait="0")
    assert created.results["phase"] in {"New", "Queued", "ReadyToStart", "InProgress"}
    name = created.results["name"]
    assert created.results["follow"].endswith(f'run command="backup get {name}"')
    ready.api.until(lambda: _phases(ready)[name] == "Completed")


def test_a_schedule_fires_and_its_backup_is_the_clients(ready: Model, shop: str) -> None:
    spec = {"include_namespaces": [shop], "schedule": "@every 1m"}
    ticker = client.relate(ready, spec, app="ticker", of="m3")
    [schedule] = [each["metadata"]["name"] for each in ready.api.list("Schedule")]
    # Velero looks whether one is due every minute, and when one is changed
    ready.api.patch("Schedule", schedule, {"status": {"lastBackup": "2020-01-01T00:00:00Z"}})
    client.edit(ready, ticker, spec | {"ttl": "48h"})
    ready.api.until(lambda: "Completed" in _phases(ready).values(), 150)
    rows = succeed(ready, "list-backups", app="ticker").results["backups"]
    assert rows["1"]["origin"] == "schedule"
    assert rows["1"]["model"] == "m3"
    assert rows["1"]["name"].startswith("m3.ticker.backup-20")
    row = next(
        row
        for row in succeed(ready, "list-clients").results["clients"].values()
        if row["client"] == "ticker:backup"
    )
    assert (row["last-backup"], row["state"]) == (rows["1"]["name"], "scheduled")
    lose(ready, shop)
    succeed(ready, "restore", target="ticker:backup")
    assert client.contents(ready.api, shop)


def _phases(model: Model) -> dict[str, str]:
    backups = model.api.list("Backup")
    return {each["metadata"]["name"]: each.get("status", {}).get("phase", "") for each in backups}


def test_kinds_that_velero_may_not_know_yet_are_named(ready: Model) -> None:
    assert not [
        line
        for line in succeed(ready, "create-backup", target="shop:backup").log
        if "new kinds" in line
    ]
    names = {"plural": "widgets", "kind": "Widget"}
    schema = {"openAPIV3Schema": {"type": "object"}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    ready.api.create(CRD, {"metadata": {"name": "widgets.example.com"}, "spec": spec})
    try:
        for result in (
            succeed(ready, "create-backup", target="shop:backup"),
            ready.run("backup create by-hand"),
        ):
            [line] = [line for line in result.log if NEW in line]
            assert "may not know widgets.example.com yet" in line
    finally:
        ready.api.delete(CRD, "widgets.example.com")
