"""One action says why it does not work, also where little works."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.juju import ActionResult
from tests.cluster.proxy import ApiProxy, Fault
from tests.functional import client
from tests.functional.api import POLICY, POLICY_BINDING
from tests.functional.model import Model
from tests.functional.trouble import (
    add_pod_with_unreachable_volume,
    orphaned_webhook,
    refuse_config_maps,
)

from charm import VeleroOperatorCharm

ASKING = ("/serverstatusrequests", "/downloadrequests")
"""What Velero is asked by; such requests are gone afterwards."""
Finding = dict[str, str]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is broken here does not come up by itself."""
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 5.0)


@pytest.fixture
def model(cluster: Cluster, namespace: str, proxy: ApiProxy) -> Iterator[Model]:
    kubeconfig = proxy.kubeconfig(cluster.admin_token)
    model = Model(cluster, namespace, units=2, kubeconfig=kubeconfig)
    yield model
    model.api.close()


@pytest.fixture
def ready(model: Model, shop: str) -> Model:
    """An active charm with one client, `shop:backup`, whose namespace holds something."""
    model.ready()
    client.fill(model.api, shop)
    client.relate(model, {"include_namespaces": [shop]})
    return model


class Doctor:
    """Runs the action, and sees to it that it changes nothing."""

    def __init__(self, model: Model, proxy: ApiProxy) -> None:
        self._model = model
        self._proxy = proxy

    def __call__(self, unit: int = 0, **params: Any) -> ActionResult:  # noqa: ANN401
        self._proxy.clear()
        result = self._model.juju.run("diagnose", params, unit=unit)
        assert not result.failed, result.message
        for request in self._proxy.writes:
            assert any(asked in request.path for asked in ASKING), request
        assert self._model.api.list("ServerStatusRequest") == []
        assert self._model.api.list("DownloadRequest") == []
        return result

    def findings(self, unit: int = 0) -> list[Finding]:
        result = self(unit)
        found: list[Finding] = [*result.results.get("problem", {}).values()]
        assert result.results["problems"] == str(len(found))
        for each in found:
            assert all(each.values()), each
            assert each["what"] in result.results["report"]
            assert each["next-step"] in result.results["report"]
        return found

    def only(self, unit: int = 0) -> Finding:
        found = self.findings(unit)
        assert len(found) == 1, json.dumps(found, indent=1)
        return found[0]


def judged_bad(model: Model) -> None:
    """Wait until Velero has found that it cannot use the location."""
    model.api.until(lambda: model.location_phase() == "Unavailable")


@pytest.fixture
def doctor(model: Model, proxy: ApiProxy) -> Doctor:
    return Doctor(model, proxy)


def test_a_program_gets_one_document(model: Model, doctor: Doctor) -> None:
    model.deploy()
    model.relate(secret_key="wrong")
    judged_bad(model)
    results = doctor(format="json").results
    answer = json.loads(results["json"])
    assert [each["cause"] for each in answer["problems"]] == ["secret-key-wrong"]
    assert answer["complete"]
    assert answer["versions"]["server"] == "v1.18.3"
    assert set(results) == {"summary", "problems", "json"}


@pytest.mark.parametrize("unit", [0, 1])
def test_where_nothing_is_wrong_every_unit_says_so(
    model: Model, doctor: Doctor, unit: int
) -> None:
    model.ready()
    result = doctor(unit)
    assert result.results["problems"] == "0", result.results["report"]
    assert result.results["summary"] == "Nothing is wrong as far as can be seen from here"
    version = result.results["version"]
    assert version["cli"] == version["server"] == version["image"] == "v1.18.3"
    assert version["definitions"] == "v1.18.3"
    assert version["plugins"] == "velero-plugin-for-aws v1.14.3"
    assert version["loaded"] == "velero.io/aws"
    report = result.results["report"]
    assert "default: Available, checked " in report
    assert "trusted: yes" in report
    assert ": ready, Running, 0 restarts" in report
    assert "Not looked at" not in report


@pytest.mark.parametrize(
    ("fields", "said", "meaning"),
    [
        ({"secret_key": "wrong"}, "SignatureDoesNotMatch", "secret key is not the one"),
        ({"access_key": "nobody"}, "XAdminUserNotFound", "does not know the access key"),
        ({"bucket": "not-there"}, "NoSuchBucket", "no bucket of this name"),
        ({"endpoint": "http://127.0.0.1:9"}, "connection refused", "Nothing answers"),
        ({"endpoint": "http://nowhere.invalid"}, "lookup nowhere.invalid", "cannot be resolved"),
    ],
)
def test_a_location_that_cannot_be_used_is_explained(
    model: Model, doctor: Doctor, fields: dict[str, str], said: str, meaning: str
) -> None:
    model.deploy()
    model.relate(**fields)
    judged_bad(model)
    found = doctor.only()
    assert found["what"].startswith("Storage location default is Unavailable: ")
    assert said in found["what"]
    assert meaning in found["meaning"]
    assert found["where"] == "BackupStorageLocation default"
    assert "storage integrator" in found["next-step"]


