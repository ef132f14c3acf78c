"""One cluster for the whole run, one namespace per test."""

import re
from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import Namespaces


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """Start the local cluster; its logs stay when a test failed."""
    with Cluster() as cluster:
        yield cluster
        cluster.keep |= request.session.testsfailed > 0


@pytest.fixture(scope="session")
def namespaces(cluster: Cluster) -> Iterator[Namespaces]:
    """Make and remove namespaces."""
    namespaces = Namespaces(cluster)
    yield namespaces
    namespaces.close()


@pytest.fixture
def namespace(request: pytest.FixtureRequest, namespaces: Namespaces) -> Iterator[str]:
    """Give a test a namespace of its own, named after it, and leave nothing of it."""
    test: str = request.node.name
    name = re.sub(r"[^a-z0-9]+", "-", test.removeprefix("test_").lower())[:50].strip("-")
    namespaces.create(name)
    yield name
    namespaces.delete(name)
