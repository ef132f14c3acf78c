"""How the application goes on Juju 4 and on 3.6: whichever hook is the last, nothing stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Final

import pytest
import yaml
from tests.cluster.cluster import Cluster
from tests.cluster.integrators import DataBag
from tests.cluster.lifecycle import GRACE, JUJU_3, JUJU_4, Ended, Lifecycle
from tests.cluster.modeloperator import ModelOperator
from tests.functional.api import CRD, Object
from tests.functional.client import relate
from tests.functional.disturbance import Disturbance, Killed
from tests.functional.model import APP, S3, USER, Model
from tests.markdown import ROOT

from velero.removal import removing

WAYS: Final = {
    "4, no hook more": JUJU_4,
    "4, stop": Lifecycle(("stop",), without_relation=False),
    "4, stop and remove": Lifecycle(("stop", "remove"), without_relation=False),
    "3.6": JUJU_3,
}
METADATA: Final = yaml.safe_load((ROOT / "charmcraft.yaml").read_text())
ENDPOINTS: Final = (*METADATA["requires"], *METADATA["provides"])
pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_fields':DeprecationWarning")
"""In the library for tracing that ops brings."""
BUSY: Final[Object] = {"spec": {}, "status": {"phase": "InProgress"}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait seconds where a minute would be waited."""
    monkeypatch.setattr(removing, "PATIENCE", 5.0)


@pytest.fixture
def attended(cluster: Cluster, namespace: str) -> Iterator[Model]:
    """A model with Juju's webhook."""
    cluster.set_trusted(USER, trusted=True)
    model = Model(cluster, namespace, kubeconfig=cluster.kubeconfig_for(USER))
    with ModelOperator(cluster, namespace, {USER: APP}):
        yield model
    model.api.close()
    cluster.set_trusted(USER, trusted=False)


def removed_in(model: Model, event: str) -> None:
    """All is gone, and that hook has done it."""
    assert remains(model) == []
    told = [e.name for e in model.juju.history if e.status.message == "Removing Velero"]
    assert told[0] == event


def remains(model: Model) -> list[str]:
    return sorted(f"{kind} {name}" for kind, name in model.api.everything())


@pytest.mark.parametrize("way", WAYS)
def test_all_goes_with_the_first_departed(attended: Model, way: str) -> None:
    model = attended
    model.juju.lifecycle = WAYS[way]
    model.ready()
    relate(model, {"include_namespaces": [model.namespace], "schedule": "0 2 * * *"})
    model.succeed("backup create b1 --include-namespaces kube-public --wait")
    model.succeed("restore create r1 --from-backup b1 --wait")
    files = model.bucket_files()
    model.juju.remove()
    removed_in(model, f"{S3}-relation-departed")
    assert model.bucket_files() == files
    assert not model.logged()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_whichever_relation_holds_the_unit_its_end_removes_velero(
    model: Model, endpoint: str
) -> None:
    model.juju.lifecycle = JUJU_4
    model.deploy()
    model.juju.integrate(endpoint, DataBag({}, app="other", endpoint="other"))
    model.juju.remove()
    removed_in(model, f"{endpoint}-relation-departed")


def test_a_relation_that_goes_alone_removes_nothing(model: Model) -> None:
    model.ready()
    tracing = model.juju.integrate("charm-tracing", DataBag({}, app="tempo"))
    server = model.server()
    model.juju.break_relation(tracing)
    assert model.server() == server
    assert model.unit() == ("active", "")


def test_without_any_relation_juju_4_calls_no_hook_and_takes_what_is_its_own(
    attended: Model,
) -> None:
    model = attended
    model.juju.lifecycle = JUJU_4
    model.deploy({"use-node-agent": True})
    with model.events() as events:
        model.juju.remove()
    assert events == []
    model.api.until(lambda: not model.api.list("Pod"))
    left = {kind for kind, _ in model.api.everything()}
    assert left == {CRD, "Secret"}
    (secret,) = model.api.list("Secret")
    assert secret["metadata"]["name"] == "velero-repo-credentials"


@pytest.mark.parametrize("lead", [0, 2])
def test_of_several_units_the_leader_removes_it_with_its_own_first_relation(
    model: Model, lead: int
) -> None:
    model.juju.lifecycle = JUJU_4
    model.ready()
    model.juju.add_unit()
    model.juju.add_unit()
    model.juju.elect(lead)
    with model.events() as events:
        model.juju.remove()
    removed_in(model, f"{S3}-relation-departed")
    first = next(e for e in events if e.status.message == "Removing Velero")
    assert first.unit == f"{APP}/{lead}"


