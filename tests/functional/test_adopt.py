"""Taking over a Velero that someone else installed: its backups go on."""

import base64
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.cluster import integrators
from tests.cluster.juju import ActionResult
from tests.cluster.proxy import ApiProxy
from tests.functional import installed
from tests.functional.api import BINDING, CRD, Object
from tests.functional.model import S3, Model
from tests.functional.shape import shape

from charm import VeleroOperatorCharm

ACTIVE = ("active", "")
ACCOUNT: Mapping[str, integrators.Field] = {
    "container": "backups",
    "storage-account": "acct",
    "secret-key": "a2V5",
}


@pytest.fixture
def model(proxied: Model) -> Model:
    """A model whose charm's requests can be counted."""
    return proxied


def blocked(model: Model) -> bool:
    status, message = model.unit()
    return status == "blocked" and "take it over with the action adopt" in message


def adopt(model: Model, *, force: bool = False) -> ActionResult:
    result = model.juju.run("adopt", confirm=True, force=force)
    assert not result.failed, result.message
    return result


def refused(model: Model) -> str:
    """Why the adoption was refused; nothing was changed by it."""
    before = model.api.versions()
    result = model.juju.run("adopt", confirm=True)
    assert result.failed
    changed = {key for key, version in model.api.versions().items() if before.get(key) != version}
    # The server validates and syncs its locations all the time
    assert {kind for kind, _ in changed} <= {"BackupStorageLocation", "BackupRepository"}
    return result.message


def writes_nothing(model: Model, proxy: ApiProxy) -> None:
    """The next hook finds nothing to do."""
    proxy.clear()
    model.juju.update_status()
    assert proxy.writes == [], [str(request) for request in proxy.writes]
    assert len(proxy.requests) <= 10


def password(model: Model) -> bytes:
    secret = model.api.get("Secret", "velero-repo-credentials")
    return base64.b64decode(secret["data"]["repository-password"])


def test_an_installation_by_the_cli_goes_on_with_its_backups_and_its_folder(
    model: Model, proxy: ApiProxy, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    installed.back_up(model)
    model.deploy()
    model.relate()
    assert blocked(model)
    before = password(model)

    preview = model.juju.run("adopt")
    assert "Deployment velero" in preview.results["found"]
    assert "add confirm=true" in preview.results["next"]
    assert "Secret cloud-credentials" in preview.results["stays"]
    assert blocked(model)

    result = adopt(model)
    assert model.unit() == ACTIVE
    writes_nothing(model, proxy)
    assert model.unit() == ACTIVE
    assert result.results["folder"] == f"{model.bucket}/team/a"
    assert model.location()["spec"]["objectStorage"]["prefix"] == "team/a"
    assert "old" in model.juju.run("list-backups").results["table"]
    assert installed.restored(model)["data"] == installed.SHOP["data"]
    model.succeed("backup create new --include-namespaces kube-public --wait")
    assert any(name.startswith("team/a/backups/new/") for name in model.bucket_files())

    stays = result.results["stays"]
    assert "kubectl delete secret cloud-credentials" in stays
    assert "well-known password" in stays
    assert "well-known password" in model.logged()
    assert model.api.find("Secret", "cloud-credentials")
    assert password(model) == before == b"static-passw0rd"


def test_the_old_pods_leave_nothing_in_the_new_ones(model: Model, tmp_path: Path) -> None:
    installed.install(model, tmp_path, "--use-node-agent")
    model.juju.deploy({"use-node-agent": True})
    model.relate()
    adopt(model)
    assert model.unit() == ACTIVE
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    assert [one["name"] for one in pod["initContainers"]] == ["plugin-velero-plugin-for-aws"]
    assert "cloud-credentials" not in str(pod)
    labels = model.api.get("DaemonSet", "node-agent")["metadata"]["labels"]
    assert labels["app.kubernetes.io/instance"] == f"{model.namespace}.velero-operator"


def test_the_former_charm_is_followed_in_the_root_of_its_bucket(
    model: Model, proxy: ApiProxy
) -> None:
    installed.former_charm(model)
    installed.back_up(model)
    # What Juju's webhook adds to all that a charm makes, and deletes together with the charm
    juju = {"metadata": {"labels": {"app.juju.is/created-by": "velero-operator"}}}
    model.api.patch(CRD, "backups.velero.io", juju)
    schedule: Object = {"metadata": {"name": "shop-backup-x1", "labels": {}}}
    schedule["metadata"]["labels"] = {"app": "shop", "endpoint": "backup", "model": "m1"}
    spec: Object = {"schedule": "0 2 * * *", "template": {}}
    model.api.create("Schedule", schedule | {"spec": spec})
    model.juju.deploy({"use-node-agent": True})
    model.relate()
    assert blocked(model)
    result = adopt(model)
    assert model.unit() == ACTIVE
    writes_nothing(model, proxy)
    assert model.location()["spec"]["objectStorage"]["prefix"] == ""
    assert installed.restored(model)["data"] == installed.SHOP["data"]
    stays = result.results["stays"]
    assert "Secret cloud-credentials is needed by VolumeSnapshotLocation default" in stays
    assert "Schedule shop-backup-x1 goes on making backups" in stays
    labels = model.api.get(CRD, "backups.velero.io")["metadata"]["labels"]
    assert "app.juju.is/created-by" not in labels


def test_the_folder_is_kept_when_the_storage_goes_and_comes_back(
    model: Model, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    model.deploy()
    model.relate()
    adopt(model)
    model.juju.break_relation(S3)
    model.relate()
    assert model.unit() == ACTIVE
    assert model.location()["spec"]["objectStorage"]["prefix"] == "team/a"
    model.juju.set_data(S3, path="of/its/own")
    assert model.location()["spec"]["objectStorage"]["prefix"] == "of/its/own"


def test_what_is_in_progress_is_not_interrupted_unless_forced(
    model: Model, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    model.deploy()
    model.relate()
    busy = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", busy)
    server = model.server()
    assert "In progress is Backup long" in refused(model)
    assert model.server() == server
    assert "force=true" in model.juju.run("adopt").results["next"]
    result = adopt(model, force=True)
    assert result.results["interrupted"] == "Backup long"
    assert "Interrupting Backup long" in result.log
    assert model.unit() == ACTIVE


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"bucket": "another"}, "the storage integrator's is another"),
        ({"path": "team/b"}, "folder is team/a, the storage integrator's is team/b"),
        ({"endpoint": "http://127.0.0.1:9"}, "the storage integrator's is http://127.0.0.1:9"),
        (None, "integrate a storage integrator for it first"),
    ],
    ids=["bucket", "folder", "address", "nothing"],
)
def test_a_location_that_leads_elsewhere_is_not_taken_from_its_backups(
    model: Model, tmp_path: Path, fields: dict[str, str] | None, why: str
) -> None:
    installed.install(model, tmp_path)
    model.deploy()
    if fields is not None:
        model.relate(**fields)
    spec = model.location()["spec"]
    message = refused(model)
    assert why in message
    assert model.location()["spec"] == spec
    assert "obstacles" in model.juju.run("adopt").results


