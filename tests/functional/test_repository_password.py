"""The password of file-system backups, where it was there before the charm, or came without it."""

import base64

import pytest
from tests.cluster.proxy import ApiProxy
from tests.functional.api import Object
from tests.functional.model import Model

NAME = "velero-repo-credentials"
KEY = "repository-password"
WELL_KNOWN = b"static-passw0rd"
"""The password that Velero makes by itself (velero pkg/repository/keys/keys.go)."""
THEIRS = b"of another cluster\n"
ACTIVE = ("active", "")
KEPT = "velero-operator/kept"


@pytest.fixture
def model(proxied: Model) -> Model:
    """A model whose charm's requests can be counted."""
    return proxied


def secret(model: Model) -> Object:
    return model.api.get("Secret", NAME)


def password(model: Model) -> bytes:
    return base64.b64decode(secret(model)["data"][KEY])


def give(model: Model, value: bytes) -> None:
    """What `kubectl create secret generic --from-file` makes."""
    data = {KEY: base64.b64encode(value).decode()}
    model.api.create("Secret", {"metadata": {"name": NAME}, "data": data})


def lose(model: Model) -> None:
    model.api.delete("Secret", NAME)


def let_velero_make_one(model: Model) -> None:
    """Lose the Secret, and let a server that starts find none."""
    lose(model)
    model.cluster.kubelet.kill_server(model.namespace)
    model.api.until(lambda: model.api.find("Secret", NAME), 60)


def is_known(model: Model, proxy: ApiProxy) -> bool:
    """Whether the next hook finds the Secret as one of ours, writes nothing and asks no more."""
    proxy.clear()
    model.juju.update_status()
    asked = [request for request in proxy.requests if request.path.endswith(f"/secrets/{NAME}")]
    return not asked and not proxy.writes and len(proxy.requests) <= 10


def test_one_that_velero_made_itself_is_reported_as_another_and_not_written_over(
    model: Model, proxy: ApiProxy
) -> None:
    model.ready()
    before = password(model)
    let_velero_make_one(model)
    assert password(model) == WELL_KNOWN
    model.juju.update_status()
    status, message = model.unit()
    assert status == "blocked"
    assert f"Secret {NAME} is not the password that Juju keeps" in message
    assert "well-known password" in model.logged()
    assert password(model) == WELL_KNOWN
    model.api.until(lambda: model.api.list("Pod")[0]["status"]["phase"] == "Running")
    assert is_known(model, proxy)
    assert model.unit() == (status, message)
    lose(model)
    model.juju.update_status()
    assert password(model) == before
    assert model.unit() == ACTIVE


def test_one_that_a_person_made_is_used_kept_in_juju_and_never_deleted(
    model: Model, proxy: ApiProxy
) -> None:
    give(model, THEIRS)
    model.ready()
    assert password(model) == THEIRS
    assert "password" not in model.logged()
    assert is_known(model, proxy)
    model.juju.remove()
    assert password(model) == THEIRS
    assert f"Secret {NAME} stays" in model.logged()


def test_one_that_comes_back_from_juju_is_never_deleted(model: Model) -> None:
    give(model, THEIRS)
    model.ready()
    lose(model)
    model.juju.update_status()
    assert password(model) == THEIRS
    assert model.unit() == ACTIVE
    model.juju.remove()
    assert password(model) == THEIRS


def test_one_of_an_application_of_another_name_is_used(model: Model, proxy: ApiProxy) -> None:
    give(model, THEIRS)
    labels = {"app.kubernetes.io/instance": "model.other", "component": "velero"}
    model.api.patch("Secret", NAME, {"metadata": {"labels": labels}})
    model.ready()
    assert password(model) == THEIRS
    assert is_known(model, proxy)


@pytest.mark.parametrize("value", [b"\xff\xfe", b""], ids=["bytes", "nothing"])
def test_one_that_juju_cannot_keep_is_told_and_used(
    model: Model, proxy: ApiProxy, value: bytes
) -> None:
    give(model, value)
    model.ready()
    assert f"Secret {NAME} has no text under its key {KEY}" in model.logged()
    assert is_known(model, proxy)
    model.juju.remove()
    assert password(model) == value


def test_a_taking_in_that_is_cut_off_is_completed_by_the_next_hook(
    model: Model, proxy: ApiProxy
) -> None:
    model.ready()
    lose(model)
    give(model, WELL_KNOWN)
    proxy.clear()
    model.juju.update_status()
    (n,) = (n for n, request in enumerate(proxy.requests, 1) if request.writes)
    whole = secret(model)["metadata"]
    lose(model)
    give(model, WELL_KNOWN)
    proxy.fail_at(n, "reset")
    model.juju.update_status()
    assert any(request.writes and request.fault for request in proxy.requests)
    model.juju.update_status()
    now = secret(model)["metadata"]
    assert now["annotations"] == whole["annotations"] == {KEPT: "true"}
    assert now["labels"] == whole["labels"]
    assert now["labels"]["model.juju.is/disable-webhook"] == "true"
    assert password(model) == WELL_KNOWN
