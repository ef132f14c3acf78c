"""What an application left that went without a hook is taken up by the next one in the model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.lifecycle import JUJU_4
from tests.cluster.namespaces import Namespaces
from tests.cluster.proxy import ApiProxy
from tests.functional.api import CRD, Api, Object, until
from tests.functional.client import relate
from tests.functional.model import APP, MISSING, S3, Model

NEXT = "velero-two"
PASSWORD = ("Secret", "velero-repo-credentials")
CONFIG = {"use-node-agent": True, "repository-config": '{"cacheLimitMB": 2048}'}


@pytest.fixture
def left(cluster: Cluster, namespace: str) -> Iterator[Model]:
    """A model whose application went at once, and nobody cleaned up: there is no webhook here."""
    model = Model(cluster, namespace)
    model.juju.lifecycle = JUJU_4
    model.deploy(CONFIG)
    model.relate()
    relate(model, {"include_namespaces": [namespace], "schedule": "@every 1h"})
    assert model.unit() == ("active", "")
    vanish(model)
    yield model
    model.api.close()


def vanish(model: Model) -> None:
    """Let the application go without a hook, though something is integrated."""
    model.juju.integrations.clear()
    model.juju.remove()
    assert model.api.find("Deployment", "velero")


def following(model: Model, cluster: Cluster, app: str, proxy: ApiProxy | None = None) -> Model:
    way = proxy.kubeconfig(cluster.admin_token) if proxy else None
    return Model(cluster, model.namespace, app=app, kubeconfig=way)


def instances(api: Api) -> set[str]:
    """Of all that is not a definition."""
    label = "app.kubernetes.io/instance"
    objects = {key: obj for key, obj in api.everything().items() if key[0] != CRD}
    found = (obj["metadata"].get("labels", {}).get(label, "") for obj in objects.values())
    return {*filter(None, found)}


def test_under_another_name_the_leftovers_go_and_the_password_stays(
    left: Model, cluster: Cluster, proxy: ApiProxy
) -> None:
    password = left.api.get(*PASSWORD)["data"]
    model = following(left, cluster, NEXT, proxy)
    model.deploy()
    assert model.unit() == MISSING
    assert instances(left.api) == {f"{left.namespace}.{NEXT}"}
    assert left.api.get(*PASSWORD)["data"] == password
    assert left.api.list("Schedule") == []
    assert left.storage_secrets() == []
    writes = [(request.method, request.path.rpartition("/")[2]) for request in proxy.writes]
    assert writes.index(("DELETE", "m1.shop.backup")) < writes.index(("PATCH", "velero"))
    model.relate()
    assert model.unit() == ("active", "")
    model.api.close()


def test_under_its_own_name_old_schedules_go_before_a_server_starts(
    left: Model, cluster: Cluster, proxy: ApiProxy
) -> None:
    left.api.delete("Deployment", "velero")
    until(
        lambda: not [pod for pod in left.api.list("Pod") if "deploy" in pod["metadata"]["labels"]]
    )
    model = following(left, cluster, APP, proxy)
    model.deploy()
    assert left.api.list("Schedule") == []
    writes = [str(request) for request in proxy.writes]
    order = [n for n, text in enumerate(writes) if "schedules" in text or "deployments" in text]
    assert "schedules" in writes[order[0]]
    assert left.api.list("Backup") == []
    model.api.close()


def test_a_lost_server_does_not_cost_a_client_its_schedule(
    cluster: Cluster, namespace: str
) -> None:
    model = Model(cluster, namespace)
    model.ready()
    relate(model, {"include_namespaces": [namespace], "schedule": "@every 1h"})
    (schedule,) = model.api.list("Schedule")
    model.api.delete("Deployment", "velero")
    model.juju.update_status()
    (now,) = model.api.list("Schedule")
    assert now["metadata"]["uid"] == schedule["metadata"]["uid"]
    model.api.close()


def test_what_a_living_application_has_is_never_taken(cluster: Cluster, namespace: str) -> None:
    model = Model(cluster, namespace)
    model.ready()
    before = model.api.versions()
    other = following(model, cluster, NEXT)
    other.deploy()
    assert other.unit()[1].startswith("Deployment velero exists and was not made by this")
    changed = {key for key, version in model.api.versions().items() if before.get(key) != version}
    assert {kind for kind, _ in changed} <= {"BackupStorageLocation"}
    assert model.api.versions().keys() == before.keys()
    other.juju.remove()
    model.juju.break_relation(S3)
    model.juju.remove()
    assert model.api.everything() == {}
    model.api.close()
    other.api.close()


def test_where_juju_shows_no_application_at_all_nothing_is_taken(
    left: Model, cluster: Cluster
) -> None:
    before = left.api.versions().keys()
    model = following(left, cluster, NEXT)
    model.juju.leavings = None
    model.deploy()
    assert model.unit()[1].startswith("Deployment velero exists and was not made by this")
    assert left.api.versions().keys() == before
    model.api.close()


def test_objects_of_an_application_in_another_model_are_not_ours_to_take(
    left: Model, cluster: Cluster, namespaces: Namespaces
) -> None:
    elsewhere = "elsewhere"
    namespaces.create(elsewhere)
    labels = {"component": "velero", "app.kubernetes.io/instance": f"{elsewhere}.gone"}
    binding: Object = {
        "metadata": {"name": f"velero-{elsewhere}", "labels": labels},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "v"},
    }
    left.api.create("ClusterRoleBinding", binding)
    model = following(left, cluster, NEXT)
    model.deploy()
    assert left.api.find("ClusterRoleBinding", f"velero-{elsewhere}")
    namespaces.delete(elsewhere)
    model.api.close()
