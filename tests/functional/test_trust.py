"""Rights and leadership: without them nothing is written, and both can come and go."""

from collections.abc import Iterator

import pytest
from tests.cluster.cluster import Cluster
from tests.cluster.proxy import ApiProxy
from tests.functional.api import CRD
from tests.functional.model import APP, UNTRUSTED, USER, Model

REFUSED = (
    "waiting",
    "The Kubernetes API refuses what it allowed before; Blocked if it does so once more",
)


@pytest.fixture
def pair(cluster: Cluster, namespace: str, proxy: ApiProxy) -> Iterator[Model]:
    """A model with two units, active, whose requests can be counted."""
    kubeconfig = proxy.kubeconfig(cluster.admin_token)
    model = Model(cluster, namespace, units=2, kubeconfig=kubeconfig)
    model.ready()
    proxy.clear()
    yield model
    model.api.close()


def test_trust_withdrawn_blocks_without_an_error_and_leaves_velero_alone(
    cluster: Cluster, guest: Model
) -> None:
    cluster.set_trusted(USER, trusted=True)
    guest.ready()
    before, server = guest.api.versions(), guest.server()
    cluster.set_trusted(USER, trusted=False)
    guest.juju.update_status()
    assert guest.unit() == REFUSED
    guest.juju.update_status()
    assert guest.unit() == UNTRUSTED
    for result in (guest.run("backup get"), guest.juju.run("list-backups")):
        assert result.failed
        assert "juju trust" in result.message
    assert guest.api.versions() == before
    assert guest.server() == server
    cluster.set_trusted(USER, trusted=True)
    guest.juju.update_status()
    assert guest.unit() == ("active", "")


@pytest.mark.parametrize("several", [False, True], ids=["one", "all"])
def test_a_refusal_that_passes_is_waited_for_and_each_counts_anew(
    pair: Model, proxy: ApiProxy, *, several: bool
) -> None:
    """An API server that restarts: one request is refused, or all until the next hook."""
    for _ in range(2):
        (proxy.fail_from if several else proxy.fail_at)(1, 403)
        pair.juju.update_status()
        assert pair.unit(0)[0] == "waiting"
        assert pair.unit(0)[1] == REFUSED[1] or not several
        proxy.heal()
        pair.juju.update_status()
        assert (pair.unit(0), pair.unit(1)) == (("active", ""), ("active", "Standby"))


def test_removal_without_trust_does_not_fail_and_says_so(cluster: Cluster, guest: Model) -> None:
    cluster.set_trusted(USER, trusted=True)
    guest.deploy()
    cluster.set_trusted(USER, trusted=False)
    guest.juju.remove()
    assert "forbidden" in guest.logged()
    assert guest.api.find("Deployment", "velero")


def test_units_that_do_not_lead_write_nothing_and_stand_by(pair: Model, proxy: ApiProxy) -> None:
    assert pair.unit(1) == ("active", "Standby")
    pair.juju.update_status()
    assert proxy.writes == []
    pair.api.delete("Service", "velero-metrics")
    pair.juju.elect(1)
    assert pair.unit(1) == ("active", "")
    assert pair.api.find("Service", "velero-metrics")
    assert [request.verb for request in proxy.writes] == ["patch"]


def test_a_unit_that_does_not_lead_sees_what_is_wrong(pair: Model, proxy: ApiProxy) -> None:
    pair.cluster.store.stop()
    pair.api.patch("BackupStorageLocation", "default", {"spec": {"backupSyncPeriod": "1h0m0s"}})
    pair.api.until(lambda: pair.location()["status"]["phase"] == "Unavailable")
    proxy.clear()
    pair.juju.update_status()
    assert pair.unit(1)[0] == "blocked"
    assert pair.unit(1)[1].startswith("Storage location is Unavailable: ")


def test_a_unit_that_leaves_writes_nothing_although_its_relations_break(
    pair: Model, proxy: ApiProxy
) -> None:
    versions, server = pair.api.versions(), pair.server()
    with pair.events() as events:
        pair.juju.remove_unit()
    names = [event.name for event in events if event.unit == f"{APP}/1"]
    assert names[-2:] == ["stop", "remove"]
    assert "s3-credentials-relation-broken" in names
    assert proxy.writes == []
    assert pair.api.versions() == versions
    assert pair.server() == server
    assert pair.unit() == ("active", "")


def test_a_leader_that_leaves_writes_nothing_and_the_next_goes_on(
    pair: Model, proxy: ApiProxy
) -> None:
    pair.juju.elect(1)
    versions = pair.api.versions()
    pair.juju.remove_unit()
    assert proxy.writes == []
    assert pair.api.versions() == versions
    assert len(pair.api.list(CRD)) == 13
    assert pair.unit() == ("active", "")


def test_a_unit_that_comes_writes_nothing(pair: Model, proxy: ApiProxy) -> None:
    versions = pair.api.versions()
    assert pair.juju.add_unit() == 2
    assert proxy.writes == []
    assert pair.api.versions() == versions
    assert pair.unit(2) == ("active", "Standby")
