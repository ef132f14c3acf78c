"""What people type as parameters: read strictly, and never as more than it says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.adopting import AdoptParams
from actions.backups import CreateParams, DeleteParams, ListParams
from actions.commands import RunParams
from actions.diagnose import DiagnoseParams
from actions.listing import ListParams as ClientsParams
from actions.params import Params, selector
from actions.restoring import RestoreParams
from velero.backups import restores
from velero.errors import Refused
from velero.kubernetes import names
from velero.kubernetes import resources as k8s

MODELS = [
    AdoptParams,
    ClientsParams,
    CreateParams,
    DeleteParams,
    DiagnoseParams,
    ListParams,
    RestoreParams,
    RunParams,
]
BACKUP = {
    "metadata": {"name": "b", "namespace": "ns", "uid": "u", "creationTimestamp": "2026"},
    "spec": {},
}
TOKENS = st.sampled_from(["a", "b", ",", ":", "*", " ", "in", "(", ")", "=", "!", "or", "", "-"])
TYPED = st.lists(TOKENS, max_size=8).map("".join) | st.text(max_size=12)
LONG = st.tuples(TYPED, st.integers(1, 20_000)).map(lambda drawn: drawn[0] * drawn[1])
HARD = [10**4000, -(10**4000), "\0", "\ud800", "a\x1b[31mb", "a\nb", "../../othervelero/backups/b"]


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [{"a": value}]
    return value


JSON = st.recursive(
    st.text(st.characters(), max_size=12)
    | TYPED
    | LONG
    | st.booleans()
    | st.integers()
    | st.none()
    | st.floats()
    | st.sampled_from(HARD),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TYPED, inner, max_size=2),
    max_leaves=3,
)


def keys(model: type[Params]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def anything(model: type[Params]) -> st.SearchStrategy[tuple[type[Params], dict[str, Any]]]:
    unknown = st.text(st.characters(), max_size=8) | LONG
    named = st.sampled_from(keys(model)) | unknown if keys(model) else unknown
    return st.tuples(st.just(model), st.dictionaries(named, JSON, max_size=5))


@given(st.sampled_from(MODELS).flatmap(anything))
def test_parameters_are_understood_or_refused_in_one_line(
    typed: tuple[type[Params], dict[str, Any]],
) -> None:
    model, values = typed
    said = ""
    try:
        model.from_values(values)
    except Refused as refusal:
        said = str(refusal)
    assert said.isprintable()
    assert len(said) < 600


@given(st.one_of(st.sampled_from(HARD), LONG, st.text("ab/.?%", max_size=9)))
def test_what_is_taken_for_a_backup_s_name_is_one(typed: object) -> None:
    for model in (DeleteParams, RestoreParams):
        try:
            params = model.from_values({"backup": typed})
        except Refused:
            continue
        assert isinstance(params, DeleteParams | RestoreParams)
        assert names.segment(k8s.BACKUP, params.backup or "") == typed


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("value", [10**5000, nested(100_000)], ids=["digits", "depth"])
def test_what_python_itself_cannot_write_out_is_refused(
    model: type[Params], value: object
) -> None:
    for key in [*keys(model), "unknown"]:
        with pytest.raises(Refused):
            model.from_values({key: value})


NARROWING = {
    "include-namespaces": "includedNamespaces",
    "exclude-namespaces": "excludedNamespaces",
    "include-resources": "includedResources",
    "exclude-resources": "excludedResources",
    "namespace-mapping": "namespaceMapping",
}


@given(
    st.dictionaries(st.sampled_from([*NARROWING, "selector", "or-selector"]), TYPED, max_size=4)
)
def test_what_narrows_a_restore_narrows_it_or_is_refused(typed: dict[str, str]) -> None:
    try:
        params = RestoreParams.from_values({"backup": "b", **typed})
    except Refused:
        return
    spec = restores.restore(BACKUP, params.wish(), "r")["spec"]
    for key, field in NARROWING.items():
        assert bool(spec.get(field)) is (key in typed)
        assert len(spec.get(field, ())) == (typed[key].count(",") + 1 if key in typed else 0)
    assert ("labelSelector" in spec) is ("selector" in typed)
    assert ("orLabelSelectors" in spec) is ("or-selector" in typed)
    selectors = [*spec.get("orLabelSelectors", ()), spec.get("labelSelector")]
    for each in filter(None, selectors):
        assert each["matchExpressions"]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"include-namespaces": ""}, "include-namespaces: '' is empty"),
        ({"include-namespaces": " "}, "is empty"),
        ({"include-namespaces": ","}, "has an empty item"),
        ({"include-namespaces": "a,,b"}, "has an empty item"),
        ({"include-namespaces": "a,"}, "has an empty item"),
        ({"include-namespaces": "A"}, "is not a namespace"),
        ({"include-namespaces": "*,a"}, '"*" already means all'),
        ({"exclude-namespaces": "*"}, "would leave nothing"),
        ({"include-namespaces": "a", "exclude-namespaces": "a"}, "is also in include-namespaces"),
        ({"include-resources": "pods,"}, "has an empty item"),
        ({"include-resources": "no spaces"}, "is not a resource type"),
        ({"include-namespaces": ["a"]}, "is empty or no text"),
        ({"selector": ""}, "selector: '' is empty"),
        ({"selector": "app="}, "has an empty value"),
        ({"selector": "app=a,"}, "no label selector"),
        ({"selector": "app in ()"}, "has an empty value"),
        ({"selector": "app>1"}, "is not a label key"),
        ({"selector": "app=a=b"}, "no label selector"),
        ({"or-selector": "app=a"}, "is one selector"),
        ({"or-selector": "app=a or "}, "is empty"),
        ({"or-selector": "app=a or or b=c"}, "is empty"),
        ({"selector": "a=b", "or-selector": "a=b or c=d"}, "exclude each other"),
        ({"namespace-mapping": "a"}, "is not old:new"),
        ({"namespace-mapping": "a:"}, "is not a namespace"),
        ({"namespace-mapping": "a:b,a:c"}, "is mapped twice"),
        ({"namespace-mapping": "*:b"}, "is not old:new"),
        ({"target": "shop:backup"}, "either backup= or target="),
        ({"model": "m1"}, "model= goes with target="),
        ({"existing-resource-policy": "replace"}, "'none' or 'update'"),
        ({"wait": "forever"}, "is not a duration"),
        ({"wait": "2h"}, "is not between 0s and 1h"),
        ({"wait": "-1s"}, "is not between 0s and 1h"),
        ({"allow-partial": "yes"}, "allow-partial: "),
        ({"include-namespace": "a"}, "include-namespace: "),
    ],
)
def test_what_is_malformed_is_never_taken_for_everything(
    typed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused) as refusal:
        RestoreParams.from_values({"backup": "b", **typed})
    assert reason in str(refusal.value)


def test_neither_backup_nor_target_is_refused() -> None:
    with pytest.raises(Refused, match="either backup= or target="):
        RestoreParams.from_values({})


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("app=shop", [("app", "In", ("shop",))]),
        ("app == shop", [("app", "In", ("shop",))]),
        ("app!=shop", [("app", "NotIn", ("shop",))]),
        ("env in (a, b),tier", [("env", "In", ("a", "b")), ("tier", "Exists", ())]),
        ("env notin (a)", [("env", "NotIn", ("a",))]),
        ("!app", [("app", "DoesNotExist", ())]),
        ("app.kubernetes.io/name=x", [("app.kubernetes.io/name", "In", ("x",))]),
    ],
)
def test_selectors_are_those_of_kubernetes(text: str, meaning: list[Any]) -> None:
    assert list(selector(text)) == meaning


def test_both_sides_of_an_or_count() -> None:
    params = RestoreParams.from_values({"backup": "b", "or-selector": "app=a or app=b,c"})
    selectors = restores.restore(BACKUP, params.wish(), "r")["spec"]["orLabelSelectors"]
    assert [len(each["matchExpressions"]) for each in selectors] == [1, 2]


@pytest.mark.parametrize("target", ["shop", "shop:", ":backup", "a:b:c", ""])
def test_a_target_is_application_and_endpoint(target: str) -> None:
    with pytest.raises(Refused, match="target: "):
        CreateParams.from_values({"target": target})


def test_a_wait_is_a_duration() -> None:
    assert CreateParams.from_values({"target": "a:b", "wait": "1m30s"}).wait == 90
    assert CreateParams.from_values({"target": "a:b"}).wait == 300


@pytest.mark.parametrize("limit", [0, 501, -1, "5", 1.5, True])
def test_a_limit_has_limits(limit: object) -> None:
    with pytest.raises(Refused, match="limit: "):
        ListParams.from_values({"limit": limit})


def test_a_status_is_a_phase_however_it_is_spelt() -> None:
    assert ListParams.from_values({"status": "partiallyfailed"}).status == "PartiallyFailed"
    with pytest.raises(Refused, match="those are New, Queued"):
        ListParams.from_values({"status": "broken"})
