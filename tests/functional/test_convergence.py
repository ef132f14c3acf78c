"""A reconcile that is cut off at any single request: the next hook ends where it would have.

The connection to the API server breaks at request N of a hook, for each N that it has; or the
charm is killed there, and Juju retries the hook. What the API server holds then is the same: what
it held before request N or, which is the same, after it had acted on the one before. Everything
else is real and undisturbed; compared is all that there is of ours.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import count

import pytest
from tests.cluster.cluster import Cluster
from tests.functional.api import BINDING, CRD
from tests.functional.changes import AGENT_OFF, AGENT_ON, PROVIDER, REFRESH, REMOVE, Change
from tests.functional.disturbance import Disturbance, Killed
from tests.functional.model import MISSING, S3, Model
from tests.functional.shape import Shape, shape
from tests.functional.trial import Trial

from charm import VeleroOperatorCharm

INSTALLED = {BINDING, "Deployment", "Secret", "Service", "ServiceAccount"}


@pytest.fixture
def model(cluster: Cluster, namespace: str, disturbance: Disturbance) -> Iterator[Model]:
    model = disturbance.model(cluster, namespace)
    yield model
    model.api.close()


def wipe(model: Model, definitions: Collection[str]) -> None:
    """Take away what is installed, and some of the definitions."""
    gone = [(CRD, name) for name in definitions]
    gone += [key for key in model.api.everything() if key[0] in INSTALLED]
    for kind, name in gone:
        model.api.delete(kind, name)
    model.api.until(lambda: not model.api.names() & set(gone))


def installed_again(model: Model) -> Shape:
    """An installation whose password came back from Juju, as it does after each `wipe`."""
    model.deploy()
    wipe(model, [])
    model.juju.config()
    return shape(model)


def written(disturbance: Disturbance) -> list[str]:
    """The end of the path of each write."""
    return [r.path.rpartition("/")[2] for r in disturbance.requests if r.writes]


def definitions_of(model: Model) -> set[str]:
    return {crd["metadata"]["name"] for crd in model.api.list(CRD)}


@pytest.fixture
def no_server(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start none: while its definitions come and go it would only cost time."""
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)
    cluster.kubelet.pause()


@pytest.mark.usefixtures("no_server")
def test_an_install_that_is_cut_off_before_any_definition_is_completed_by_the_next_hook(
    model: Model, disturbance: Disturbance
) -> None:
    undisturbed = installed_again(model)
    wipe(model, definitions_of(model))
    disturbance.plan("config-changed", 0)
    model.juju.config()
    assert shape(model) == undisturbed
    paths = [request.path for request in disturbance.requests]
    order = [path.rpartition("/")[2] for path in paths if "customresourcedefinitions/" in path]
    order = list(dict.fromkeys(order))
    assert set(order) == definitions_of(model)
    first = next(n for n, request in enumerate(disturbance.requests, 1) if request.writes)
    wipe(model, order)
    for n in range(1, first):
        disturbance.plan("config-changed", n)
        model.juju.config()
        assert not model.api.everything(), f"request {n} comes before anything is written"
    for number, name in enumerate(order):
        disturbance.plan("config-changed", first)
        model.juju.config()
        assert definitions_of(model) == set(order[:number])
        model.juju.update_status()
        assert shape(model) == undisturbed, f"cut off before {name}"
        wipe(model, order[number + 1 :])


def test_an_install_that_is_cut_off_after_the_definitions_is_completed_by_the_next_hook(
    model: Model, disturbance: Disturbance
) -> None:
    undisturbed = installed_again(model)
    for n in count(1):
        wipe(model, [])
        disturbance.plan("config-changed", n)
        model.juju.config()
        model.juju.update_status()
        assert shape(model) == undisturbed, f"after request {n} of the install"
        assert model.unit() == MISSING, n
        if not disturbance.hit:
            break
    binding = f"velero-{model.namespace}"
    expected = ["secrets", binding, "velero", "velero", "velero-metrics"]
    assert sorted(written(disturbance)) == sorted(expected)


