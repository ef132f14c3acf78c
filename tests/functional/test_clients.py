"""Clients come, change their minds and go; each has the Schedule that it asks for, and no more."""

import json

import pytest
from tests.cluster.proxy import ApiProxy
from tests.functional import client
from tests.functional.api import Object
from tests.functional.model import APP, S3, Model

from velero.backups.clusters import CLUSTER, INSTANCE
from velero.desired import valid_label

DAILY = {"include_namespaces": ["shop"], "ttl": "30d", "schedule": "0 2 * * *"}


@pytest.fixture
def ready(proxied: Model, proxy: ApiProxy) -> Model:
    """A model whose charm's requests are counted; the charm is active."""
    proxied.ready()
    proxy.clear()
    return proxied


def only_schedule(model: Model) -> Object:
    (found,) = model.api.list("Schedule")
    return found


def test_a_client_has_a_schedule_at_the_price_of_one_write_and_no_restart(
    ready: Model, proxy: ApiProxy
) -> None:
    server = ready.server()
    client.relate(ready, DAILY)
    assert [request.verb for request in proxy.writes] == ["patch"]
    found = only_schedule(ready)
    assert found["metadata"]["name"] == "m1.shop.backup"
    assert found["spec"]["schedule"] == "0 2 * * *"
    assert found["spec"]["paused"] is False
    template = found["spec"]["template"]
    assert template["includedNamespaces"] == ["shop"]
    assert template["ttl"] == "720h"
    assert template["storageLocation"] == "default"
    assert ready.unit() == ("active", "")
    assert ready.server() == server
    labels = template["metadata"]["labels"]
    assert labels[CLUSTER] == ready.api.get("Namespace", "kube-system")["metadata"]["uid"]
    assert labels[INSTANCE] == valid_label(f"{ready.namespace}.{APP}")
    proxy.clear()
    ready.juju.update_status()
    assert proxy.writes == []
    assert not [each for each in proxy.requests if each.path.endswith("/kube-system")]


def test_a_schedule_of_an_older_charm_learns_its_cluster_without_a_run(
    ready: Model, proxy: ApiProxy
) -> None:
    client.relate(ready, DAILY)
    ready.api.until(lambda: only_schedule(ready).get("status", {}).get("phase") == "Enabled")
    marks, server = dict.fromkeys((CLUSTER, INSTANCE)), ready.server()
    change = {"spec": {"template": {"metadata": {"labels": marks}}}}
    ready.api.patch("Schedule", "m1.shop.backup", change)
    proxy.clear()
    ready.juju.refresh()
    assert [request.verb for request in proxy.writes] == ["patch"]
    assert CLUSTER in only_schedule(ready)["spec"]["template"]["metadata"]["labels"]
    assert ready.api.list("Backup") == []
    assert ready.server() == server
    assert ready.unit() == ("active", "")


def test_a_client_edits_pauses_resumes_and_leaves_in_place(ready: Model, proxy: ApiProxy) -> None:
    relation = client.relate(ready, DAILY)
    ready.api.until(lambda: only_schedule(ready).get("status", {}).get("phase") == "Enabled")
    uid = only_schedule(ready)["metadata"]["uid"]
    changes = [
        {"include_namespaces": ["shop", "team-*"], "schedule": "@every 6h"},
        {**DAILY, "paused": True},
        {**DAILY, "paused": False, "label_selector": {"app": "even"}},
        DAILY,
    ]
    for spec in changes:
        proxy.clear()
        client.edit(ready, relation, spec)
        assert len(proxy.writes) == 1, spec
        found = only_schedule(ready)
        assert found["metadata"]["uid"] == uid
        assert found["spec"]["paused"] is spec.get("paused", False)
        assert ("labelSelector" in found["spec"]["template"]) is ("label_selector" in spec)
        assert ("ttl" in found["spec"]["template"]) is ("ttl" in spec)
    proxy.clear()
    client.edit(ready, relation, {"include_namespaces": ["shop"]})  # on demand from now on
    assert ready.api.list("Schedule") == []
    assert [request.verb for request in proxy.writes] == ["delete"]
    client.edit(ready, relation, DAILY)
    proxy.clear()
    ready.juju.break_relation(relation)
    assert ready.api.list("Schedule") == []
    assert [request.verb for request in proxy.writes] == ["delete"]


