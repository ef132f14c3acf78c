"""A whole life on a real bucket: the tests go on from one another, in their order."""

import base64
import gzip
import json
from collections.abc import Iterator

import jubilant
import pytest
from tests.functional.api import Object
from tests.integration.application import APP, SECONDS, Application, Store

S3, CLIENTS, TARGETS = "s3-credentials", "velero-backups", "k8s-backup-targets"
BACKUPS, RESTORES, SCHEDULES = "Backup", "Restore", "Schedule"
STORE, CLIENT, TARGET = "store", "client", "target"
FIRST = "monday"


@pytest.fixture(scope="module")
def shop(app: Application) -> Iterator[str]:
    """The namespace of what is backed up."""
    name = f"{app.world.namespace}-shop"
    app.world.create("Namespace", {"metadata": {"name": name}})
    yield name
    app.world.delete("Namespace", name)


def goods() -> dict[str, Object]:
    """What the shop holds, by kind."""
    meta = {"name": "goods", "labels": {"app": "shop"}}
    secret = {"key": base64.b64encode(b"open sesame").decode()}
    return {
        "ConfigMap": {"metadata": meta, "data": {"price": "42"}},
        "Secret": {"metadata": meta, "data": secret},
    }


def lose(app: Application, shop: str) -> None:
    for kind in goods():
        app.world.lose(kind, "goods", shop)


def all_there(app: Application, shop: str) -> None:
    for kind, obj in goods().items():
        found = app.world.get(kind, "goods", shop)
        assert found["data"] == obj["data"]
        assert found["metadata"]["labels"]["app"] == "shop"


def said_to(app: Application, *endpoints: str) -> str:
    """What our application says to the observing endpoints of the target."""
    return json.dumps([app.told(f"{TARGET}/0", each) for each in endpoints])


@pytest.mark.juju_setup
def test_deployed_it_runs_velero_and_says_what_is_missing(app: Application) -> None:
    app.deploy(trust=True)
    app.until("blocked", "Missing storage")
    assert app.world.get("Deployment", "velero")["status"]["availableReplicas"] == 1
    assert app.juju.status().apps[APP].version


@pytest.mark.juju_setup
def test_storage_makes_it_active(app: Application, store: Store) -> None:
    fields = {"bucket": store.bucket, "endpoint": store.endpoint, "region": store.region}
    keys = {"access-key": store.access_key, "secret-key": store.secret_key}
    app.provide(STORE, {**fields, "s3-uri-style": "path"}, keys)
    app.integrate(S3, f"{STORE}:s3")
    app.until("active")
    assert app.phase() == "Available"
    spec = app.location()["spec"]
    assert spec["objectStorage"]["bucket"] == store.bucket
    assert store.secret_key not in str(spec)
    secret = app.world.get("Secret", spec["credential"]["name"])
    content = base64.b64decode(secret["data"][spec["credential"]["key"]]).decode()
    assert store.secret_key in content
    assert app.plugins() == ["velero/velero-plugin-for-aws"]


def test_run_backs_up_and_restores(app: Application, shop: str) -> None:
    for kind, obj in goods().items():
        app.world.create(kind, obj, shop)
    task = app.run("run", command=f"backup create {FIRST} --include-namespaces {shop} --wait")
    assert task.results["phase"] == "Completed"
    assert app.world.get(BACKUPS, FIRST)["status"]["phase"] == "Completed"
    lose(app, shop)
    app.run("run", command=f"restore create --from-backup {FIRST} --wait")
    all_there(app, shop)


def test_a_clients_schedule_is_veleros(app: Application, shop: str) -> None:
    spec = {"include_namespaces": [shop], "schedule": "0 2 * * *", "ttl": "30d"}
    app.ask(CLIENT, {**spec, "include_resources": ["configmaps", "secrets"]})
    server = app.server()
    app.integrate(CLIENTS, f"{CLIENT}:backup")
    app.world.eventually(lambda: app.world.list(SCHEDULES), "the client's schedule is there")
    (schedule,) = app.world.list(SCHEDULES)
    assert schedule["spec"]["schedule"] == "0 2 * * *"
    assert schedule["spec"]["template"]["ttl"] in {"720h", "720h0m0s"}
    assert schedule["spec"]["template"]["includedNamespaces"] == [shop]
    app.world.eventually(
        lambda: app.world.list(SCHEDULES)[0].get("status", {}).get("phase") == "Enabled",
        "Velero follows the schedule",
    )
    assert app.server() == server
    assert "client:backup" in str(app.run("list-clients").results)


def test_a_clients_backup_is_made_listed_restored_and_deleted(app: Application, shop: str) -> None:
    made = app.run("create-backup", target=f"{CLIENT}:backup").results
    backup = app.world.get(BACKUPS, made["name"])
    assert backup["status"]["phase"] == "Completed"
    assert made["name"] in str(app.run("list-backups", app=CLIENT).results)
    assert FIRST not in str(app.run("list-backups", app=CLIENT).results)
    lose(app, shop)
    app.run("restore", target=f"{CLIENT}:backup")
    all_there(app, shop)
    app.run("delete-backup", backup=made["name"], confirm=True)
    assert app.world.names(BACKUPS) == [FIRST]