def test_a_first_storage_that_is_cut_off_anywhere_is_completed_by_the_next_hook(
    model: Model, disturbance: Disturbance
) -> None:
    model.ready()
    undisturbed = shape(model)
    for n in count(1):
        model.juju.break_relation(S3)
        disturbance.plan("s3-credentials-relation-changed", n)
        model.relate()
        model.juju.update_status()
        assert shape(model) == undisturbed, f"after request {n} of the relation's hook"
        assert model.unit() == ("active", ""), n
        if not disturbance.hit:
            break
    written = [
        request.path.rpartition("/")[2] for request in disturbance.requests if request.writes
    ]
    assert written == ["velero", "velero-storage-1", "default"]


def test_storage_that_is_cut_off_anywhere_while_it_goes_is_gone_after_the_next_hook(
    model: Model, disturbance: Disturbance
) -> None:
    model.deploy()
    undisturbed = shape(model)
    model.relate()
    disturbance.plan("s3-credentials-relation-broken", 0)
    model.juju.break_relation(S3)
    first = next(n for n, request in enumerate(disturbance.requests, 1) if request.writes)
    for n in count(first):
        model.relate()
        disturbance.plan("s3-credentials-relation-broken", n)
        model.juju.break_relation(S3)
        model.juju.update_status()
        assert shape(model) == undisturbed, f"after request {n} of the relation's hook"
        if not disturbance.hit:
            break
    assert written(disturbance) == ["velero", "default", "velero-storage-1"]


def test_rotated_keys_that_are_cut_off_anywhere_are_in_use_after_the_next_hook(
    model: Model, disturbance: Disturbance
) -> None:
    model.ready()
    store, server = model.cluster.store, model.server()
    for n in count(1):
        store.rotate("velero", f"secret-key-number-{n}")
        disturbance.plan("secret-changed", n)
        model.juju.rotate_secret(S3, secret_key=store.secret_key)
        model.juju.update_status()
        assert model.unit() == ("active", ""), n
        assert len(model.storage_secrets()) == 1
        if not disturbance.hit:
            break
    assert model.server() == server


@pytest.mark.parametrize("change", [AGENT_ON, AGENT_OFF], ids=str)
def test_a_switch_of_the_node_agent_that_is_killed_anywhere_is_completed_by_its_retry(
    model: Model, disturbance: Disturbance, change: Change
) -> None:
    is_completed(Trial(model, disturbance, change))


@pytest.mark.parametrize("change", [REFRESH, PROVIDER], ids=str)
def test_a_change_of_the_server_that_is_killed_anywhere_is_completed_by_its_retry(
    model: Model,
    disturbance: Disturbance,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
) -> None:
    model.ready()
    # What the objects are does not depend on the new server, and each start of one takes a second
    monkeypatch.setattr(VeleroOperatorCharm, "patience", 0.2)
    model.cluster.kubelet.pause()
    is_completed(Trial(model, disturbance, change))


def is_completed(trial: Trial) -> None:
    outcomes = [*trial.each_request("killed")]
    assert len(outcomes) >= 10
    assert [str(outcome) for outcome in outcomes if not outcome.good] == []


def test_a_removal_that_is_killed_after_every_single_write_ends_where_one_ends(
    model: Model, disturbance: Disturbance
) -> None:
    REMOVE.begin(model)
    files, kills = model.bucket_files(), 0
    disturbance.plan(REMOVE.event, 1, "killed after a write")
    with suppress(Killed):
        REMOVE.make(model)
    while model.juju.status.units:
        kills += 1
        disturbance.plan(REMOVE.event, 1, "killed after a write")
        with suppress(Killed):
            model.juju.resolve()
    assert kills >= 20
    assert not model.api.everything()
    assert model.bucket_files() == files
    assert not model.logged()
