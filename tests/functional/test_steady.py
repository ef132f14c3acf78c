"""A hook that finds everything as it should be costs next to nothing and changes nothing."""

import pytest
from tests.cluster.proxy import ApiProxy
from tests.functional.model import Model

REQUESTS = 10


@pytest.fixture
def watched(proxied: Model, proxy: ApiProxy) -> Model:
    """A model whose charm's requests can be counted; the charm is active."""
    proxied.ready()
    proxy.clear()
    return proxied


@pytest.mark.parametrize("hook", ["update-status", "config-changed"])
def test_a_steady_hook_writes_nothing_runs_nothing_and_never_sleeps(
    watched: Model, proxy: ApiProxy, processes: list[object], sleeps: list[float], hook: str
) -> None:
    versions, server = watched.api.versions(), watched.server()
    generation = watched.api.get("Deployment", "velero")["metadata"]["generation"]
    fire = {"update-status": watched.juju.update_status, "config-changed": watched.juju.config}
    sleeps.clear()  # what was looked at before may have been waited for
    fire[hook]()
    assert proxy.writes == []
    assert 0 < len(proxy.requests) <= REQUESTS, [str(request) for request in proxy.requests]
    assert processes == []
    assert sleeps == []
    assert watched.api.versions() == versions
    assert watched.server() == server
    assert watched.api.get("Deployment", "velero")["metadata"]["generation"] == generation


def test_a_second_install_and_an_upgrade_change_nothing(watched: Model) -> None:
    versions, server = watched.api.versions(), watched.server()
    watched.juju.refresh()
    assert watched.api.versions() == versions
    assert watched.server() == server


def test_without_storage_a_steady_hook_is_as_cheap(watched: Model, proxy: ApiProxy) -> None:
    watched.juju.break_relation("s3-credentials")
    versions = watched.api.versions()
    proxy.clear()
    watched.juju.update_status()
    assert proxy.writes == []
    assert 0 < len(proxy.requests) <= REQUESTS
    assert watched.api.versions() == versions


def test_what_velero_could_not_use_from_the_start_is_not_judged_again(
    proxied: Model, proxy: ApiProxy, sleeps: list[float]
) -> None:
    proxied.deploy()
    proxied.relate(secret_key="not-the-right-key")
    name, message = proxied.unit()
    assert name == "blocked"
    assert "SignatureDoesNotMatch" in message
    proxy.clear()
    sleeps.clear()
    proxied.juju.update_status()
    assert proxied.unit() == (name, message)
    assert proxy.writes == []
    assert sleeps == []


def test_a_change_waits_for_a_backup_and_comes_after_it(model: Model) -> None:
    model.ready()
    server, prefix = model.server(), {"velero_image": "r.example/velero:v1.18.4"}
    backup = {"metadata": {"name": "long"}, "spec": {}, "status": {"phase": "InProgress"}}
    model.api.create("Backup", backup)
    model.juju.config(**prefix)
    held = "A change of the Velero server waits for Backup long"
    assert model.unit() == ("waiting", held)
    assert model.server() == server
    model.api.patch("Backup", "long", {"status": {"phase": "Completed"}})
    model.juju.update_status()
    assert model.unit() == ("active", "")
    assert model.server() != server
