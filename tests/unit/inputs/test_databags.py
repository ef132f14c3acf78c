"""Whatever others write into a databag, no hook fails, and what is wrong is said."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import ops
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ops import testing
from tests.cluster.application import REPOSITORY
from tests.cluster.integrators import quiet_library
from tests.unit.inputs.test_storages import AZURE, IDS, IMAGES, KEY, META, Reader, waiting

import tracing
from inputs import databags
from inputs.storages import Storages
from monitoring import endpoints
from velero.problem import Need, Problem
from velero.storage.providers.azure import PRINCIPAL_ENDPOINT

DEEP = "[" * 100_000
LONG = f"[{'9' * 5000}]"
JUNK = st.one_of(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).map(json.dumps),
    st.sampled_from(
        ["x", "é", "", "null", "1", "[]", "{}", '"\\ud800"', "NaN", DEEP, LONG, "nan"]
    ),
)
FIELDS = ["bucket", "container", "endpoint", "data", "version", "tls-ca-chain", "secret-extra"]
BAGS = st.dictionaries(st.sampled_from([*FIELDS, "secret-key", "requested-secrets", "path"]), JUNK)
QUICK = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a charm takes too long to shrink junk
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _quietly() -> Generator[None]:
    with quiet_library():
        yield


@pytest.mark.parametrize("endpoint", Storages.endpoints())
@pytest.mark.parametrize("leader", [True, False])
@given(bag=BAGS)
@QUICK
def test_no_hook_of_a_storage_relation_fails(
    endpoint: str, bag: Mapping[str, str], *, leader: bool
) -> None:
    relation = testing.Relation(endpoint, remote_app_data=dict(bag))
    state = testing.State(leader=leader, relations={relation})
    context = testing.Context(Reader, meta=META)
    for event in (
        context.on.relation_created(relation),
        context.on.relation_joined(relation, remote_unit=0),
        context.on.relation_changed(relation, remote_unit=0),
        context.on.relation_broken(relation),
    ):
        with context(event, state) as manager:
            _, problem = manager.charm.storages.read(IMAGES, "model/app")
            assert problem is None or problem.message.isprintable()


@pytest.mark.parametrize("version", [None, "0", "0.9", "nan", "x", DEEP, "1", "2"])
def test_only_a_provider_of_wire_version_0_is_asked_by_a_bucket(version: str | None) -> None:
    bag = {"data": "{}"} | ({"version": version} if version else {})
    for endpoint, field in (("s3-credentials", "bucket"), ("azure-storage", "container")):
        relation = testing.Relation(endpoint, remote_app_data=bag)
        state = testing.State(leader=True, relations={relation})
        context = testing.Context(Reader, meta=META)
        done = context.run(context.on.relation_changed(relation, remote_unit=0), state)
        said = done.get_relation(relation.id).local_app_data
        asked = {field: f"relation-{relation.id}"} if version in {None, "0", "0.9"} else {}
        assert said == asked


def test_a_new_secret_is_read_although_the_old_one_is_still_there() -> None:
    old, new = testing.Secret({"secret-key": "b2xk"}), testing.Secret({"secret-key": "bmV3"})
    for secret in (old, new):
        with reading(AZURE | {"secret-extra": secret.id}, secrets=[old, new]) as storages:
            storage, _ = storages.read(IMAGES, "model/app")
            assert storage
            assert secret.tracked_content["secret-key"] in storage.credential


@contextmanager
def reading(
    bag: Mapping[str, str],
    endpoint: str = "azure-storage",
    secrets: list[testing.Secret] | None = None,
    principal: Mapping[str, str] | None = None,
) -> Generator[Storages]:
    relations = {testing.Relation(endpoint, remote_app_data=dict(bag))}
    if principal is not None:
        relations.add(testing.Relation(PRINCIPAL_ENDPOINT, remote_app_data=dict(principal)))
    state = testing.State(leader=True, relations=relations, secrets=secrets or [])
    context = testing.Context(Reader, meta=META)
    with context(context.on.update_status(), state) as manager:
        yield manager.charm.storages


@pytest.mark.parametrize("secret", ["\n", "x y", "--help", "s" * 300, "é", "secret:a\x1bb"])
def test_a_secret_s_id_that_is_none_is_named(secret: str) -> None:
    with reading(AZURE | {"secret-extra": f"-{secret}-"}) as storages:
        _, problem = storages.read(IMAGES, "m/a")
    assert problem
    reason = "Invalid storage data: azure-storage: secret-extra: is no secret's id; "
    if secret == "--help":  # Juju's own tool is given it behind `secret:`
        assert (None, problem) == waiting("Waiting for remote to grant its secret")
    else:
        assert problem == Problem(Need.BLOCKED, f"{reason}integrate it anew")


def test_the_same_of_a_principal() -> None:
    with reading(AZURE | KEY, principal=IDS | {"secret-extra": "a b"}) as storages:
        _, problem = storages.read(IMAGES, "m/a")
    assert problem
    assert f"{PRINCIPAL_ENDPOINT}: secret-extra: is no secret's id" in problem.message


def test_a_field_that_is_too_long_is_named() -> None:
    with reading(AZURE | KEY | {"path": "x" * (databags.FIELD_BYTES + 1)}) as storages:
        _, problem = storages.read(IMAGES, "m/a")
    assert problem
    assert "azure-storage: path: is longer than" in problem.message


def complaints(event: str) -> list[Problem]:
    relation = testing.Relation(endpoints.METRICS, remote_app_data={"event": event})
    meta = {"name": "c", "provides": {endpoints.METRICS: {"interface": "any"}}}
    context = testing.Context(ops.CharmBase, meta=meta)
    with context(context.on.update_status(), testing.State(relations={relation})) as manager:
        found = manager.charm.model.relations[endpoints.METRICS]
        return [*endpoints.complaints(found)]


@given(JUNK)
@QUICK
def test_whatever_prometheus_answers_is_a_note(event: str) -> None:
    for problem in complaints(event):
        assert problem.need is Need.NOTE
        assert problem.message.isprintable()


@pytest.mark.parametrize("event", ["[]", "1", "null", DEEP, "x", "", '"text"'])
def test_an_answer_that_is_no_object_names_its_endpoint(event: str) -> None:
    [problem] = complaints(event)
    assert problem.message == (
        "remote answers on metrics-endpoint with an event that is no JSON object; upgrade remote"
    )


class Traced(ops.CharmBase):
    """Follows the two endpoints of tracing."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.kept, self.unreadable = tracing.observe(self)