@pytest.mark.parametrize("skip", [True, False])
def test_skip_immediately_is_said_once_and_then_left_to_velero(
    ready: Model, proxy: ApiProxy, *, skip: bool
) -> None:
    client.relate(ready, DAILY | {"skip_immediately": skip})
    ready.api.until(lambda: only_schedule(ready).get("status", {}).get("phase") == "Enabled")
    found = only_schedule(ready)
    assert found["spec"]["skipImmediately"] is False
    assert ("lastSkipped" in found["status"]) is skip
    proxy.clear()
    ready.juju.update_status()
    assert proxy.writes == []
    # Someone else's wish is not undone either
    ready.api.patch("Schedule", found["metadata"]["name"], {"spec": {"paused": True}})
    ready.juju.update_status()
    skipped = only_schedule(ready)["status"].get("lastSkipped")
    assert only_schedule(ready)["spec"]["paused"] is False
    assert skipped == found["status"].get("lastSkipped")


def test_clients_of_one_name_in_two_models_stay_apart(ready: Model) -> None:
    client.relate(ready, DAILY, of="m1")
    second = client.relate(ready, DAILY | {"schedule": "@weekly"}, of="m2")
    crons = {s["metadata"]["name"]: s["spec"]["schedule"] for s in ready.api.list("Schedule")}
    assert crons == {"m1.shop.backup": "0 2 * * *", "m2.shop.backup": "@weekly"}
    ready.juju.break_relation(second)
    assert only_schedule(ready)["metadata"]["name"] == "m1.shop.backup"


def test_behind_an_integrator_the_client_is_who_the_data_says(ready: Model) -> None:
    client.relate(ready, DAILY, app="ledger", of="prod", remote="velero-integrator")
    labels = only_schedule(ready)["spec"]["template"]["metadata"]["labels"]
    ours = {key: value for key, value in labels.items() if key not in {CLUSTER, INSTANCE}}
    assert sorted(ours.values()) == ["backup", "ledger", "prod"]


def test_names_too_long_for_velero_are_shortened_and_stay_apart(ready: Model) -> None:
    for app in ("a" * 60 + "-one", "a" * 60 + "-two"):
        client.relate(ready, DAILY, app=app)
    found = ready.api.list("Schedule")
    assert len({s["metadata"]["name"] for s in found}) == 2
    assert all(len(s["metadata"]["name"]) <= 63 for s in found)
    ready.api.until(lambda: [s["status"]["phase"] for s in ready.api.list("Schedule")])
    ready.juju.update_status()
    assert ready.unit() == ("active", "")


def test_an_invalid_client_is_named_and_does_not_stop_the_others(ready: Model) -> None:
    relation = client.relate(ready, {"ttl": "banana"})
    client.relate(ready, DAILY, app="db")
    name, message = ready.unit()
    assert name == "active"
    assert message.startswith("1 of 2 clients is invalid: shop:backup: ttl: 'banana' is not")
    assert only_schedule(ready)["metadata"]["name"] == "m1.db.backup"
    result = ready.juju.run("list-clients")
    assert result.results["clients"]["1"]["client"] == "shop:backup"
    assert "banana" in result.results["clients"]["1"]["reason"]
    client.edit(ready, relation, DAILY)
    assert ready.unit() == ("active", "")


def test_the_schedule_of_a_client_that_turns_invalid_goes_on_as_it_was(ready: Model) -> None:
    relation = client.relate(ready, DAILY)
    before = ready.api.versions()
    client.edit(ready, relation, DAILY | {"include_namespaces": []})
    assert ready.unit()[1].startswith("1 of 1 clients is invalid")
    assert ready.api.versions() == before
    row = ready.juju.run("list-clients").results["clients"]["1"]
    assert (row["state"], row["schedule"]) == ("invalid", DAILY["schedule"])
    assert row["next-run"] != "-"
    client.edit(ready, relation, DAILY)
    assert ready.unit() == ("active", "")
    client.edit(ready, relation, {"include_namespaces": []})
    ready.juju.break_relation(relation)
    assert ready.api.list("Schedule") == []


