"""Whose labels and owners our objects have, on a model with Juju's admission webhook at work."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.modeloperator import CREATED_BY, DISABLED, MANAGED_BY, Leavings, ModelOperator
from tests.cluster.proxy import ApiProxy
from tests.functional.api import BINDING, CRD, Object
from tests.functional.client import relate
from tests.functional.model import APP, S3, USER, Model

from velero.kubernetes import cluster as client

OTHER_USER, OTHER_APP = "other-charm", "other-velero"
OWN = "velero-operator"
PASSWORD = ("Secret", "velero-repo-credentials")
GOES = {BINDING, "ConfigMap", "DaemonSet", "Deployment", "Secret", "Service", "ServiceAccount"}
OWNED = {"ConfigMap", "Secret"}
CONFIG = {"use-node-agent": True, "repository-config": '{"cacheLimitMB": 2048}'}
THEIRS: Object = {"metadata": {"name": "theirs"}, "spec": {}, "status": {"phase": "Completed"}}


@pytest.fixture
def operator(cluster: Cluster, namespace: str) -> Iterator[ModelOperator]:
    """Juju's webhook, which knows two users as applications; both are trusted."""
    users = {USER: APP, OTHER_USER: OTHER_APP}
    for user in users:
        cluster.set_trusted(user, trusted=True)
    with ModelOperator(cluster, namespace, users) as operator:
        yield operator
    for user in users:
        cluster.set_trusted(user, trusted=False)


@pytest.fixture
def model(cluster: Cluster, namespace: str, operator: ModelOperator) -> Iterator[Model]:
    """A model whose charm is known to the webhook."""
    assert operator.model == namespace
    model = Model(cluster, namespace, kubeconfig=cluster.kubeconfig_for(USER))
    yield model
    model.api.close()


def labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels", {})


def installed(model: Model) -> None:
    model.deploy(CONFIG)
    model.relate()
    relate(model, {"include_namespaces": [model.namespace], "schedule": "0 2 * * *"})
    assert model.unit() == ("active", "")


def made_by_juju(model: Model, app: str, name: str) -> None:
    """Label every definition as what another application in a model of that name made."""
    juju = {CREATED_BY: app, "model.juju.is/name": name, MANAGED_BY: "juju", DISABLED: None}
    for crd in model.api.list(CRD):
        change: Object = {"metadata": {"labels": juju}}
        model.api.patch(CRD, crd["metadata"]["name"], change)


def test_what_goes_with_the_application_is_juju_s_and_what_outlives_it_is_not(
    model: Model,
) -> None:
    installed(model)
    objects = model.api.everything()
    assert {kind for kind, _ in objects} >= GOES | OWNED | {CRD}
    account = objects["ServiceAccount", "velero"]
    for key, obj in objects.items():
        found = labels(obj)
        if key == PASSWORD or key[0] == CRD:
            assert (found[MANAGED_BY], found[DISABLED]) == (OWN, "true"), key
            assert CREATED_BY not in found, key
            assert "ownerReferences" not in obj["metadata"], key
        elif key[0] in GOES:
            assert (found[MANAGED_BY], found[CREATED_BY]) == ("juju", APP), key
        if key[0] in OWNED and key != PASSWORD:
            (owner,) = obj["metadata"]["ownerReferences"]
            assert owner["uid"] == account["metadata"]["uid"], key
        elif key[0] in {"BackupStorageLocation", "Schedule"}:
            assert "ownerReferences" not in obj["metadata"], "they outlast a lost account"
    assert "app.kubernetes.io/name" not in labels(account)


def test_a_steady_hook_does_not_mind_the_labels_of_juju(
    cluster: Cluster, namespace: str, operator: ModelOperator, proxy: ApiProxy
) -> None:
    document = json.loads(cluster.kubeconfig_for(USER).read_text())
    proxy.token = document["users"][0]["user"]["token"]
    model = Model(cluster, namespace, kubeconfig=proxy.kubeconfig(proxy.token))
    installed(model)
    assert operator.asked
    for event in (model.juju.update_status, model.juju.config):
        proxy.clear()
        event()
        assert proxy.writes == [], [str(request) for request in proxy.writes]
    assert model.unit() == ("active", "")
    model.api.close()


def test_a_label_that_the_webhook_forgot_is_written_for_once_more(
    model: Model, operator: ModelOperator
) -> None:
    operator.silent = True
    model.deploy(CONFIG)
    assert MANAGED_BY not in labels(model.api.get("Deployment", "velero"))
    asked = operator.asked
    model.juju.update_status()
    assert operator.asked == asked, "there is no sign of a webhook, so nothing to write for"
    operator.silent = False
    model.relate()
    model.juju.update_status()
    for (kind, name), obj in model.api.everything().items():
        if kind in GOES and (kind, name) != PASSWORD:
            assert labels(obj).get(MANAGED_BY) == "juju", (kind, name)
    asked = operator.asked
    model.juju.update_status()
    assert operator.asked == asked


