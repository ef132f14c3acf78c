"""The installation: what is there, that it stays as it is, and that it comes back if it is not."""

import base64
import hashlib

import httpx2
import pytest
from tests.functional.api import BINDING, CRD, Object
from tests.functional.model import MISSING, Model
from tests.functional.shape import shape

from charm import VeleroOperatorCharm

OURS = {"component": "velero"}
OUTLIVES = {
    "app.kubernetes.io/managed-by": "velero-operator",
    "model.juju.is/disable-webhook": "true",
}
KINDS = 13
WELL_KNOWN = b"static-passw0rd"
"""The password that Velero makes by itself (velero pkg/repository/keys/keys.go)."""


def owned(model: Model) -> dict[str, str]:
    instance = f"{model.namespace}.velero-operator"
    if len(instance) > 63:  # Velero's own way to shorten a label
        instance = instance[:57] + hashlib.sha256(instance.encode()).hexdigest()[:6]
    return OURS | {"app.kubernetes.io/instance": instance}


def labels(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("labels", {})


@pytest.fixture
def no_definitions(model: Model) -> None:
    """Take away what an earlier test may have installed."""
    for crd in model.api.list(CRD):
        model.api.delete(CRD, crd["metadata"]["name"])
    model.api.until(lambda: not model.api.list(CRD))


@pytest.mark.usefixtures("no_definitions")
def test_install_brings_everything_with_our_labels_and_established(model: Model) -> None:
    before = model.api.get("Namespace", model.namespace)
    model.deploy()
    assert model.unit() == MISSING
    crds = model.api.list(CRD)
    assert len(crds) == KINDS
    for crd in crds:
        assert labels(crd).items() >= (OURS | OUTLIVES).items()
        held = {c["type"]: c["status"] for c in crd["status"]["conditions"]}
        assert held["Established"] == "True"
    for kind, name in [
        ("ServiceAccount", "velero"),
        (BINDING, f"velero-{model.namespace}"),
        ("Deployment", "velero"),
        ("Service", "velero-metrics"),
        ("Secret", "velero-repo-credentials"),
    ]:
        found = labels(model.api.get(kind, name))
        assert found.items() >= owned(model).items()
        outlives = {key: found[key] for key in OUTLIVES if key in found}
        assert outlives == (OUTLIVES if name == "velero-repo-credentials" else {})
    assert model.api.get("Namespace", model.namespace) == before


def test_the_server_runs_as_one_pod_that_is_replaced_and_never_doubled(model: Model) -> None:
    model.deploy()
    deployment = model.api.get("Deployment", "velero")
    assert deployment["spec"]["strategy"] == {"type": "Recreate"}
    assert deployment["status"]["availableReplicas"] == 1
    assert "initContainers" not in deployment["spec"]["template"]["spec"]
    assert model.juju.status.version == "1.18.3"


def test_the_plugin_is_an_init_container_whose_name_stays(model: Model) -> None:
    model.ready()
    pod = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    plugins = [(c["name"], c["image"]) for c in pod["initContainers"]]
    image = "velero/velero-plugin-for-aws:v1.14.3"
    assert plugins == [("plugin-velero-plugin-for-aws", image)]


def test_the_metrics_service_selects_the_server_and_the_server_answers(model: Model) -> None:
    model.deploy()
    service = model.api.get("Service", "velero-metrics")["spec"]
    (pod,) = model.api.list("Pod")
    assert labels(pod).items() >= service["selector"].items()
    (port,) = service["ports"]
    assert (service["type"], port["port"]) == ("ClusterIP", 8085)
    (container,) = pod["spec"]["containers"]
    named = {p["name"]: p["containerPort"] for p in container["ports"]}
    assert named[port["targetPort"]] == 8085
    address = model.cluster.kubelet.metrics_address(model.namespace)
    answer = httpx2.get(f"http://{address}/metrics", trust_env=False)
    assert "velero_backup_total" in answer.text


def test_the_repository_password_is_random_and_older_than_the_server(model: Model) -> None:
    model.deploy()
    secret = model.api.get("Secret", "velero-repo-credentials")
    password = base64.b64decode(secret["data"]["repository-password"])
    assert password != WELL_KNOWN
    assert len(password) >= 32
    version = int(secret["metadata"]["resourceVersion"])
    deployment = model.api.get("Deployment", "velero")
    assert secret["metadata"]["creationTimestamp"] <= deployment["metadata"]["creationTimestamp"]
    (pod,) = model.api.list("Pod")
    assert version < int(pod["metadata"]["resourceVersion"])
    assert labels(secret)["model.juju.is/disable-webhook"] == "true"


def test_an_upgrade_brings_lost_and_changed_definitions_back(model: Model) -> None:
    model.deploy()
    password = model.api.get("Secret", "velero-repo-credentials")
    model.api.delete(CRD, "restores.velero.io")
    schema = {"spec": {"names": {"categories": ["all"]}}}
    model.api.patch(CRD, "backups.velero.io", {"metadata": {"labels": {"component": "x"}}})
    model.api.patch(CRD, "schedules.velero.io", schema)
    model.juju.refresh()
    assert len(model.api.list(CRD)) == KINDS
    assert labels(model.api.get(CRD, "backups.velero.io"))["component"] == "velero"
    assert model.api.get("Secret", "velero-repo-credentials") == password


def test_a_definition_that_is_being_deleted_is_waited_for_and_made_anew(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.ready()
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 5.0)
    held = {"metadata": {"name": "held", "finalizers": ["test.example/stays"]}}
    model.api.create("Backup", held | {"status": {"phase": "Completed"}})
    model.api.delete(CRD, "backups.velero.io")
    model.juju.update_status()
    name, message = model.unit()
    assert name == "waiting"
    assert message.startswith("CustomResourceDefinition backups.velero.io is being deleted")
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 60.0)
    model.api.patch("Backup", "held", {"metadata": {"finalizers": None}})
    model.juju.update_status()
    name, message = model.unit()
    assert name == "active"
    assert message.startswith("Velero's definitions were deleted and made again (backups.")
    assert "deletionTimestamp" not in model.api.get(CRD, "backups.velero.io")["metadata"]