def test_a_store_with_an_unknown_authority_is_explained(model: Model, doctor: Doctor) -> None:
    model.deploy()
    store = model.cluster.tls_store()
    store.create_bucket(model.bucket)
    keys = {"access_key": store.access_key, "secret_key": store.secret_key}
    model.relate(endpoint=store.endpoint, **keys)
    judged_bad(model)
    found = doctor.only()
    assert "x509: certificate signed by unknown authority" in found["what"]
    assert "tls-ca-chain" in found["next-step"]


def test_a_folder_with_foreign_directories_is_explained(model: Model, doctor: Doctor) -> None:
    folder = model.cluster.store.bucket_path(model.bucket) / "mine"
    for name in ("photos", "music"):
        (folder / name).mkdir(parents=True)
        (folder / name / "one").write_text("x")
    model.deploy()
    model.relate(path="mine")
    judged_bad(model)
    found = doctor.only()
    assert "invalid top-level directories" in found["what"]
    assert "[music photos]" in found["meaning"]
    assert "path" in found["next-step"]


def test_without_storage_it_says_what_to_integrate(model: Model, doctor: Doctor) -> None:
    model.deploy()
    found = doctor.only()
    assert found["what"].startswith("Missing storage")
    assert "juju integrate velero-operator:s3-credentials" in found["next-step"]


def test_a_wrong_option_is_named_and_the_rest_is_looked_at(model: Model, doctor: Doctor) -> None:
    model.ready()
    model.juju.config(default_backup_ttl="nonsense")
    found = doctor.only()
    assert found["what"].startswith("Invalid option default-backup-ttl")
    assert "--reset default-backup-ttl" in found["next-step"]


def test_an_image_that_cannot_be_had_is_explained(model: Model, doctor: Doctor) -> None:
    model.ready()
    model.cluster.kubelet.fail_image("velero/velero:v1.18.99")
    model.juju.config(velero_image="velero/velero:v1.18.99")
    found = doctor.findings()
    assert "Velero server is not ready: ImagePullBackOff" in found[0]["what"]
    assert found[0]["where"] == "Deployment velero"
    assert "image-pull-secrets" in found[0]["next-step"]


def test_a_server_that_does_not_start_is_explained_by_its_last_words(
    model: Model, doctor: Doctor
) -> None:
    model.ready()
    deployment = model.api.get("Deployment", "velero")
    pod = deployment["spec"]["template"]["spec"]
    pod["containers"][0]["args"].append("--no-such-flag")
    model.api.patch("Deployment", "velero", {"spec": {"template": {"spec": pod}}})
    model.api.until(lambda: _waits(model) == "CrashLoopBackOff")
    result = doctor()
    found = [*result.results["problem"].values()]
    assert "unknown flag: --no-such-flag" in found[0]["what"]
    assert "extra-server-args" in found[0]["next-step"]
    assert "unknown flag" in result.results["report"].partition("Last lines of logs")[2]


def _waits(model: Model) -> str:
    pods = model.api.list("Pod")
    states = [c["state"] for p in pods for c in p["status"].get("containerStatuses", ())]
    return next((s["waiting"]["reason"] for s in states if "waiting" in s), "")


def test_a_server_that_came_back_is_remembered(model: Model, doctor: Doctor) -> None:
    model.ready()
    model.cluster.kubelet.kill_server(model.namespace)
    pods = model.api.list
    model.api.until(
        lambda: (
            (c := pods("Pod")[0]["status"]["containerStatuses"][0])["restartCount"] and c["ready"]
        ),
        60,
    )
    found = doctor.only()
    assert "was restarted 1 times: Error, exit code 137" in found["what"]


def test_a_backup_that_failed_is_explained_until_a_later_one_succeeds(
    ready: Model, shop: str, doctor: Doctor
) -> None:
    add_pod_with_unreachable_volume(ready, shop)
    bad = ready.juju.run("create-backup", target="shop:backup").results["name"]
    found = doctor.only()
    assert found["what"].startswith(f"Backup {bad} is PartiallyFailed: ")
    assert "db" in found["what"]
    assert "node agent" in found["meaning"]
    assert "use-node-agent=true" in found["next-step"]
    ready.api.delete("Pod", "db", shop)
    ready.api.until(lambda: ready.api.find("Pod", "db", shop) is None)
    began = ready.api.get("Backup", bad)["status"]["startTimestamp"]
    # Velero counts in seconds: what begins in the same one is not known to be later
    ready.api.until(lambda: f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%SZ}" > began)
    good = ready.juju.run("create-backup", target="shop:backup").results["name"]
    result = doctor()
    assert result.results["problems"] == "0", result.results["report"]
    assert f"Completed since then: {good}" in result.results["report"]