TRACED = yaml.safe_load((REPOSITORY / "charmcraft.yaml").read_text())
URLS: st.SearchStrategy[object] = st.sampled_from(["", "http://x", "https://x", 1, None, "\x00"])
PROTOCOLS: st.SearchStrategy[object] = st.fixed_dictionaries(
    {}, optional={"name": st.sampled_from(["otlp_http", "x", 1]), "type": JUNK}
)
OFFERS: st.SearchStrategy[object] = st.lists(
    st.fixed_dictionaries({}, optional={"url": URLS, "protocol": PROTOCOLS})
)
RECEIVERS = st.one_of(JUNK, OFFERS.map(json.dumps))


# What ops' libraries do themselves
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("leader", [True, False])
@given(
    receivers=RECEIVERS,
    app=st.dictionaries(st.sampled_from(["certificates", "version"]), JUNK),
    unit=st.dictionaries(st.sampled_from(["ca", "certificate", "chain", "version"]), JUNK),
)
@QUICK
def test_no_hook_of_a_tracing_relation_fails(
    receivers: str, app: dict[str, str], unit: dict[str, str], *, leader: bool
) -> None:
    traces = testing.Relation(tracing.ENDPOINT, remote_app_data={"receivers": receivers})
    authority = testing.Relation(
        tracing.CA_ENDPOINT, remote_app_data=app, remote_units_data={0: unit}
    )
    state = testing.State(leader=leader, relations={traces, authority})
    context = testing.Context(Traced, meta=TRACED)
    for relation in (traces, authority):
        context.run(context.on.relation_created(relation), state)
        context.run(context.on.relation_changed(relation, remote_unit=0), state)
        context.run(context.on.relation_broken(relation), state)
    context.run(context.on.start(), state)


@pytest.mark.parametrize("junk", [DEEP, LONG, "x", "null"])
def test_what_keeps_traces_from_going_anywhere_is_named(junk: str) -> None:
    for endpoint, field in ((tracing.ENDPOINT, "receivers"), (tracing.CA_ENDPOINT, "version")):
        relation = testing.Relation(endpoint, remote_app_data={field: junk})
        context = testing.Context(Traced, meta=TRACED)
        state = testing.State(relations={relation})
        with context(context.on.start(), state) as manager:
            assert manager.charm.unreadable == f"{endpoint}: {field}"
