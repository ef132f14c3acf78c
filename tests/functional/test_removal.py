"""Removing the application: nothing of ours stays, and nothing is lost."""

import errno
import logging
import subprocess

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy
from tests.functional.api import CRD, Object
from tests.functional.model import S3, Model
from tests.functional.trouble import unchangeable

from velero.removal import removing

BY_HAND = (
    "to delete them all, with every Velero object of the cluster: "
    "kubectl delete crd --selector component=velero"
)
VOLUME: Object = {"backupStorageLocation": "default", "node": "n", "tags": {}}
POD: Object = {"kind": "Pod", "name": "p", "namespace": "shop"}
SPECS: dict[str, Object] = {
    "Backup": {},
    "PodVolumeBackup": VOLUME
    | {"pod": POD, "volume": "v", "repoIdentifier": "", "uploaderType": "kopia"},
    "DataUpload": {
        "backupStorageLocation": "default",
        "operationTimeout": "10m0s",
        "snapshotType": "CSI",
        "sourceNamespace": "shop",
        "sourcePVC": "p",
    },
    "BackupRepository": {
        "backupStorageLocation": "default",
        "volumeNamespace": "shop",
        "repositoryType": "kopia",
        "maintenanceFrequency": "1h0m0s",
        "resticIdentifier": "",
    },
}
NEEDY = ("BackupRepository", "PodVolumeBackup", "DataUpload")
PASSWORD = "velero-repo-credentials"
DAILY: Object = {"spec": {"schedule": "@daily", "template": {}}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait seconds where a minute would be waited."""
    monkeypatch.setattr(removing, "PATIENCE", 5.0)


def kept(reason: str) -> str:
    return f"WARNING The Velero definitions and objects stay: {reason}; {BY_HAND}"


def used(model: Model) -> dict[str, bytes]:
    """A model with a backup and a restore of it; returns what is in the bucket."""
    model.ready()
    model.succeed("backup create b1 --include-namespaces kube-public --wait")
    model.succeed("restore create r1 --from-backup b1 --wait")
    assert model.api.get("Restore", "r1")["metadata"]["finalizers"]
    return model.bucket_files()


def remains(model: Model) -> list[str]:
    return sorted(f"{kind} {name}" for kind, name in model.api.everything())


def without_warning(model: Model) -> None:
    assert all(not event.log for event in model.juju.history), model.logged()


def test_nothing_of_ours_stays_and_the_bucket_is_as_it_was(model: Model) -> None:
    files = used(model)
    before = model.api.get("Namespace", model.namespace)
    model.juju.remove()
    assert remains(model) == []
    assert model.api.list("Pod") == []
    assert model.bucket_files() == files
    assert model.api.get("Namespace", model.namespace) == before
    without_warning(model)


def test_removal_needs_no_velero_cli(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOEXEC, "Exec format error")

    model.ready()
    monkeypatch.setattr(subprocess, "run", fail)
    model.juju.remove()
    assert remains(model) == []
    without_warning(model)


def test_after_a_new_install_the_backups_are_back_and_can_be_restored(model: Model) -> None:
    used(model)
    model.juju.remove()
    model.ready()
    # Velero looks for backups when it starts, and every minute
    model.cluster.kubelet.kill_server(model.namespace)
    model.api.until(lambda: model.api.find("Backup", "b1"), 90)
    result = model.succeed("restore create again --from-backup b1 --wait")
    assert result.results["phase"] == "Completed"


def test_without_storage_everything_goes_as_well(model: Model) -> None:
    model.deploy()
    model.juju.remove()
    assert remains(model) == []
    without_warning(model)


def test_a_charm_that_never_installed_removes_nothing_and_says_nothing(model: Model) -> None:
    model.deploy({"velero-image": "no image"})
    model.juju.remove()
    assert remains(model) == [] or all(name.startswith(CRD) for name in remains(model))
    without_warning(model)


def test_objects_in_another_namespace_keep_the_definitions(model: Model) -> None:
    used(model)
    model.api.create("Namespace", {"metadata": {"name": "elsewhere"}})
    theirs: Object = {"metadata": {"name": "theirs"}, "spec": {}, "status": {"phase": "Completed"}}
    model.api.create("Backup", theirs, "elsewhere")
    model.juju.remove()
    assert kept("Backup theirs is in namespace elsewhere") in model.logged()
    stay = {"Backup b1", "Restore r1"}
    assert {name for name in remains(model) if not name.startswith(CRD)} == stay
    assert len(model.api.list(CRD)) == 13
    # What stays must not hang when a person deletes it: nobody answers finalizers any more
    model.api.delete("Restore", "r1")
    assert model.api.find("Restore", "r1") is None
    model.api.delete("Backup", "theirs", "elsewhere")
    model.api.delete("Namespace", "elsewhere")


def test_delete_does_not_delete_what_is_in_another_namespace(model: Model) -> None:
    model.deploy({"crds-on-remove": "delete"})
    model.api.create("Schedule", {"metadata": {"name": "theirs"}} | DAILY, "default")
    model.juju.remove()
    assert kept("Schedule theirs is in namespace default") in model.logged()
    assert model.api.find("Schedule", "theirs", "default")
    model.api.delete("Schedule", "theirs", "default")


@pytest.mark.parametrize(
    ("kind", "obj", "reason"),
    [
        ("Schedule", DAILY, "Schedule mine was made by hand"),
        (
            "BackupStorageLocation",
            {"spec": {"provider": "aws", "objectStorage": {"bucket": "b"}}},
            "BackupStorageLocation mine was made by hand",
        ),
        (
            "Backup",
            {"spec": {}, "status": {"phase": "WaitingForPluginOperations"}},
            "Backup mine is not finished",
        ),
        ("DeleteBackupRequest", {"spec": {"backupName": "x"}}, "DeleteBackupRequest mine"),
    ],
    ids=["schedule", "location", "backup", "deletion"],
)
def test_what_the_bucket_would_not_bring_back_keeps_the_definitions(
    model: Model, monkeypatch: pytest.MonkeyPatch, kind: str, obj: Object, reason: str
) -> None:
    monkeypatch.setattr(removing, "PATIENCE", 2.0)
    model.deploy()
    model.api.patch("Deployment", "velero", {"spec": {"replicas": 0}})
    model.api.until(lambda: not model.api.list("Pod"))
    model.api.create(kind, obj | {"metadata": {"name": "mine"}})
    model.juju.remove()
    assert reason in model.logged()
    assert BY_HAND in model.logged()
    assert model.api.find(kind, "mine")
    assert model.api.find("Deployment", "velero") is None


def test_delete_takes_what_was_made_by_hand_in_the_model(model: Model) -> None:
    model.deploy({"crds-on-remove": "delete"})
    model.api.create("Schedule", {"metadata": {"name": "mine"}} | DAILY)
    model.juju.remove()
    assert remains(model) == []


def test_keep_keeps_definitions_and_backups(model: Model) -> None:
    model.deploy({"crds-on-remove": "keep"})
    model.api.create("Backup", {"metadata": {"name": "b1"}, "status": {"phase": "Completed"}})
    model.juju.remove()
    assert kept("crds-on-remove is keep") in model.logged()
    assert len(model.api.list(CRD)) == 13
    assert model.api.find("Backup", "b1")


def test_a_wrong_option_keeps_rather_than_guesses(model: Model) -> None:
    model.ready()
    model.juju.config(velero_image="not an image", crds_on_remove="keep")
    model.juju.remove()
    assert len(model.api.list(CRD)) == 13
    assert model.api.find("Deployment", "velero") is None
    assert model.storage_secrets() == []


def needy(model: Model, kind: str) -> None:
    """Something that needs the repositories' password, and that is over."""
    phase = "Ready" if kind == "BackupRepository" else "Completed"
    over: Object = {"spec": SPECS[kind], "status": {"phase": phase}}
    model.api.create(kind, over | {"metadata": {"name": "needy"}})


def without_needy(model: Model) -> bool:
    return not any(model.api.list(kind) for kind in NEEDY)


@pytest.mark.parametrize("kind", NEEDY)
def test_the_repositories_password_stays_while_something_needs_it(model: Model, kind: str) -> None:
    model.ready()
    needy(model, kind)
    model.juju.remove()
    assert remains(model) == [f"Secret {PASSWORD}"]
    note = (
        f"Secret {PASSWORD} stays, on every removal: file-system backups in the bucket need its "
        f"password; once you have none left: kubectl delete secret {PASSWORD} --namespace "
        f"{model.namespace}"
    )
    assert note in model.logged()


def test_the_repositories_password_stays_when_nothing_tells_any_more_that_it_is_needed(
    model: Model,
) -> None:
    model.ready()
    password = model.api.get("Secret", PASSWORD)["data"]
    needy(model, "BackupRepository")
    model.juju.remove()
    model.ready()
    assert without_needy(model)
    assert model.api.get("Secret", PASSWORD)["data"] == password
    model.juju.remove()
    assert remains(model) == [f"Secret {PASSWORD}"]
    assert model.api.get("Secret", PASSWORD)["data"] == password


def test_a_password_that_cannot_be_marked_stays_with_all_that_tells_that_it_is_needed(
    model: Model,
) -> None:
    model.ready()
    needy(model, "BackupRepository")
    with unchangeable(model, PASSWORD):
        model.juju.remove()
    assert kept("whether file-system backups need their password is not known") in model.logged()
    assert model.api.find("BackupRepository", "needy")
    assert {name for name in remains(model) if not name.startswith(CRD)} == {
        "BackupRepository needy",
        f"Secret {PASSWORD}",
    }


@pytest.mark.parametrize("way", ["killed", "scaled to nothing", "deleted"])
def test_a_dead_server_does_not_hold_the_removal_up(model: Model, way: str) -> None:
    files = used(model)
    if way == "killed":
        model.cluster.kubelet.kill_server(model.namespace)
    elif way == "deleted":
        model.api.delete("Deployment", "velero")
    else:
        model.api.patch("Deployment", "velero", {"spec": {"replicas": 0}})
        model.api.until(lambda: not model.api.list("Pod"))
    model.juju.remove()
    assert remains(model) == []
    assert model.bucket_files() == files


def without_server(model: Model) -> None:
    model.api.patch("Deployment", "velero", {"spec": {"replicas": 0}})
    model.api.until(lambda: not model.api.list("Pod"))


def test_a_definition_that_is_being_deleted_does_not_hold_the_removal_up(model: Model) -> None:
    files = used(model)
    without_server(model)
    # The restore's finalizer, which nobody answers any more, holds its definition
    model.api.delete(CRD, "restores.velero.io")
    held = model.api.get(CRD, "restores.velero.io")
    assert held["metadata"]["deletionTimestamp"]
    model.juju.remove()
    assert remains(model) == []
    assert model.bucket_files() == files
    without_warning(model)


@pytest.mark.parametrize("kind", ["Backup", "PodVolumeBackup", "DataUpload"])
def test_finalizers_that_nobody_answers_do_not_hold_the_removal_up(
    model: Model, kind: str
) -> None:
    model.ready()
    without_server(model)
    metadata = {"name": "held", "finalizers": ["velero.io/nobody-answers"]}
    over: Object = {"metadata": metadata, "spec": SPECS[kind], "status": {"phase": "Completed"}}
    model.api.create(kind, over)
    model.api.delete(kind, "held")
    assert model.api.get(kind, "held")["metadata"]["deletionTimestamp"]
    model.juju.remove()
    assert remains(model) == ([f"Secret {PASSWORD}"] if kind in NEEDY else [])


@pytest.mark.parametrize("kind", ["Backup", "Restore"])
def test_an_operation_that_does_not_end_is_waited_for_within_bounds(
    model: Model, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(removing, "PATIENCE", 2.0)
    model.ready()
    spec = {"backupName": "x"} if kind == "Restore" else {}
    busy = {"metadata": {"name": "endless"}, "spec": spec, "status": {"phase": "InProgress"}}
    model.api.create(kind, busy)
    model.juju.remove()
    assert kept(f"{kind} endless is not finished") in model.logged()
    assert model.api.get(kind, "endless")["status"]["phase"] == "InProgress"
    assert model.api.find("Deployment", "velero") is None
    assert model.storage_secrets() == []


def test_a_server_that_does_not_end_keeps_the_definitions_and_the_bucket(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removing, "PATIENCE", 2.0)
    files = used(model)
    (pod,) = model.api.list("Pod")
    name = pod["metadata"]["name"]
    model.api.patch("Pod", name, {"metadata": {"finalizers": ["test.example/stays"]}})
    with model.events() as events:
        model.juju.remove()
    assert max(event.seconds for event in events) < 30
    assert f"Pod {name} is still there after 2 s" in model.logged()
    assert kept("the Velero server may still run") in model.logged()
    assert model.bucket_files() == files
    model.api.patch("Pod", name, {"metadata": {"finalizers": None}})


def test_a_running_backup_may_end_before_the_server_goes(model: Model) -> None:
    model.ready()
    model.succeed("backup create b1 --include-namespaces kube-public")
    model.juju.remove()
    assert remains(model) == []
    assert any(name.endswith("velero-backup.json") for name in model.bucket_files())


def test_three_units_become_one_and_nothing_happens_to_velero(model: Model) -> None:
    model.ready()
    model.juju.add_unit()
    model.juju.add_unit()
    versions, server = model.api.versions(), model.server()
    model.juju.remove_unit()
    model.juju.remove_unit()
    assert model.api.versions() == versions
    assert model.server() == server
    assert model.unit() == ("active", "")


def test_a_leader_that_leaves_writes_nothing(cluster: Cluster, namespace: str) -> None:
    with ApiProxy(cluster.url, cluster.ca, cluster.admin_token) as proxy:
        model = Model(cluster, namespace, kubeconfig=proxy.kubeconfig(cluster.admin_token))
        model.ready()
        model.juju.add_unit()
        model.juju.elect(1)
        proxy.clear()
        with model.events() as events:
            model.juju.remove_unit()
        gone = [event.name for event in events if event.unit == "velero-operator/1"]
        assert f"{S3}-relation-broken" in gone
        assert "remove" in gone
        assert proxy.writes == [], [str(request) for request in proxy.writes]
        assert model.unit() == ("active", "")
        model.api.close()


def test_of_several_units_one_removes_everything(model: Model) -> None:
    model.ready()
    model.juju.add_unit()
    model.juju.elect(1)
    model.juju.remove()
    assert remains(model) == []
    without_warning(model)


def test_no_secret_is_logged_on_the_way(model: Model, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    used(model)
    model.juju.break_relation(S3)
    model.juju.remove()
    assert caplog.text
    assert model.cluster.store.secret_key not in caplog.text
