"""The charm's life, a test for each statement: install and remove."""

import pytest
from tests.cluster.application import Option
from tests.cluster.cluster import Cluster
from tests.cluster.juju import Juju
from tests.functional.api import BINDING, CRD
from tests.functional.model import MISSING, UNTRUSTED, USER, Model

IMAGE = "r.example/velero:v1.18.4"
CONFIG: dict[str, Option] = {"velero-image": IMAGE, "use-node-agent": True}
KINDS = {
    BINDING,
    CRD,
    "BackupStorageLocation",
    "DaemonSet",
    "Deployment",
    "Secret",
    "Service",
    "ServiceAccount",
}
NODE_AGENT = ("DaemonSet", "node-agent")


@pytest.fixture
def installed(model: Model) -> Model:
    """Give a model with the charm in it, and nothing else."""
    model.deploy(CONFIG)
    return model


def test_install_without_trust_asks_for_it_and_writes_nothing(guest: Model) -> None:
    before = guest.api.versions()
    guest.deploy()
    assert guest.unit() == UNTRUSTED
    guest.relate()
    assert guest.unit() == UNTRUSTED
    assert guest.api.versions() == before


def test_install_with_trust_installs_velero(cluster: Cluster, guest: Model) -> None:
    cluster.set_trusted(USER, trusted=True)
    guest.deploy()
    assert guest.unit() == MISSING
    assert guest.api.get("Deployment", "velero")["status"]["availableReplicas"] == 1


def test_install_leaves_a_velero_that_is_installed_already_as_it_is(installed: Model) -> None:
    versions, server = installed.api.versions(), installed.server()
    again = Juju({**installed.cluster.path_env}, model=installed.namespace)
    again.deploy(CONFIG)
    assert (again.status.health.name, again.status.health.message) == MISSING
    assert installed.api.versions() == versions
    assert installed.server() == server


def test_install_takes_the_image_from_the_configuration(installed: Model) -> None:
    for kind, name in [("Deployment", "velero"), NODE_AGENT]:
        template = installed.api.get(kind, name)["spec"]["template"]
        assert [c["image"] for c in template["spec"]["containers"]] == [IMAGE]


def test_install_takes_the_namespace_of_the_model(installed: Model) -> None:
    [subject] = installed.api.get(BINDING, f"velero-{installed.namespace}")["subjects"]
    assert (subject["name"], subject["namespace"]) == ("velero", installed.namespace)
    assert installed.api.find("Namespace", "velero") is None


def test_install_sets_up_the_node_agent_where_it_is_enabled(installed: Model) -> None:
    assert installed.api.get(*NODE_AGENT)["status"]["numberReady"] == 1


def test_install_configures_neither_storage_nor_plugin(installed: Model) -> None:
    assert installed.api.list("BackupStorageLocation") == installed.storage_secrets() == []
    pod = installed.api.get("Deployment", "velero")["spec"]["template"]["spec"]
    assert "initContainers" not in pod


def test_install_ends_with_a_look_at_the_state(installed: Model) -> None:
    [event] = [event for event in installed.juju.history if event.name == "install"]
    assert (event.status.name, event.status.message) == MISSING


def test_storage_is_configured_once_velero_is_installed(cluster: Cluster, guest: Model) -> None:
    guest.deploy()
    guest.relate()
    assert guest.unit() == UNTRUSTED
    cluster.set_trusted(USER, trusted=True)
    guest.juju.update_status()
    assert guest.unit() == ("active", "")


def test_update_status_blocks_without_storage(installed: Model) -> None:
    installed.juju.update_status()
    assert installed.unit() == MISSING


def test_the_action_needs_a_storage_location(installed: Model) -> None:
    result = installed.run("backup create b1")
    assert result.failed
    assert result.message == "There is no storage location; integrate a storage integrator first"
    assert installed.api.list("Backup") == []


def test_remove_takes_all_of_velero_away_and_shows_maintenance_meanwhile(model: Model) -> None:
    model.deploy(CONFIG)
    model.relate()
    assert {kind for kind, _ in model.api.everything()} >= KINDS
    model.juju.remove()
    assert model.api.everything() == {}
    assert model.api.list("Pod") == []
    last = model.juju.history[-1]
    assert last.name == "remove"
    assert (last.status.name, last.status.message) == ("maintenance", "Removing Velero")
