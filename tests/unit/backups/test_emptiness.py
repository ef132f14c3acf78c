"""What is known to hold nothing, which Backup is taken, and what a restore brought back."""

import gzip
import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.backups import catalogue, emptiness, returned
from velero.errors import StoreUnreachable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def backup(progress: object, phase: object = "Completed") -> dict[str, Any]:
    return {"metadata": {"name": "b"}, "status": {"phase": phase, "progress": progress}}


@pytest.mark.parametrize(
    ("progress", "items"),
    [
        (None, None),
        ({}, 0),
        ({"totalItems": 0, "itemsBackedUp": 0}, 0),
        ({"totalItems": 5}, None),
        ({"totalItems": 5, "itemsBackedUp": 5}, 5),
        ({"itemsBackedUp": 5}, 5),
        ({"itemsBackedUp": -1}, None),
        ({"itemsBackedUp": "5"}, None),
        ([], None),
        ("", None),
    ],
)
def test_only_what_velero_has_counted_is_known_to_be_empty(
    progress: object, items: int | None
) -> None:
    assert catalogue.held(backup(progress)) == items
    assert catalogue.entry(backup(progress)).empty is (items == 0)


def test_a_backup_that_velero_has_not_counted_is_not_empty() -> None:
    assert catalogue.held({"status": {"phase": "Completed"}}) is None
    assert not catalogue.entry({"metadata": {"name": "b"}, "status": {}}).empty


@given(JSON, JSON, JSON)
def test_no_backup_is_empty_that_may_hold_something(
    done: object, of: object, phase: object
) -> None:
    found = catalogue.entry(backup({"itemsBackedUp": done, "totalItems": of}, phase))
    assert found.empty is False or (not done and not of and phase in catalogue.HOLDING)


@pytest.mark.parametrize("phase", sorted({*catalogue.PHASES} - catalogue.HOLDING))
def test_what_cannot_be_restored_is_not_called_empty(phase: str) -> None:
    assert not catalogue.entry(backup({}, phase)).empty


@given(st.dictionaries(st.sampled_from([key for key, _ in emptiness.LISTS]), JSON), JSON, JSON)
def test_a_scope_is_one_short_line(spec: dict[str, Any], selector: object, others: object) -> None:
    whole = {"spec": {**spec, "labelSelector": selector, "orLabelSelectors": others}}
    said = emptiness.scope(whole)
    assert said
    assert len(said.splitlines()) == 1
    assert said.isprintable()


def test_a_long_scope_is_cut_and_says_so() -> None:
    names = [f"n{number}" for number in range(100)]
    said = emptiness.scope({"spec": {"includedNamespaces": names}})
    assert said == "in namespaces n0, n1, n2, n3, n4, and 95 more"


LABELS = {
    "matchLabels": {"app": "x"},
    "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}],
}


def test_a_scope_names_all_that_narrows_it() -> None:
    spec = {"excludedNamespaces": ["kube-*"], "includedResources": ["pods"]}
    assert emptiness.scope({"spec": {**spec, "labelSelector": LABELS}}) == (
        "not in namespaces kube-*, of kinds pods, with labels app=x, tier In (a, b)"
    )
    assert emptiness.scope({}) == "everything"


ACTIONS = st.sampled_from([*returned.ACTIONS, "", "created)(", "?"])
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(st.sampled_from(["v1/Pod", "v1/Secret"]), NAMES, ACTIONS)))
def test_each_object_is_counted_once_by_what_was_done_with_it(
    objects: list[tuple[str, str, str]],
) -> None:
    file: dict[str, list[str]] = {}
    for kind, name, action in objects:
        file.setdefault(kind, []).append(f"{name}({action})")
    told = Counter(action for _, _, action in objects)
    assert returned.counts(json.dumps(file).encode(), "h") == {
        each: told[each] for each in returned.ACTIONS
    }


@given(JSON)
def test_any_document_is_counted_or_refused(document: object) -> None:
    read = partial(returned.counts, json.dumps(document).encode(), "h")
    if isinstance(document, dict):
        assert set(read()) == {*returned.ACTIONS}
        return
    with pytest.raises(StoreUnreachable, match=r"^what h sent cannot be read$"):
        read()


@pytest.mark.parametrize("document", [b"", b"{", b"[" * 10**6, gzip.compress(b"{}", mtime=0)])
def test_a_file_that_is_none_is_refused(document: bytes) -> None:
    with pytest.raises(StoreUnreachable):
        returned.counts(document, "h")


@given(
    found=st.dictionaries(st.sampled_from(returned.ACTIONS), st.integers(0, 9)),
    updates=st.booleans(),
)
def test_a_note_says_how_many_came_back_unless_all_did(
    found: dict[str, int], *, updates: bool
) -> None:
    note = returned.summary(found, updates=updates)
    back = found.get("created", 0) + found.get("updated", 0)
    failed, of = found.get("failed", 0), sum(found.values())
    assert bool(note) is (failed > 0 or (of > 0 and not back))
    if note:
        assert note.startswith(f"{back or 'None'} of {of} objects came back")
        assert ("existing-resource-policy" in note) is (failed > 0 and not updates)