def test_a_hook_that_is_killed_is_gone_on_with_by_the_next_relation_s(
    cluster: Cluster, namespace: str, disturbance: Disturbance
) -> None:
    model = disturbance.model(cluster, namespace)
    model.juju.lifecycle = JUJU_4
    model.ready()
    disturbance.plan(f"{S3}-relation-departed", 1, "killed after a write")
    with pytest.raises(Killed):
        model.juju.remove()
    model.juju.resolve(retry=False)
    assert remains(model) == []
    model.api.close()


def test_what_cannot_be_done_is_tried_again_in_the_next_hook_and_said_once(
    cluster: Cluster, namespace: str, disturbance: Disturbance
) -> None:
    model = disturbance.model(cluster, namespace)
    model.juju.lifecycle = JUJU_4
    model.ready()
    disturbance.plan(f"{S3}-relation-departed", 8, "away")
    model.juju.remove()
    assert disturbance.hit
    assert "Could not" in model.logged()
    assert remains(model) == []
    said = model.logged().splitlines()
    assert len(said) == len(set(said))
    model.api.close()


def test_juju_3_removes_in_stop_where_nothing_is_integrated(model: Model) -> None:
    model.deploy()
    model.juju.remove()
    removed_in(model, "stop")


def test_what_remains_for_the_remove_hook_fits_into_its_grace(
    cluster: Cluster, namespace: str, disturbance: Disturbance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removing, "PATIENCE", 60.0)
    model = disturbance.model(cluster, namespace)
    model.deploy()
    disturbance.plan("stop", 1, "away")
    model.api.create("Backup", {"metadata": {"name": "endless"}, **BUSY})
    with model.events() as events:
        model.juju.remove()
    last = events[-1]
    assert (last.name, last.error) == ("remove", None)
    assert last.seconds < GRACE
    assert model.api.find("Deployment", "velero") is None
    model.api.close()


def test_the_stand_in_kills_a_remove_hook_that_takes_longer(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.deploy()
    (pod,) = model.api.list("Pod")
    name = pod["metadata"]["name"]
    model.api.patch("Pod", name, {"metadata": {"finalizers": ["test.example/stays"]}})
    monkeypatch.setattr(removing, "PATIENCE", 12.0)
    model.juju.lifecycle = Lifecycle(("remove",), grace=1.0)
    with model.events() as events:
        model.juju.remove()
    assert isinstance(events[-1].error, Ended)
    assert not model.juju.status.units
    model.api.patch("Pod", name, {"metadata": {"finalizers": None}})


def test_a_backup_that_runs_ends_first_and_no_other_one_begins(model: Model) -> None:
    model.ready()
    relate(model, {"include_namespaces": [model.namespace], "schedule": "0 2 * * *"})
    model.api.create("Backup", {"metadata": {"name": "long"}, **BUSY})
    seen: list[Object] = []

    def end() -> None:
        """What Velero does when a backup is done."""
        model.api.until(lambda: model.api.list("Schedule")[0]["spec"].get("paused"))
        time.sleep(6)  # more than a removal would wait that no relation holds
        seen.extend(model.api.list("Deployment"))
        model.api.patch("Backup", "long", {"status": {"phase": "Completed"}})

    ends = threading.Thread(target=end)
    ends.start()
    model.juju.remove()
    ends.join()
    assert seen, "the server has to run until then"
    assert remains(model) == []
    assert not model.logged()


def test_what_does_not_end_is_named_before_it_is_interrupted(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removing, "PATIENCE", 1.0)
    model.ready()
    for name in ("b1", "b2"):
        model.api.create("Backup", {"metadata": {"name": name}, **BUSY})
    model.juju.remove()
    shown = [message for event in model.juju.history for message in event.shown]
    assert "Removing Velero; Backup b1 may end first, in 10 s at the most" in shown
    for name in ("b1", "b2"):
        assert f"Backup {name} has not ended in 10 s; interrupting it" in model.logged()


def test_storage_that_goes_first_leaves_no_server_for_a_restore_to_wait_for(model: Model) -> None:
    """The way that the guide advises."""
    model.juju.lifecycle = JUJU_4
    model.ready()
    model.juju.integrate("grafana-dashboard", DataBag({}, app="grafana"))
    model.juju.break_relation(S3)
    model.juju.remove()
    assert remains(model) == []
