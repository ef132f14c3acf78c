"""One cluster for the whole run, one namespace per test.

With `-n` a cluster for each of pytest-xdist's processes, see `side_by_side`.
"""

import re
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces
from tests.cluster.proxy import ApiProxy
from tests.functional.api import BINDING
from tests.functional.disturbance import Disturbance
from tests.functional.model import USER, Model, Models
from tests.functional.side_by_side import (
    LOGS,
    pytest_collection_modifyitems,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    pytest_xdist_auto_num_workers,
    pytest_xdist_setupnodes,
)

__all__ = [  # the hooks, which pytest looks for here
    "pytest_collection_modifyitems",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "pytest_xdist_auto_num_workers",
    "pytest_xdist_setupnodes",
]


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Start the local cluster; its logs stay when a test failed."""
    with Cluster() as cluster:
        request.config.stash[LOGS] = [cluster.logs]
        yield cluster
        cluster.keep |= request.session.testsfailed > 0


@pytest.fixture(scope="session")
def namespaces(cluster: Cluster) -> Iterator[Namespaces]:
    """Make and remove namespaces."""
    namespaces = Namespaces(cluster)
    yield namespaces
    namespaces.close()


@pytest.fixture
def namespace(
    request: pytest.FixtureRequest, cluster: Cluster, namespaces: Namespaces
) -> Iterator[str]:
    """Give a test a namespace of its own, named after it, and leave nothing of it.

    Whatever the test did to the kubelet and the object store is undone as well.
    """
    test: str = request.node.name
    name = re.sub(r"[^a-z0-9]+", "-", test.removeprefix("test_").lower())[:50].strip("-")
    namespaces.create(name)
    yield name
    cluster.kubelet.reset()
    cluster.store.start()
    namespaces.delete(name)


@pytest.fixture
def shop(namespace: str, namespaces: Namespaces) -> Iterator[str]:
    """Give a test the namespace of an application to back up."""
    name = f"{namespace[:50]}-shop"
    namespaces.create(name)
    yield name
    namespaces.delete(name)


@pytest.fixture
def proxy(cluster: Cluster) -> Iterator[ApiProxy]:
    """Count and disturb the requests of whom the test sends through it."""
    with ApiProxy(cluster.url, cluster.ca, cluster.admin_token) as proxy:
        yield proxy


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


@pytest.fixture
def disturbance(cluster: Cluster) -> Iterator[Disturbance]:
    """Cut hooks off, or disturb them, at one of their requests."""
    disturbance = Disturbance(cluster)
    with disturbance.proxy:
        yield disturbance


@pytest.fixture(scope="session")
def models(cluster: Cluster, namespaces: Namespaces) -> Models:
    """Make models of any name and kind."""
    return Models(cluster, namespaces)


@pytest.fixture
def model(cluster: Cluster, namespace: str) -> Iterator[Model]:
    """Give a test a model of its own, in which the charm is not deployed yet."""
    model = Model(cluster, namespace)
    yield model
    model.api.close()


@pytest.fixture
def proxied(cluster: Cluster, namespace: str, proxy: ApiProxy) -> Iterator[Model]:
    """Give a test a model whose charm's requests can be counted; it is not deployed yet."""
    model = Model(cluster, namespace, kubeconfig=proxy.kubeconfig(cluster.admin_token))
    yield model
    model.api.close()


@pytest.fixture
def guest(cluster: Cluster, namespace: str) -> Iterator[Model]:
    """Give a test a model whose charm is a user without rights of their own."""
    model = Model(cluster, namespace, kubeconfig=cluster.kubeconfig_for(USER))
    yield model
    if model.api.find(BINDING, f"trust-{USER}"):
        cluster.set_trusted(USER, trusted=False)
    model.api.close()
