"""The leader changes while a storage is being integrated: what one leader began another ends."""

import json
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from tests.cluster.cluster import Cluster
from tests.functional import client
from tests.functional.model import S3, Model


@pytest.mark.parametrize("last", ["created", "joined"])
def test_what_no_leader_asked_for_is_asked_for_before_a_key_is_sent_in_clear(
    cluster: Cluster, namespace: str, last: str
) -> None:
    @contextmanager
    def leaderless(event: str) -> Generator[None]:
        yield
        if event == f"{S3}-relation-{last}":
            model.juju.lead(0)

    model = Model(cluster, namespace, around=leaderless)
    model.deploy()
    model.juju.lead(None)
    integration = model.relate()
    assert model.unit() == ("active", "")
    bags = [integration.remote.data, integration.app_data, integration.unit_data]
    assert cluster.store.secret_key not in json.dumps(bags)
    assert "secret-extra" in integration.remote.data
    model.api.close()


def test_a_new_unit_that_leads_before_it_knows_of_relations_takes_nothing_away(
    cluster: Cluster, namespace: str
) -> None:
    @contextmanager
    def look(event: str) -> Generator[None]:
        yield
        if event == "install":
            after_install.append(model.api.versions())

    after_install: list[dict[tuple[str, str], str]] = []
    model = Model(cluster, namespace, around=look)
    model.ready()
    client.relate(model, {"include_namespaces": ["default"], "schedule": "0 2 * * *"})
    before, server = model.api.versions(), model.server()
    model.juju.lead(1)  # the old one's node has died
    model.juju.add_unit()
    assert after_install[-1] == before
    assert model.api.versions() == before
    assert model.server() == server
    model.api.close()