def test_a_restore_that_was_refused_is_explained_with_its_objects_in_groups(
    ready: Model, shop: str, doctor: Doctor
) -> None:
    name = ready.juju.run("create-backup", target="shop:backup").results["name"]
    ready.api.delete("Namespace", shop)
    ready.api.until(lambda: ready.api.find("Namespace", shop) is None)
    refuse_config_maps(ready.api, shop)
    try:
        ready.juju.run("restore", backup=name)
    finally:
        ready.api.delete(POLICY_BINDING, shop)
        ready.api.delete(POLICY, shop)
    found = doctor.only()
    assert "not in this shop" in found["what"]
    assert "(and 2 more like it)" in found["what"]
    assert "A rule of the cluster" in found["meaning"]


def test_a_webhook_whose_service_is_gone_is_no_failed_hook(
    ready: Model, shop: str, doctor: Doctor
) -> None:
    name = ready.juju.run("create-backup", target="shop:backup").results["name"]
    ready.api.delete("Namespace", shop)
    ready.api.until(lambda: ready.api.find("Namespace", shop) is None)
    with orphaned_webhook(ready.api, shop):
        ready.juju.run("restore", backup=name)
    found = doctor.only()
    assert found["cause"] == "webhook-unreachable"
    assert "rules.example.com" in found["meaning"]
    assert "validatingwebhookconfigurations" in found["next-step"]


def test_an_archive_that_a_rule_of_the_bucket_deleted_is_no_missing_bucket(
    ready: Model, doctor: Doctor
) -> None:
    name = ready.juju.run("create-backup", target="shop:backup").results["name"]
    bucket = ready.cluster.store.bucket_path(ready.bucket)
    [archive] = bucket.rglob(f"{name}.tar.gz")
    archive.unlink()
    ready.juju.run("restore", backup=name)
    found = doctor.only()
    assert found["cause"] == "object-gone"
    assert "lifecycle rule" in found["meaning"]
    assert "list-backups" in found["next-step"]


def test_a_store_that_may_only_be_read_is_not_one_that_cannot_be_listed(
    ready: Model, doctor: Doctor
) -> None:
    with ready.cluster.store.read_only():
        ready.juju.run("create-backup", target="shop:backup")
        found = doctor.only()
    assert found["cause"] == "may-not-write"
    assert "not write" in found["meaning"]


def test_a_backup_without_storage_is_not_missing_itself(model: Model, doctor: Doctor) -> None:
    model.deploy()
    spec: dict[str, Any] = {"includedNamespaces": ["shop"]}
    model.api.create("Backup", {"metadata": {"name": "early"}, "spec": spec})
    model.api.until(lambda: model.api.get("Backup", "early").get("status", {}).get("phase"))
    model.relate()
    model.api.until(lambda: model.location_phase() == "Available")
    found = doctor.only()
    assert found["what"].startswith("Backup early is FailedValidation")
    assert found["cause"] == "location-gone"


def test_with_the_store_down_it_says_so_and_what_it_could_not_fetch(
    ready: Model, shop: str, doctor: Doctor
) -> None:
    add_pod_with_unreachable_volume(ready, shop)
    ready.juju.run("create-backup", target="shop:backup")
    ready.cluster.store.stop()
    # As if the minute had passed after which Velero looks again
    ready.api.patch("BackupStorageLocation", "default", {"status": {"lastValidationTime": None}})
    ready.api.until(lambda: ready.location()["status"]["phase"] == "Unavailable", 120)
    result = doctor()
    first, second = result.results["problem"].values()
    assert "connection refused" in first["what"]
    assert second["what"].startswith("Backup ")
    missed = [*result.results["not-reached"].values()]
    assert missed == ["the errors of single objects in backups and restores"]
    assert "cannot be reached from the charm" in result.results["report"]


def test_with_the_api_server_down_it_says_what_juju_knows(
    model: Model, doctor: Doctor, proxy: ApiProxy
) -> None:
    model.deploy()
    proxy.down()
    result = model.juju.run("diagnose")
    assert not result.failed, result
    first, second = result.results["problem"].values()
    assert first["where"] == "Kubernetes API"
    assert "cannot reach the cluster's API server" in first["meaning"]
    assert second["what"].startswith("Missing storage")
    assert "everything else in the cluster" in result.results["not-reached"].values()
    proxy.up()
    assert doctor.only()["what"].startswith("Missing storage")