def test_what_no_hook_removes_is_removed_by_juju_and_kubernetes(
    model: Model, cluster: Cluster
) -> None:
    installed(model)
    model.succeed("backup create b1 --include-namespaces kube-public --wait")
    files = model.bucket_files()
    Leavings(cluster, model.namespace, takes_secrets=False).removed(APP)
    model.api.until(lambda: {kind for kind, _ in model.api.names()} <= STAY)
    model.api.until(lambda: not model.api.list("Pod"))
    model.api.until(lambda: model.storage_secrets() == [])
    assert model.api.find(*PASSWORD)
    assert model.api.find("Backup", "b1")
    assert len(model.api.list(CRD)) == 13
    assert model.bucket_files() == files


STAY = {CRD, "Backup", "BackupStorageLocation", "Schedule", "Secret", "DownloadRequest"}


@pytest.mark.parametrize("where", ["this model", "another model"])
def test_definitions_of_an_earlier_charm_survive_its_removal_after_our_first_hook(
    model: Model, cluster: Cluster, where: str
) -> None:
    model.deploy()
    model.juju.remove()
    model.deploy({"crds-on-remove": "keep"})
    model.juju.remove()
    there = model.namespace if where == "this model" else "elsewhere"
    made_by_juju(model, "old-charm", there)
    model.api.create("Backup", THEIRS, "default")
    model.deploy()
    Leavings(cluster, there).removed("old-charm")
    assert len(model.api.list(CRD)) == 13
    assert not any(CREATED_BY in labels(crd) for crd in model.api.list(CRD))
    assert model.api.get("Backup", "theirs", "default")
    model.api.delete("Backup", "theirs", "default")


def test_they_survive_also_where_that_charm_keeps_ours_from_installing(
    model: Model, cluster: Cluster
) -> None:
    model.deploy({"crds-on-remove": "keep"})
    model.juju.remove()
    made_by_juju(model, "old-charm", model.namespace)
    spec: Object = {"spec": {"ports": [{"port": 1}]}}
    model.api.create("Service", {"metadata": {"name": "velero-metrics"}} | spec)
    model.deploy()
    assert "was not made by this application" in model.unit()[1]
    Leavings(cluster, model.namespace).removed("old-charm")
    assert len(model.api.list(CRD)) == 13


def test_a_refresh_gives_juju_what_the_label_of_an_earlier_version_kept_from_it(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply = client.Cluster.apply

    def labelling(self: client.Cluster, obj: Object) -> Object:
        """As every version before did."""
        labels(obj)[MANAGED_BY] = OWN
        obj["metadata"].pop("ownerReferences", None)
        return apply(self, obj)

    with monkeypatch.context() as patch:
        patch.setattr(client.Cluster, "apply", labelling)
        model.deploy(CONFIG)
        model.relate()
    generation, server = model.generation(), model.server()
    assert labels(model.api.get("Deployment", "velero"))[MANAGED_BY] == OWN
    model.juju.refresh()
    assert model.unit() == ("active", "")
    for (kind, name), obj in model.api.everything().items():
        if kind in GOES and (kind, name) != PASSWORD:
            assert labels(obj).get(MANAGED_BY) == "juju", (kind, name)
    assert all(labels(crd)[MANAGED_BY] == OWN for crd in model.api.list(CRD))
    assert (model.generation(), model.server()) == (generation, server)


def test_two_applications_leave_each_other_alone(model: Model, cluster: Cluster) -> None:
    installed(model)
    other = Model(
        cluster, model.namespace, kubeconfig=cluster.kubeconfig_for(OTHER_USER), app=OTHER_APP
    )
    before = model.api.versions()
    other.deploy()
    other.relate()
    assert other.unit()[1].startswith("Deployment velero exists and was not made by this")
    result = other.juju.run("adopt", confirm=True, force=True)
    assert result.failed
    assert f"belongs to {model.namespace}.{APP}" in result.message
    other.juju.break_relation(S3)
    other.juju.remove()
    changed = {key for key, version in model.api.versions().items() if before.get(key) != version}
    assert {kind for kind, _ in changed} <= {"BackupStorageLocation", "Schedule"}
    model.juju.update_status()
    assert model.unit() == ("active", "")
    other.api.close()
