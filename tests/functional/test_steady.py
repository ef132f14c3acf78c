"""A hook that finds everything as it should be costs next to nothing and changes nothing."""

import datetime as dt
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy
from tests.functional.model import Model

from charm import VeleroOperatorCharm

REQUESTS = 10


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[ApiProxy]:
    with ApiProxy(cluster.url, cluster.ca, cluster.admin_token) as proxy:
        yield proxy


@pytest.fixture
def watched(cluster: Cluster, namespace: str, proxy: ApiProxy) -> Iterator[Model]:
    """A model whose charm's requests can be counted; the charm is active."""
    model = Model(cluster, namespace, kubeconfig=proxy.kubeconfig(cluster.admin_token))
    model.ready()
    proxy.clear()
    yield model
    model.api.close()


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The commands that are run from now on."""
    commands: list[object] = []
    run = cast("Any", subprocess.run)

    def noted(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - those of subprocess.run
        commands.append(args)
        return run(*args, **more)

    monkeypatch.setattr(subprocess, "run", noted)
    return commands


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The sleeps of the charm's thread from now on."""
    naps: list[float] = []
    sleep, charm = time.sleep, threading.current_thread()

    def noted(seconds: float) -> None:
        if threading.current_thread() is charm:
            naps.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(time, "sleep", noted)
    return naps


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


def test_new_images_are_rolled_out_once(model: Model) -> None:
    model.ready()
    before = model.api.get("Deployment", "velero")["metadata"]["generation"]
    (old,), _ = model.server()
    server, plugin = "r.example/velero:v1.18.4", "r.example/velero-plugin-for-aws:v1.14.4"
    model.juju.config(velero_image=server, velero_aws_plugin_image=plugin)
    assert model.unit() == ("active", "")
    deployment = model.api.get("Deployment", "velero")
    pod = deployment["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == server
    assert [c["image"] for c in pod["initContainers"]] == [plugin]
    assert deployment["metadata"]["generation"] == before + 1
    assert model.juju.status.version == "1.18.4"
    (new,), _ = model.server()
    assert new != old


def age(model: Model, seconds: int) -> None:
    """Let the server's pod have been unready since so long, as its own status tells."""
    since = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=seconds)
    [pod] = model.api.list("Pod")
    conditions = [
        c | {"lastTransitionTime": since.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for c in pod["status"]["conditions"]
    ]
    name = pod["metadata"]["name"]
    model.api.patch("Pod", f"{name}/status", {"status": {"conditions": conditions}})


def test_an_image_that_cannot_be_pulled_is_waited_for_then_blocks_and_a_good_one_heals(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 3.0)
    model.ready()
    model.cluster.kubelet.fail_image("velero/velero:v1.18.99")
    model.juju.config(velero_image="velero/velero:v1.18.99")
    name, message = model.unit()
    assert name == "waiting"
    assert message.startswith("Velero server is not ready: ImagePullBackOff")
    assert model.juju.status.version == "1.18.3"
    age(model, seconds=40)
    with model.events() as events:
        model.juju.update_status()
    assert model.unit() == ("blocked", message)
    assert all(event.seconds < 3 for event in events), "it waited for what will not come"
    model.juju.config(velero_image=None)
    assert model.unit() == ("active", "")


def rolled_out(model: Model) -> bool:
    return bool(model.api.get("Deployment", "velero")["status"].get("availableReplicas"))


def test_a_server_that_crashes_shows_and_comes_back(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.ready()
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)
    model.cluster.kubelet.kill_server(model.namespace)
    model.api.until(lambda: not rolled_out(model))
    model.juju.update_status()
    name, message = model.unit()
    assert name == "waiting"
    assert message.startswith("Velero server is not ready: ")
    model.api.until(lambda: rolled_out(model))
    model.juju.update_status()
    assert model.unit() == ("active", "")


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