def test_targets_that_cannot_be_read_keep_what_they_had(ready: Model) -> None:
    ready.juju.config(k8s_backup_targets_schedule="daily")
    relation = client.relate_targets(ready, client.target({}), client.target({}, app="db"))
    ready.juju.publish(relation, {"backup_targets": "[{"})
    assert ready.unit()[1].startswith("1 of 1 clients is invalid: relation ")
    assert len(ready.api.list("Schedule")) == 2
    ready.juju.publish(relation, {"backup_targets": json.dumps([client.target({})])})
    assert only_schedule(ready)["metadata"]["name"] == "m1.shop.backup"
    ready.juju.publish(relation, {"backup_targets": "[{"})
    ready.juju.config(k8s_backup_targets_schedule="")
    assert ready.api.list("Schedule") == []


def test_schedules_of_others_are_never_touched(ready: Model, proxy: ApiProxy) -> None:
    spec = {"schedule": "@daily", "template": {"includedNamespaces": ["mine"]}}
    for name in ("by-hand", "m1.shop.backup"):
        ready.api.create("Schedule", {"metadata": {"name": name}, "spec": spec})
    proxy.clear()
    relation = client.relate(ready, DAILY)
    assert proxy.writes == []
    assert ready.unit()[0] == "active"
    assert "Schedule m1.shop.backup was not made by this application" in ready.unit()[1]
    ready.juju.break_relation(relation)
    assert proxy.writes == []
    assert len(ready.api.list("Schedule")) == 2


def test_without_storage_schedules_pause_and_keep_their_history(ready: Model) -> None:
    client.relate(ready, DAILY)
    uid = only_schedule(ready)["metadata"]["uid"]
    ready.juju.break_relation("s3-credentials")
    assert only_schedule(ready)["spec"]["paused"] is True
    result = ready.juju.run("list-clients")
    assert result.results["clients"]["1"]["reason"] == "until there is a storage location"
    ready.relate()
    assert only_schedule(ready)["spec"]["paused"] is False
    assert only_schedule(ready)["metadata"]["uid"] == uid


def test_a_schedule_goes_with_its_client_although_the_storage_cannot_be_used(
    ready: Model,
) -> None:
    relation = client.relate(ready, DAILY)
    ready.juju.set_data(S3, endpoint="ftp://nowhere")
    assert ready.unit()[1].startswith("Invalid storage data: ")
    assert only_schedule(ready)
    ready.juju.break_relation(relation)
    assert ready.api.list("Schedule") == []


def test_a_schedule_of_ours_that_no_client_asks_for_is_deleted_by_the_next_hook(
    ready: Model,
) -> None:
    client.relate(ready, DAILY)
    ours = only_schedule(ready)
    metadata = {"name": "orphan", "labels": ours["metadata"]["labels"]}
    ready.api.create("Schedule", {"metadata": metadata, "spec": ours["spec"]})
    ready.juju.update_status()
    assert only_schedule(ready)["metadata"]["uid"] == ours["metadata"]["uid"]


def test_targets_take_their_schedule_from_the_option(ready: Model) -> None:
    shop = {"include_namespaces": ["shop"], "ttl": "24h"}
    client.relate_targets(ready, client.target(shop), client.target(shop, app="db"))
    assert ready.api.list("Schedule") == []
    ready.juju.config(k8s_backup_targets_schedule="@daily")
    found = {s["metadata"]["name"]: s["spec"]["schedule"] for s in ready.api.list("Schedule")}
    assert found == {"m1.shop.backup": "@daily", "m1.db.backup": "@daily"}
    ready.juju.config(k8s_backup_targets_schedule="every tuesday")
    assert ready.unit()[0] == "blocked"
    assert ready.unit()[1].startswith("Invalid option k8s-backup-targets-schedule: ")
    assert len(ready.api.list("Schedule")) == 2
    ready.juju.config(k8s_backup_targets_schedule="")
    assert ready.api.list("Schedule") == []


def test_one_identity_over_both_endpoints_is_one_client(ready: Model) -> None:
    client.relate(ready, DAILY)
    client.relate_targets(ready, client.target({"include_namespaces": ["*"]}))
    assert ready.unit()[1].startswith("1 of 2 clients is invalid: shop:backup: ")
    assert only_schedule(ready)["spec"]["template"]["includedNamespaces"] == ["shop"]
