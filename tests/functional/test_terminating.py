"""The model's namespace deleted under the charm, which writes nothing and holds nothing."""

from __future__ import annotations

import pytest
from tests.cluster.lifecycle import JUJU_4
from tests.cluster.proxy import ApiProxy
from tests.functional.api import CRD, Object
from tests.functional.model import Model

from charm import VeleroOperatorCharm

FINALIZER = "restores.velero.io/external-resources-finalizer"
DATA = "velero.io/data-upload-download-finalizer"


def restore(name: str, *finalizers: str) -> Object:
    return {
        "metadata": {"name": name, "finalizers": list(finalizers)},
        "spec": {"backupName": "b1"},
        "status": {"phase": "Completed"},
    }


@pytest.fixture
def model(proxied: Model, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model with a Restore that a finalizer holds, and no server that would answer it."""
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 1.0)
    proxied.cluster.kubelet.pause()
    proxied.deploy()
    proxied.relate()
    proxied.api.create("Restore", restore("r1", FINALIZER))
    return proxied


def delete(model: Model) -> None:
    """`kubectl delete namespace`, until nothing is left in it but what is held."""
    model.api.delete("Namespace", model.namespace)
    held = {CRD, "Restore", "ClusterRoleBinding"}
    model.api.until(lambda: {kind for kind, _ in model.api.names()} <= held)


def in_namespace(model: Model, proxy: ApiProxy) -> list[str]:
    path = f"/namespaces/{model.namespace}/"
    return [str(request) for request in proxy.writes if path in request.path]


def test_a_hook_lets_it_go_and_writes_nothing_else(model: Model, proxy: ApiProxy) -> None:
    delete(model)
    assert model.api.get("Restore", "r1")["metadata"]["deletionTimestamp"]
    proxy.clear()
    model.juju.update_status()
    [write] = in_namespace(model, proxy)
    assert "restores/r1" in write
    said = (
        f"Namespace {model.namespace} is being deleted with all that is in it; nothing is written "
        "any more, run: juju remove-application velero-operator"
    )
    assert model.unit() == ("blocked", said)
    model.api.until(lambda: model.api.find("Namespace", model.namespace) is None)


def test_what_is_not_being_deleted_and_what_others_hold_stays(
    model: Model, proxy: ApiProxy
) -> None:
    model.api.create("Restore", restore("r2", "someone.example/holds"))
    delete(model)
    model.juju.update_status()
    assert model.api.find("Restore", "r1") is None
    assert model.api.get("Restore", "r2")["metadata"]["finalizers"] == ["someone.example/holds"]
    proxy.clear()
    model.juju.update_status()
    assert in_namespace(model, proxy) == []
    model.api.patch("Restore", "r2", {"metadata": {"finalizers": None}})


def test_a_restore_keeps_its_finalizer_as_long_as_it_lives(model: Model) -> None:
    model.api.delete("Deployment", "velero")
    model.juju.update_status()
    assert model.api.get("Restore", "r1")["metadata"]["finalizers"] == [FINALIZER]


def test_removal_in_it_lets_it_go_and_takes_the_rest(model: Model, proxy: ApiProxy) -> None:
    model.juju.lifecycle = JUJU_4
    delete(model)
    proxy.clear()
    model.juju.remove()
    assert {request.split()[0] for request in in_namespace(model, proxy)} <= {"patch", "delete"}
    model.api.until(lambda: model.api.find("Namespace", model.namespace) is None)
    left = {kind for kind, _ in model.api.everything()}
    assert left == set()