def test_a_target_is_backed_up_when_the_option_says(app: Application, shop: str) -> None:
    app.ask(TARGET, {"include_namespaces": [shop]})
    app.juju.config(APP, {"k8s-backup-targets-schedule": "daily"})
    app.integrate(TARGETS, f"{TARGET}:target")
    app.world.eventually(lambda: len(app.world.list(SCHEDULES)) == 2, "its schedule is there")
    crons = sorted(each["spec"]["schedule"] for each in app.world.list(SCHEDULES))
    assert crons == ["0 2 * * *", "@daily"]
    app.separate(TARGETS, f"{TARGET}:target")
    app.world.eventually(lambda: len(app.world.list(SCHEDULES)) == 1, "its schedule is gone")


def test_diagnose_sees_velero_and_no_secret(app: Application, store: Store) -> None:
    results = app.run("diagnose", bundle=True).results
    text = gzip.decompress(base64.b64decode(results["bundle"])).decode()
    assert store.bucket in text
    for said in (text, str(results)):
        assert store.secret_key not in said


def test_prometheus_and_grafana_are_told(app: Application, shop: str) -> None:
    assert shop  # whose schedule the rules are for
    for ours, theirs in (("metrics-endpoint", "metrics"), ("grafana-dashboard", "dashboard")):
        app.integrate(ours, f"{TARGET}:{theirs}")
    told = f"{app.world.namespace}.svc:8085", "VeleroBackupOverdue", "dashboards"
    app.world.eventually(
        lambda: all(each in said_to(app, "metrics", "dashboard") for each in told),
        "both are told",
    )
    for ours, theirs in (("metrics-endpoint", "metrics"), ("grafana-dashboard", "dashboard")):
        app.separate(ours, f"{TARGET}:{theirs}")


def test_nothing_is_held_while_nothing_is_in_progress(app: Application) -> None:
    server = app.server()
    task = app.run("apply-held-changes")
    assert task.results["applied"] == "nothing was held"
    assert app.server() == server


def test_a_wrong_key_is_told_and_the_right_one_heals_without_a_restart(
    app: Application, store: Store
) -> None:
    server = app.server()
    right = {"access-key": store.access_key, "secret-key": store.secret_key}
    app.juju.update_secret(f"{STORE}-keys", {**right, "secret-key": "wrong"})
    app.world.eventually(lambda: app.phase() == "Unavailable", "Velero sees the wrong key")
    app.juju.update_secret(f"{STORE}-keys", right)
    app.world.eventually(lambda: app.phase() == "Available", "Velero sees the right key")
    app.until("active")
    assert app.server() == server


def test_three_units_and_one_again_are_one_velero(app: Application) -> None:
    server, backups = app.server(), app.world.names(BACKUPS)
    app.juju.add_unit(APP, num_units=2)
    app.until("active", units=3)
    others = [unit for unit in app.juju.status().apps[APP].units.values() if not unit.leader]
    assert {each.workload_status.message for each in others} == {"Standby"}
    assert app.server() == server
    app.juju.remove_unit(APP, num_units=2)
    app.until("active", units=1)
    assert (app.server(), app.world.names(BACKUPS)) == (server, backups)


def test_a_refresh_to_the_same_charm_restarts_no_velero(app: Application) -> None:
    server, backups = app.server(), app.world.names(BACKUPS)
    before = app.world.get("Pod", f"{APP}-0")["metadata"]["uid"]
    app.juju.refresh(APP, path=app.charms.operator)
    app.world.eventually(
        lambda: app.world.get("Pod", f"{APP}-0")["metadata"]["uid"] != before,
        "the charm's pod is replaced",
    )
    app.until("active")
    assert (app.server(), app.world.names(BACKUPS)) == (server, backups)


def test_storage_taken_away_and_given_back_loses_no_backup(app: Application) -> None:
    app.separate(S3, f"{STORE}:s3")
    app.until("blocked", "Missing storage")
    assert app.world.names("BackupStorageLocation") == []
    assert app.plugins() == []
    assert app.world.names(BACKUPS) == [FIRST]
    app.integrate(S3, f"{STORE}:s3")
    app.until("active")
    assert app.phase() == "Available"
    assert app.world.names(BACKUPS) == [FIRST]


def test_removed_it_leaves_nothing_but_the_bucket(app: Application, shop: str) -> None:
    app.juju.remove_application(CLIENT, TARGET, APP)
    app.juju.wait(lambda seen: set(seen.apps) == {STORE}, timeout=SECONDS)
    for kind, name in [
        ("Deployment", "velero"),
        ("Service", "velero-metrics"),
        ("ClusterRoleBinding", f"velero-{app.world.namespace}"),
    ]:
        assert app.world.find(kind, name) is None, name
    assert [
        name for name in app.world.names("CustomResourceDefinition") if name.endswith("velero.io")
    ] == []
    all_there(app, shop)


def test_installed_again_on_the_same_bucket_the_backups_are_back(
    app: Application, shop: str
) -> None:
    app.deploy(trust=True)
    app.until("blocked", "Missing storage")
    app.integrate(S3, f"{STORE}:s3")
    app.until("active")
    app.world.eventually(lambda: FIRST in app.world.names(BACKUPS), "the bucket's backup is known")
    lose(app, shop)
    app.run("restore", backup=FIRST)
    all_there(app, shop)
    assert app.world.list(RESTORES)[0]["status"]["phase"] == "Completed"


@pytest.mark.juju_teardown
def test_it_goes_for_good(app: Application) -> None:
    app.run("delete-backup", backup=FIRST, confirm=True)
    app.juju.remove_application(APP, STORE)
    app.juju.wait(lambda seen: not seen.apps, timeout=SECONDS, error=jubilant.any_error)
    assert app.world.find("Deployment", "velero") is None