@pytest.mark.parametrize("fault", [500, "truncated", "not-json", 403])
def test_one_question_that_fails_leaves_the_answers_to_the_others(
    model: Model, doctor: Doctor, proxy: ApiProxy, fault: Fault
) -> None:
    model.ready()
    doctor()
    count = len(proxy.requests)
    for n in range(1, count + 1, 4):
        proxy.clear()
        proxy.fail_at(n, fault)
        result = model.juju.run("diagnose")
        proxy.heal()
        assert not result.failed, (n, result)
        assert "Kubernetes API" not in [
            each["where"] for each in result.results.get("problem", {}).values()
        ]
        broken = next(request for request in proxy.requests if request.fault)
        missed = result.results.get("not-reached", {})
        assert missed or broken.verb in {"watch", "delete"}, broken
        assert len(missed) <= 2, (broken, missed)
        assert "velero" in result.results["report"].partition("Velero\n")[2], broken


def test_without_trust_it_says_so_and_looks_at_what_it_may(
    cluster: Cluster, namespace: str
) -> None:
    guest = Model(cluster, namespace, kubeconfig=cluster.kubeconfig_for("charm"))
    guest.deploy()
    result = guest.juju.run("diagnose")
    assert not result.failed, result
    found = [*result.results["problem"].values()]
    assert found[0]["what"].startswith("Trust is missing")
    assert found[0]["next-step"] == "juju trust velero-operator --scope=cluster"
    assert "the backups" in result.results["not-reached"].values()
    guest.api.close()


def test_a_node_that_cannot_be_reached_costs_only_its_logs(model: Model, doctor: Doctor) -> None:
    model.ready()
    model.cluster.kubelet.cut_off()
    result = doctor()
    assert result.results["problems"] == "0"
    [missed] = result.results["not-reached"].values()
    assert missed.startswith("the log of velero-")
    assert "not everything could be looked at" in result.results["summary"]


def test_what_somebody_deleted_or_changed_is_named(model: Model, doctor: Doctor) -> None:
    model.ready()
    bindings = model.api.list("ClusterRoleBinding")
    name = next(n for n in (b["metadata"]["name"] for b in bindings) if n.startswith("velero"))
    model.api.delete("ClusterRoleBinding", name)
    found = [each["what"] for each in doctor.findings()]
    assert f"ClusterRoleBinding {name} is missing" in found
    model.juju.update_status()
    assert doctor.findings() == []
    changed = {"spec": {"selector": {"deploy": "other"}}}
    model.api.patch("Service", "velero-metrics", changed)
    assert doctor.only()["what"] == "Service velero-metrics is not as it should be"


def test_a_change_that_waits_is_named(model: Model, doctor: Doctor) -> None:
    model.ready()
    backup = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", backup)
    model.juju.config(velero_image="r.example/velero:v1.18.4")
    found = doctor.only()
    assert found["what"] == "A change of the Velero server waits for Backup long"
    assert "apply-held-changes" in found["next-step"]
    assert "Backup long: InProgress" in doctor().results["report"]


def test_a_schedule_that_did_not_run_is_named_with_what_it_waits_for(
    ready: Model, shop: str, doctor: Doctor
) -> None:
    spec = {"include_namespaces": [shop], "schedule": "@every 1h", "skip_immediately": True}
    client.relate(ready, spec, app="late")
    [schedule] = ready.api.list("Schedule")
    name = schedule["metadata"]["name"]
    assert "due 20" in doctor().results["report"]
    before = {
        "metadata": {"name": "before", "labels": {"velero.io/schedule-name": name}},
        "spec": {},
        "status": {"phase": "InProgress"},
    }
    ready.api.create("Backup", before)
    ready.api.patch("Schedule", name, {"status": {"lastBackup": "2026-01-01T00:00:00Z"}})
    ready.api.patch("Schedule", name, {"status": {"lastSkipped": None}})
    found = doctor.only()
    assert found["what"] == f"Schedule {name} was due at 2026-01-01 01:00 UTC and has not run"
    assert "before the one before, before, has ended" in found["meaning"]
    assert "backup describe before" in found["next-step"]


def test_pods_that_the_namespace_forbids_are_explained(model: Model, doctor: Doctor) -> None:
    model.ready()
    level = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}
    model.api.patch("Namespace", model.namespace, level)
    model.juju.config(use_node_agent=True)
    found = doctor.only()
    assert found["what"].startswith("Node agent is ready on 0 of 1 nodes: FailedCreate: ")
    assert 'violates PodSecurity "baseline' in found["what"]
    assert "set-pod-security-labels=true" in found["next-step"]
