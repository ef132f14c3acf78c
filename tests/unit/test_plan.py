"""What is to become of the installation: drawn clusters, and a model that carries it out."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from velero.installation import versions
from velero.kubernetes import resources as k8s
from velero.kubernetes.difference import differs
from velero.kubernetes.resources import FIELD_MANAGER, Key, Kind, Object
from velero.observed import Observed
from velero.plan import PRUNED, Verb, steps

KINDS = (
    k8s.CRD,
    k8s.SERVICE_ACCOUNT,
    k8s.CLUSTER_ROLE_BINDING,
    k8s.SERVICE,
    k8s.CONFIG_MAP,
    k8s.DEPLOYMENT,
    k8s.DAEMON_SET,
)
NAMES = st.sampled_from(["velero", "node-agent", "a", "b"])
VERSIONS = st.sampled_from(["v1.17.0", "v1.18.3", "v1.19.0", "", "banana"])


def made(kind: Kind, name: str, value: str, version: str) -> Object:
    notes = {"annotations": {versions.ANNOTATION: version}} if kind is k8s.CRD else {}
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "metadata": {"name": name, "labels": k8s.COMPONENT, **notes},
        "data": {"key": value},
    }


def applied(obj: Object) -> Object:
    """As the API server has it after we applied it (``metadata.managedFields``)."""
    live = deepcopy(obj)
    marks: Object = {"f:labels": {"f:component": {}}}
    fields: Object = {"f:data": {"f:key": {}}, "f:metadata": marks}
    if "annotations" in live["metadata"]:
        marks["f:annotations"] = {f"f:{versions.ANNOTATION}": {}}
    entry = {"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields}
    live["metadata"]["managedFields"] = [entry]
    return live


OBJECTS = st.builds(made, st.sampled_from(KINDS), NAMES, st.sampled_from(["1", "2"]), VERSIONS)


def key_of(obj: Object) -> Key:
    return obj["kind"], k8s.name_of(obj)


def by_key(objects: list[Object]) -> dict[Key, Object]:
    return {key_of(obj): obj for obj in objects}


@st.composite
def clusters(draw: st.DrawFn) -> dict[Key, Object]:
    there = by_key(draw(st.lists(OBJECTS, max_size=8)))
    return {key: applied(obj) if draw(st.booleans()) else obj for key, obj in there.items()}


WANTED = st.lists(OBJECTS, max_size=8).map(lambda objects: [*by_key(objects).values()])


def carried_out(wanted: list[Object], there: dict[Key, Object]) -> dict[Key, Object]:
    after, should = dict(there), by_key(wanted)
    for step in steps(wanted, Observed(objects=there)):
        key = (step.kind.name, step.name)
        if step.verb is Verb.DELETE:
            del after[key]
        else:
            assert (step.verb is Verb.MAKE) is (key not in there)
            after[key] = applied(should[key])
    return after


@given(WANTED, clusters())
def test_the_steps_lead_to_what_is_wanted(wanted: list[Object], there: dict[Key, Object]) -> None:
    after = carried_out(wanted, there)
    for obj in wanted:
        live = after[key_of(obj)]
        newer = obj["kind"] == k8s.CRD.name and versions.is_newer(live, obj)
        assert newer or not differs(obj, live)


@given(WANTED, clusters())
def test_decided_again_there_is_nothing_to_do(
    wanted: list[Object], there: dict[Key, Object]
) -> None:
    assert [*steps(wanted, Observed(objects=carried_out(wanted, there)))] == []


@given(WANTED, clusters())
def test_nothing_goes_that_is_wanted_or_that_others_may_need(
    wanted: list[Object], there: dict[Key, Object]
) -> None:
    gone = there.keys() - carried_out(wanted, there).keys()
    assert not gone & by_key(wanted).keys()
    assert {kind for kind, _ in gone} <= {kind.name for kind in PRUNED}


@given(WANTED, clusters())
def test_a_definition_of_a_newer_velero_stays_as_it_is(
    wanted: list[Object], there: dict[Key, Object]
) -> None:
    after = carried_out(wanted, there)
    for key, obj in by_key(wanted).items():
        if key[0] == k8s.CRD.name and versions.is_newer(there.get(key), obj):
            assert after[key] == there[key]
