"""What people live with: back up on demand, list, lose, restore, delete."""

import time

import pytest
from tests.cluster import compare
from tests.cluster.namespaces import Namespaces
from tests.functional import client
from tests.functional.model import Model


@pytest.fixture
def shop(namespace: str, namespaces: Namespaces) -> str:
    """The namespace of an application to back up."""
    name = f"{namespace[:50]}-shop"
    namespaces.create(name)
    yield name
    namespaces.delete(name)


def test_a_client_is_backed_up_lost_and_restored_object_by_object(
    model: Model, namespaces: Namespaces, shop: str
) -> None:
    model.ready()
    before = client.fill(model.api, shop)
    client.relate(model, {"include_namespaces": [shop], "ttl": "72h", "schedule": "@daily"})
    created = model.juju.run("create-backup", target="shop:backup")
    assert not created.failed, created
    assert created.results["phase"] == "Completed"
    backup = model.api.get("Backup", created.results["name"])
    assert backup["spec"]["ttl"].startswith("72h")
    namespaces.delete(shop)
    restored = model.juju.run("restore", target="shop:backup")
    assert not restored.failed, restored
    assert any("holds" in line and "objects" in line for line in restored.log)
    after = client.contents(model.api, shop)
    assert compare.differences(client.by_key(before), client.by_key(after)) == []
    listed = model.juju.run("list-backups", app="shop").results
    assert listed["backups"]["1"]["name"] == created.results["name"]
    clients = model.juju.run("list-clients").results["clients"]
    assert clients["1"]["last-backup"] == created.results["name"]
    assert clients["1"]["last-phase"] == "Completed"
    assert clients["1"]["next-run"].endswith("T00:00:00Z")
    print(listed["table"], created.log, restored.log, model.juju.run("list-clients").results["table"], sep="\n")
    time.sleep(0)