def remove_label(model: Model) -> None:
    model.api.patch("ServiceAccount", "velero", {"metadata": {"labels": {"component": None}}})


def edit_argument(model: Model) -> None:
    container = model.api.get("Deployment", "velero")["spec"]["template"]["spec"]["containers"][0]
    changed = container | {"args": [*container["args"], "--log-level=debug"]}
    template = {"spec": {"template": {"spec": {"containers": [changed]}}}}
    model.api.patch("Deployment", "velero", template)


def delete_service(model: Model) -> None:
    model.api.delete("Service", "velero-metrics")


def delete_deployment(model: Model) -> None:
    model.api.delete("Deployment", "velero")


def delete_binding(model: Model) -> None:
    model.api.delete(BINDING, f"velero-{model.namespace}")


def delete_location(model: Model) -> None:
    model.api.delete("BackupStorageLocation", "default")


def edit_location(model: Model) -> None:
    change = {"spec": {"objectStorage": {"prefix": "elsewhere"}}}
    model.api.patch("BackupStorageLocation", "default", change)


def delete_storage_secret(model: Model) -> None:
    model.api.delete("Secret", model.storage_secrets()[0])


def edit_storage_secret(model: Model) -> None:
    model.api.patch("Secret", model.storage_secrets()[0], {"data": {"cloud": "bm9uZQ=="}})


def scale_down(model: Model) -> None:
    model.api.patch("Deployment", "velero", {"spec": {"replicas": 0}})


DRIFTS = [
    remove_label,
    edit_argument,
    delete_service,
    delete_deployment,
    delete_binding,
    delete_location,
    edit_location,
    delete_storage_secret,
    edit_storage_secret,
    scale_down,
]


def test_whatever_is_changed_or_lost_is_repaired_by_the_next_hook(model: Model) -> None:
    model.ready()
    before = shape(model)
    for drift in DRIFTS:
        drift(model)
        model.juju.update_status()
        after = shape(model)
        for spec in before.keys() | after.keys():
            assert after.get(spec) == before.get(spec), (drift.__name__, spec)
        assert model.unit() == ("active", ""), drift.__name__
