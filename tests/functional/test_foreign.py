"""What someone else made under a name of ours is reported, and never touched."""

import pytest
from tests.functional import installed
from tests.functional.api import BINDING, Object
from tests.functional.model import MISSING, Model, Status

LABELS = {"component": "velero"}


def deployment() -> Object:
    pod = {"containers": [{"name": "velero", "image": "someone/else:v1"}]}
    labels = {"deploy": "other"}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {"spec": {"selector": {"matchLabels": labels}, "template": template, "replicas": 0}}


def account() -> Object:
    return {}


def service() -> Object:
    return {"spec": {"ports": [{"port": 1}]}}


def location() -> Object:
    return {"spec": {"provider": "aws", "objectStorage": {"bucket": "someone-elses"}}}


def create(model: Model, kind: str, name: str, obj: Object) -> None:
    model.api.create(kind, obj | {"metadata": {"name": name, "labels": LABELS}})


def blocked(what: str) -> Status:
    ways = "remove that Velero, use another model, or take it over with the action adopt"
    return "blocked", f"{what} exists and was not made by this application; {ways}"


@pytest.mark.parametrize(
    ("kind", "name", "obj"),
    [
        ("Deployment", "velero", deployment()),
        ("ServiceAccount", "velero", account()),
        ("Service", "velero-metrics", service()),
    ],
    ids=["deployment", "account", "service"],
)
def test_a_foreign_object_blocks_and_stays_as_it_is_also_on_removal(
    model: Model, kind: str, name: str, obj: Object
) -> None:
    create(model, kind, name, obj)
    model.api.until(lambda: model.api.get(kind, name).get("status", {"observedGeneration": 1}))
    before = model.api.versions()
    model.deploy()
    model.relate()
    assert model.unit() == blocked(f"{kind} {name}")
    assert model.api.versions() == before
    model.juju.remove()
    assert model.api.versions() == before


def test_a_foreign_cluster_role_binding_blocks_and_stays(model: Model) -> None:
    name = f"velero-{model.namespace}"
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}
    create(model, BINDING, name, {"roleRef": role})
    before = model.api.versions()
    model.deploy()
    assert model.unit() == blocked(f"ClusterRoleBinding {name}")
    model.juju.remove()
    assert model.api.versions() == before


def test_a_foreign_location_blocks_and_stays_while_ours_would_be_the_default(
    model: Model,
) -> None:
    model.deploy()
    create(model, "BackupStorageLocation", "default", location())
    model.api.until(lambda: model.location().get("status"))
    before, server = model.location(), model.server()
    model.relate()
    assert model.unit() == blocked("BackupStorageLocation default")
    now = model.location()
    assert now["spec"] == before["spec"]
    assert model.storage_secrets() == []
    assert model.server() == server
    model.juju.remove()
    assert model.location()["spec"] == before["spec"]
    assert "BackupStorageLocation default was made by hand" in model.logged()
    assert model.api.find("Deployment", "velero") is None


def test_when_the_foreign_object_goes_the_charm_installs(model: Model) -> None:
    create(model, "Service", "velero-metrics", service())
    model.deploy()
    model.api.delete("Service", "velero-metrics")
    model.juju.update_status()
    assert model.unit() == MISSING
    assert model.api.find("Deployment", "velero")


def test_another_application_in_the_same_model_is_foreign(model: Model) -> None:
    model.ready()
    before = model.api.versions()
    deployment = model.api.get("Deployment", "velero")
    labels = deployment["metadata"]["labels"] | {"app.kubernetes.io/instance": "other.app"}
    model.api.patch("Deployment", "velero", {"metadata": {"labels": labels}})
    model.juju.update_status()
    assert model.unit() == blocked("Deployment velero")
    changed = {key for key, version in model.api.versions().items() if before[key] != version}
    assert changed == {("Deployment", "velero")}


def test_another_server_blocks_whatever_its_name(model: Model) -> None:
    model.api.create("Deployment", installed.server(model, "team-backups"))
    model.api.until(lambda: model.api.get("Deployment", "team-backups").get("status"))
    before = model.api.versions()
    model.deploy()
    model.relate()
    ways = "delete it (backups stay) or use another model"
    said = f"Deployment team-backups runs another Velero server; {ways}"
    assert model.unit() == ("blocked", said)
    assert model.api.versions() == before
    model.api.delete("Deployment", "team-backups")
    model.juju.update_status()
    assert model.unit() == ("active", "")


def test_another_deployment_is_no_server(model: Model) -> None:
    other = installed.server(model, "velero-ui")
    other["spec"]["template"]["spec"]["containers"][0]["args"] = ["backup", "get"]
    model.api.create("Deployment", other)
    model.ready()
