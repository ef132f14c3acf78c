"""Schedules are written one by one, and each is wholly as its client asks."""

import copy
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero import total
from velero.backups import drift, schedules, scheduling
from velero.desired import Claim, Client, Desired, Schedule, Scope, Storage
from velero.errors import Conflict, Denied, Forbidden, NotFound, Rejected, Unreachable, VeleroError
from velero.kubernetes.resources import FIELD_MANAGER, Key, Kind, Object
from velero.observed import Observed
from velero.storage.checks import schedule_unusable

STORAGE = Storage("s3-credentials", "aws", "p:1", "b", "")
SHOP, DB = Client("shop", "backup", "m1"), Client("db", "backup", "m1")


def desired(*wishes: Schedule, unclear: tuple[Claim, ...] = ()) -> Desired:
    return Desired("ns", "velero-operator", "i:1", STORAGE, schedules=wishes, unclear=unclear)


def wish(client: Client, relation: int = 7) -> Schedule:
    return Schedule(client, Scope(("shop",), ttl="24h"), "@daily", relation=relation)


def live(client: Client, relation: int = 7) -> Object:
    obj = schedules.schedule(desired(), wish(client, relation), None, runs=True)
    fields: Object = {"f:metadata": {"f:annotations": {f"f:{schedules.RELATION}": {}}}}
    entry: Object = {"manager": FIELD_MANAGER, "operation": "Apply", "fieldsV1": fields}
    obj["metadata"]["managedFields"] = [entry]
    return obj


class Recorder:
    """Takes down what is written; some of it fails."""

    def __init__(self, *there: Object, fails: dict[str, VeleroError] | None = None) -> None:
        self.live: dict[Key, Object] = {
            (obj["kind"], obj["metadata"]["name"]): obj for obj in there
        }
        self.fails = fails or {}
        self.applied: list[str] = []
        self.merged: list[Object] = []
        self.deleted: list[str] = []

    def apply(self, obj: Object) -> None:
        name = obj["metadata"]["name"]
        if name in self.fails:
            raise self.fails[name]
        self.applied.append(name)

    def merge(self, _kind: Kind, _name: str, patch: Object) -> None:
        self.merged.append(patch)

    def delete(self, _kind: Kind, name: str) -> None:
        self.deleted.append(name)

    def bring_about(self, what: Desired) -> dict[str, str]:
        return scheduling.bring_about(what, self.live, self.apply, self.merge, self.delete, str)


@pytest.mark.parametrize("kind", [Rejected, Denied, Conflict, NotFound])
def test_what_one_schedule_meets_is_at_the_cost_of_no_other(kind: type[VeleroError]) -> None:
    with_gone = Recorder(
        live(Client("gone", "backup", "m1")), fails={"m1.db.backup": kind("too large")}
    )
    what = desired(wish(DB), wish(SHOP))
    refused = with_gone.bring_about(what)
    assert refused == {"m1.db.backup": "too large"}
    assert with_gone.applied == ["m1.shop.backup"]
    assert with_gone.deleted == ["m1.gone.backup"]
    found = schedule_unusable(what, Observed(unwritten=refused))
    assert found
    assert found.message == "Schedule m1.db.backup cannot be written: too large"


@pytest.mark.parametrize("kind", [Unreachable, Forbidden])
def test_what_they_all_meet_stops(kind: type[VeleroError]) -> None:
    recorder = Recorder(fails={"m1.db.backup": kind("no")})
    with pytest.raises(kind):
        recorder.bring_about(desired(wish(DB), wish(SHOP)))


def test_one_that_somebody_holds_while_it_is_deleted_stops_no_other() -> None:
    held = live(DB)
    held["metadata"]["deletionTimestamp"] = "2026-11-01T00:00:00Z"
    recorder = Recorder(held, fails={"m1.db.backup": Unreachable("held by x/y")})
    assert recorder.bring_about(desired(wish(DB), wish(SHOP))) == {"m1.db.backup": "held by x/y"}
    assert recorder.applied == ["m1.shop.backup"]


@pytest.mark.parametrize(
    ("unclear", "stays"),
    [
        (Claim(7, Client("", "", "")), True),
        (Claim(7, SHOP), True),
        (Claim(9, Client("", "", "")), False),
        (Claim(9, SHOP), False),
        (Claim(7, DB), False),
    ],
)
def test_an_unreadable_client_keeps_the_schedule_of_its_own_relation_only(
    unclear: Claim, *, stays: bool
) -> None:
    recorder = Recorder(live(SHOP, 7))
    recorder.bring_about(desired(unclear=(unclear,)))
    assert recorder.deleted == ([] if stays else ["m1.shop.backup"])


JSON = st.recursive(
    st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def merged(obj: Any, patch: Any) -> Any:  # noqa: ANN401 - JSON
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result: dict[str, Any] = dict(cast("Object", obj)) if isinstance(obj, dict) else {}
    for key, value in cast("Object", patch).items():
        result.pop(key, None) if value is None else result.update(
            {key: merged(result.get(key), value)}
        )
    return result


PLACES = st.sampled_from([(), ("template",), ("template", "metadata"), ("template", "labels")])


@given(st.lists(st.tuples(PLACES, st.text(), JSON), max_size=4), st.none() | st.booleans())
def test_whatever_somebody_adds_is_taken_out_and_nothing_else(
    additions: list[tuple[tuple[str, ...], str, Any]],
    skip: bool | None,  # noqa: FBT001
) -> None:
    want = schedules.schedule(desired(), wish(SHOP), None, runs=True)
    there = copy.deepcopy(live(SHOP))
    there["spec"]["skipImmediately"] = skip
    for path, key, value in additions:
        place = there["spec"]
        for step in path:
            place = place.setdefault(step, {})
        if isinstance(place, dict):
            cast("Object", place).setdefault(key, value)
    key = ("Schedule", "m1.shop.backup")
    patch = scheduling.added(want, {key: there})
    there["spec"] = merged(there["spec"], patch.get("spec", {}))
    assert scheduling.added(want, {key: there}) == {}
    del there["spec"]["skipImmediately"]
    del want["spec"]["skipImmediately"]
    assert there["spec"] == want["spec"]
    assert total.plain(", ".join(drift.paths(patch)), 10_000).isprintable()


def test_what_the_api_server_puts_in_by_itself_stays() -> None:
    definition = {
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "schedules.velero.io"},
        "spec": {
            "versions": [
                {
                    "name": "v1",
                    "schema": {
                        "openAPIV3Schema": {
                            "properties": {
                                "spec": {
                                    "properties": {
                                        "template": {"properties": {"new": {"default": 5}}}
                                    }
                                }
                            }
                        }
                    },
                }
            ]
        },
    }
    there = live(SHOP)
    there["spec"]["template"] |= {"new": 5}
    recorder = Recorder(definition, there)
    recorder.bring_about(desired(wish(SHOP)))
    assert recorder.merged == []
    there["spec"]["template"] |= {"new": 6}
    recorder.bring_about(desired(wish(SHOP)))
    assert recorder.merged == [{"spec": {"template": {"new": None}}}]