def test_a_folder_that_the_integrator_names_alike_is_no_obstacle(
    model: Model, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    model.deploy()
    model.relate(path="/team/a/")
    adopt(model)
    assert model.unit() == ACTIVE
    assert model.location()["spec"]["objectStorage"]["prefix"] == "team/a"


def service(labels: Object) -> Object:
    return {
        "metadata": {"name": "velero-metrics", "labels": labels},
        "spec": {"ports": [{"port": 1}]},
    }


def binding(namespace: str) -> Object:
    who = {"kind": "ServiceAccount", "name": "someone", "namespace": "default"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    return {"metadata": {"name": f"velero-{namespace}"}, "roleRef": role, "subjects": [who]}


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({"app.kubernetes.io/managed-by": "Helm"}, "belongs to Helm"),
        (
            {
                "app.kubernetes.io/managed-by": "velero-operator",
                "app.kubernetes.io/instance": "m.other",
            },
            "belongs to m.other",
        ),
    ],
    ids=["helm", "application"],
)
def test_what_is_maintained_by_another_is_left_to_it(
    model: Model, labels: dict[str, str], why: str
) -> None:
    model.api.create("Service", service(labels))
    model.deploy()
    assert why in refused(model)


def test_a_server_of_another_name_is_an_obstacle_and_told_how_to_stop(
    model: Model, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    model.api.create("Deployment", installed.server(model, "team-backups"))
    model.deploy()
    model.relate()
    assert model.unit()[1].startswith("Deployment team-backups runs another Velero server; delete")
    preview = model.juju.run("adopt").results
    assert "Deployment team-backups" in preview["found"].splitlines()
    stop = f"kubectl delete deployment team-backups --namespace {model.namespace}"
    assert stop in preview["obstacles"]
    assert stop in refused(model)
    model.api.delete("Deployment", "team-backups")
    adopt(model)
    assert model.unit() == ACTIVE


def test_rights_that_others_have_are_not_taken_from_them(model: Model) -> None:
    name = f"velero-{model.namespace}"
    model.api.create(BINDING, binding(model.namespace))
    model.deploy()
    assert "gives rights to ServiceAccount default/someone" in refused(model)
    model.api.delete(BINDING, name)


def test_what_cannot_be_changed_is_replaced(model: Model) -> None:
    labels = {"deploy": "other"}
    pod = {"containers": [{"name": "velero", "image": "someone/else:v1"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    model.api.create("Deployment", {"metadata": {"name": "velero"}, "spec": spec})
    mine = binding(model.namespace)
    mine.pop("subjects")
    model.api.create(BINDING, mine)
    model.api.until(lambda: model.api.list("Pod"))
    model.deploy()
    adopt(model)
    model.relate()
    assert model.unit() == ACTIVE
    role = model.api.get(BINDING, f"velero-{model.namespace}")["roleRef"]
    assert role["name"] == "cluster-admin"
    assert all(one["metadata"]["labels"]["deploy"] == "velero" for one in model.api.list("Pod"))


def test_another_location_stays_and_is_the_default_no_more(
    model: Model, proxy: ApiProxy, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    store: Object = {"bucket": model.bucket, "prefix": "other"}
    spec: Object = {"provider": "aws", "default": True}
    spec["objectStorage"] = store
    model.api.create("BackupStorageLocation", {"metadata": {"name": "other"}, "spec": spec})
    model.deploy()
    model.relate()
    result = adopt(model)
    assert "BackupStorageLocation other stays as it is" in result.results["stays"]
    assert model.api.get("BackupStorageLocation", "other")["spec"]["objectStorage"] == store
    assert model.unit() == ACTIVE
    writes_nothing(model, proxy)
    assert model.location()["spec"]["default"] is True


def test_what_the_old_location_says_more_is_kept_but_not_for_another_provider(
    model: Model, tmp_path: Path
) -> None:
    installed.install(model, tmp_path)
    more: Object = {"spec": {"config": {"profile": "default"}, "backupSyncPeriod": "2m0s"}}
    model.api.patch("BackupStorageLocation", "default", more)
    model.deploy()
    model.relate()
    stays = adopt(model).results["stays"]
    assert "BackupStorageLocation default keeps its config keys profile" in stays
    name, message = model.unit()
    assert name == "active"
    assert message.startswith("BackupStorageLocation default has backupSyncPeriod, config.profile")
    spec = model.location()["spec"]
    assert (spec["config"]["profile"], spec["backupSyncPeriod"]) == ("default", "2m0s")
    model.juju.integrate("azure-storage", integrators.azure(ACCOUNT))
    model.juju.break_relation(S3)
    spec = model.location()["spec"]
    assert spec["provider"] == "azure"
    assert not spec["config"].keys() & {"profile", "s3Url", "region"}


def wipe(model: Model) -> None:
    """Take away what is installed, definitions aside."""
    gone = [key for key in model.api.everything() if key[0] != CRD]
    for kind, name in gone:
        model.api.delete(kind, name)
    model.api.until(lambda: not model.api.names() & set(gone))


def test_an_adoption_that_is_cut_off_anywhere_is_completed_by_the_next(
    model: Model, proxy: ApiProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No server: what is compared is what is applied
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)
    model.cluster.kubelet.pause()
    installed.apply(model, tmp_path)
    model.deploy()
    model.relate()
    adopt(model)
    # From now on the password comes back from Juju
    wipe(model)
    installed.apply(model, tmp_path)
    proxy.clear()
    adopt(model)
    writes = [n for n, request in enumerate(proxy.requests, 1) if request.writes]
    undisturbed = shape(model)
    for n in writes:
        wipe(model)
        installed.apply(model, tmp_path)
        proxy.clear()
        proxy.fail_at(n, "reset")
        model.juju.run("adopt", confirm=True)
        proxy.heal()
        assert any(request.fault for request in proxy.requests), n
        model.juju.update_status()
        model.juju.run("adopt", confirm=True)
        model.juju.update_status()
        assert shape(model) == undisturbed, f"cut off at request {n} of {writes}"


def test_without_anything_of_someone_else_there_is_nothing_to_adopt(model: Model) -> None:
    model.ready()
    before = model.api.versions()
    result = model.juju.run("adopt", confirm=True)
    assert not result.failed
    assert result.results["found"].startswith("nothing")
    assert model.api.versions() == before


def test_only_the_leader_adopts(model: Model) -> None:
    model.api.create("Service", service({}))
    model.deploy()
    model.juju.add_unit()
    result = model.juju.run("adopt", confirm=True, unit=1)
    assert result.failed
    assert result.message == "Only the leader changes Velero; run it on velero-operator/leader"
