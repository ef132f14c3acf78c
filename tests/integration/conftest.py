"""What every integration test needs: packed charms, an S3 bucket, and a model of its own.

From the environment, all optional:

- `CHARM`: the charm to test, such as one from charmcraft; else `dist/velero-operator_*.charm`.
- `S3_ENDPOINT`, `S3_BUCKET`, `S3_ACCESS_KEY`, `S3_SECRET_KEY`, `S3_REGION`: an empty bucket that
  the cluster reaches. Else an S3 server is started on this machine's address, which a cluster on
  the same machine reaches.
"""

import os
import platform
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import jubilant
import pytest
from tests.cluster.object_store import ObjectStore
from tests.cluster.processes import Processes
from tests.cluster.tools import ensure_tools
from tests.integration.application import Application, Charms, Store

ROOT = Path(__file__).parents[2]
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), "")


def _packed(name: str) -> Path:
    path = ROOT / "dist" / f"{name}_{ARCHITECTURE}.charm"
    if not path.exists():
        pytest.fail(f"There is no {path.relative_to(ROOT)}; run: make package")
    return path


@pytest.fixture(scope="session")
def charms() -> Charms:
    """The packed charms."""
    given = os.environ.get("CHARM")
    operator = (ROOT / given) if given else _packed("velero-operator")
    small = map(_packed, ("backup-client", "storage-provider", "observer"))
    return Charms(operator.resolve(), *small)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty bucket."""
    names = ("ENDPOINT", "BUCKET", "REGION", "ACCESS_KEY", "SECRET_KEY")
    given = {name: os.environ.get(f"S3_{name}", "") for name in names}
    if given["ENDPOINT"]:
        yield Store(**{name.lower(): value for name, value in given.items()})
        return
    folder = tmp_path_factory.mktemp("store")
    processes = Processes(folder)
    server = ObjectStore(ensure_tools(), folder / "s3", processes, host=_own_address())
    server.start()
    bucket = f"integration-{secrets.token_hex(3)}"
    server.create_bucket(bucket)
    keys = {"access_key": server.access_key, "secret_key": server.secret_key}
    yield Store(endpoint=server.endpoint, bucket=bucket, region="us-east-1", **keys)
    processes.stop()


def _own_address() -> str:
    """The address by which others on the network know this machine; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # of a network for documentation
        return str(probe.getsockname()[0])


@pytest.fixture(scope="module")
def app(juju: jubilant.Juju, charms: Charms) -> Iterator[Application]:
    """Our application, not deployed yet, in a model for the module's tests, in their order."""
    app = Application(juju, charms)
    yield app
    app.world.close()
