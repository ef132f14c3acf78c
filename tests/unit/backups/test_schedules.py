"""Names, labels and objects of clients' Schedules and Backups."""

import re
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero.backups import clusters, schedules, scheduling
from velero.desired import Claim, Client, Desired, Schedule, Scope, Storage
from velero.kubernetes.resources import FIELD_MANAGER, Key, Object

DESIRED = Desired("ns", "velero-operator", "image:1")
SHOP = Client("shop", "backup", "m1")
JUJU = st.from_regex(r"[a-z]([a-z0-9-]{0,70}[a-z0-9])?", fullmatch=True)
ANY = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,250}[A-Za-z0-9])?", fullmatch=True)
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def clients(name: st.SearchStrategy[str]) -> st.SearchStrategy[Client]:
    return st.builds(Client, name, name, name)


def live(wish: Schedule, fields_v1: dict[str, Any], skip: bool | None) -> Object:  # noqa: FBT001
    obj = schedules.schedule(DESIRED, wish, None, runs=True)
    entry = {"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields_v1}
    obj["metadata"]["managedFields"] = [entry]
    obj["spec"]["skipImmediately"] = skip
    return obj


def test_a_name_can_be_read() -> None:
    assert schedules.name(SHOP) == "m1.shop.backup"


@given(clients(ANY))
def test_a_name_is_one_for_kubernetes_and_a_label_value(client: Client) -> None:
    name = schedules.name(client)
    assert len(name) <= 63
    assert NAME.fullmatch(name)
    assert all(LABEL.fullmatch(value) for value in schedules.client_labels(client).values())


@given(clients(JUJU), clients(JUJU))
def test_no_two_clients_share_a_name_or_labels(one: Client, other: Client) -> None:
    assert (schedules.name(one) == schedules.name(other)) == (one == other)
    assert (schedules.client_labels(one) == schedules.client_labels(other)) == (one == other)


@pytest.mark.parametrize(
    "others",
    [
        (Client("a-b", "c", "m"), Client("a", "b-c", "m")),
        (Client("a_b", "c", "m"), Client("a-b", "c", "m")),
        (Client("A", "c", "m"), Client("a", "c", "m")),
        (Client("a.b", "c", "m"), Client("a", "b.c", "m")),
        (Client("a" * 70, "c", "m"), Client("a" * 71, "c", "m")),
    ],
)
def test_names_that_look_alike_stay_apart(others: tuple[Client, Client]) -> None:
    assert len({schedules.name(each) for each in others}) == 2


@given(clients(ANY))
def test_labels_lead_back_to_the_client(client: Client) -> None:
    obj = {"metadata": {"labels": schedules.client_labels(client)}}
    assert schedules.client_of(obj) == schedules.shortened(client)


def test_backups_of_the_earlier_charm_have_a_client_and_others_have_none() -> None:
    labels = {"app": "shop", "endpoint": "backup", "model": "m1"}
    assert schedules.client_of({"metadata": {"labels": labels}}) == SHOP
    assert schedules.client_of({"metadata": {"labels": {"app": "shop"}}}) is None
    assert schedules.client_of({"metadata": {}}) is None


def test_a_template_says_what_the_scope_says_and_nothing_more() -> None:
    everything = Scope(("a",), ("b",), ("c",), ("d",), False, {"e": "f"}, "1h")  # noqa: FBT003
    assert schedules.template(everything) == {
        "includedNamespaces": ["a"],
        "excludedNamespaces": ["b"],
        "includedResources": ["c"],
        "excludedResources": ["d"],
        "includeClusterResources": False,
        "labelSelector": {"matchLabels": {"e": "f"}},
        "ttl": "1h",
        "storageLocation": "default",
    }
    assert schedules.template(Scope()) == {"storageLocation": "default"}
    assert len(fields(Scope)) == 7


@pytest.mark.parametrize("paused", [True, False])
@pytest.mark.parametrize("runs", [True, False])
def test_a_schedule_runs_if_its_client_and_the_storage_let_it(*, paused: bool, runs: bool) -> None:
    wish = Schedule(SHOP, Scope(), "@daily", paused=paused)
    obj = schedules.schedule(DESIRED, wish, None, runs=runs)
    assert obj["spec"]["paused"] is (paused or not runs)


def test_backups_do_not_inherit_what_marks_a_schedule_as_ours_to_prune() -> None:
    obj = schedules.schedule(DESIRED, Schedule(SHOP, Scope(), "@daily"), None, runs=True)
    assert schedules.is_ours(obj, DESIRED)
    labels = obj["spec"]["template"]["metadata"]["labels"]
    marks = clusters.marks(DESIRED.instance, "")
    assert labels == schedules.client_labels(SHOP) | marks
    assert not schedules.is_ours({"metadata": {"labels": labels}}, DESIRED)


@pytest.mark.parametrize(
    ("owned", "skip", "applied"),
    [
        ({"f:spec": {"f:skipImmediately": {}}}, True, True),
        ({"f:spec": {"f:skipImmediately": {}}}, False, False),
        ({"f:spec": {"f:schedule": {}}}, False, None),
        ({}, False, None),
    ],
)
@pytest.mark.parametrize("wished", [True, False])
def test_skip_immediately_is_applied_as_it_is_while_it_is_ours(
    *, owned: dict[str, Any], skip: bool, applied: bool | None, wished: bool
) -> None:
    wish = Schedule(SHOP, Scope(), "@daily", skip_immediately=wished)
    again = schedules.schedule(DESIRED, wish, live(wish, owned, skip), runs=True)
    assert again["spec"].get("skipImmediately") is applied
    first = schedules.schedule(DESIRED, wish, None, runs=True)
    assert first["spec"]["skipImmediately"] is wished


def reconciled(desired: Desired, there: list[Object]) -> tuple[list[Object], list[str]]:
    objects: dict[Key, Object] = {(o["kind"], o["metadata"]["name"]): o for o in there}
    applied: list[Object] = []
    deleted: list[str] = []
    merged: list[Object] = []
    scheduling.bring_about(
        desired,
        objects,
        applied.append,
        lambda _kind, _name, patch: merged.append(patch),
        lambda _, name: deleted.append(name),
        str,
    )
    return applied, deleted


def test_schedules_of_others_are_neither_changed_nor_deleted() -> None:
    theirs: list[Object] = [
        {"kind": "Schedule", "metadata": {"name": name}, "spec": {}}
        for name in ("by-hand", "m1.shop.backup")
    ]
    storage = Storage("s3-credentials", "aws", "p:1", "b", "")
    desired = Desired(
        "ns", "velero-operator", "i:1", storage, schedules=(Schedule(SHOP, Scope(), "@daily"),)
    )
    assert reconciled(desired, theirs) == ([], [])
    kept = schedules.relevant(desired, theirs)
    assert [obj["metadata"]["name"] for obj in kept] == ["m1.shop.backup"]


def test_what_nobody_wants_any_more_goes() -> None:
    gone = schedules.schedule(DESIRED, Schedule(SHOP, Scope(), "@daily"), None, runs=True)
    assert reconciled(DESIRED, [gone]) == ([], ["m1.shop.backup"])


@pytest.mark.parametrize(
    ("unclear", "gone"),
    [
        (SHOP, []),
        (Client("shop", "", ""), []),
        (Client("", "", ""), []),
        (Client("db", "", ""), ["m1.shop.backup"]),
        (Client("shop", "backup", "m2"), ["m1.shop.backup"]),
    ],
)
def test_what_may_be_of_an_invalid_client_stays(unclear: Client, gone: list[str]) -> None:
    there = schedules.schedule(DESIRED, Schedule(SHOP, Scope(), "@daily"), None, runs=True)
    desired = replace(DESIRED, unclear=(Claim(9, unclear),))
    assert reconciled(desired, [there]) == ([], gone)
    assert reconciled(replace(desired, on_demand=(SHOP,)), [there]) == ([], ["m1.shop.backup"])


def test_names_too_long_for_a_label_are_known_again() -> None:
    client = Client("shop" * 20, "backup", "m1")
    there = schedules.schedule(DESIRED, Schedule(client, Scope(), "@daily"), None, runs=True)
    assert reconciled(replace(DESIRED, unclear=(Claim(9, client),)), [there]) == ([], [])
