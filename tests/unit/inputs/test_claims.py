"""Who holds an identity that several clients claim."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops import testing
from tests.unit.inputs.test_clients import META, Charm, bag, target

from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    InvalidClient,
    VeleroBackupSpec,
)
from inputs import claims, clients
from velero.backups import schedules
from velero.desired import Client, Desired, Schedule, Scope
from velero.kubernetes.resources import FIELD_MANAGER, Object

SHOP = Client("shop", "backup", "m1")


def valid(relation: int, app: str = "shop") -> BackupClient[VeleroBackupSpec]:
    return BackupClient(relation, app, "backup", "m1", VeleroBackupSpec(schedule="@daily"))


def invalid(relation: int, app: str = "shop") -> InvalidClient:
    return InvalidClient(relation, "why", app, "backup", "m1")


def unreadable(relation: int) -> InvalidClient:
    return InvalidClient(relation, "why")


def served(found: list[claims.Read]) -> list[tuple[int, str]]:
    return [(each.relation_id, each.app) for each in found if isinstance(each, BackupClient)]


@pytest.mark.parametrize(
    ("found", "memory", "holds"),
    [
        ([valid(3), valid(9)], {}, [3]),
        ([invalid(3), valid(9)], {}, []),
        ([unreadable(3), valid(9)], {}, [9]),
        ([valid(3), valid(9)], {"m1.shop.backup": 9}, [9]),
        ([valid(3), invalid(9)], {"m1.shop.backup": 9}, []),
        ([valid(3), unreadable(9)], {"m1.shop.backup": 9}, []),
        ([valid(3), valid(9, "db")], {"m1.shop.backup": 9}, [3, 9]),
        ([valid(3), valid(9, "db"), unreadable(9)], {"m1.shop.backup": 9}, [9]),
        ([valid(3)], {"m1.shop.backup": 9}, [3]),
        ([invalid(3), valid(3)], {}, [3]),
        ([valid(3), valid(3)], {}, [3]),
    ],
)
def test_who_had_it_first_keeps_it_until_its_relation_goes(
    found: list[claims.Read], memory: dict[str, int], holds: list[int]
) -> None:
    settled = claims.settled(found, memory)
    assert [relation for relation, _ in served(settled)] == holds
    told = [each for each in settled if isinstance(each, InvalidClient) and each.reason != "why"]
    assert len(told) == len([each for each in found if isinstance(each, BackupClient)]) - len(
        holds
    )
    for each in told:
        assert "already the client of relation" in each.reason or "name it once" in each.reason


APPS = st.sampled_from(["shop", "db"])
READ = st.builds(valid, st.integers(0, 4), APPS) | st.builds(invalid, st.integers(0, 4), APPS)
ALL = st.lists(READ | st.builds(unreadable, st.integers(0, 4)), max_size=8).map(
    lambda found: sorted(found, key=lambda each: each.relation_id)
)
MEMORY = st.dictionaries(
    st.sampled_from(["m1.shop.backup", "m1.db.backup", "m1.gone.backup"]), st.integers(0, 5)
)


@given(ALL, MEMORY)
def test_nobody_takes_over_what_another_holds(
    found: list[claims.Read], memory: dict[str, int]
) -> None:
    settled = claims.settled(found, memory)
    assert [each.relation_id for each in settled] == [each.relation_id for each in found]
    kept = served(settled)
    assert len({app for _, app in kept}) == len(kept)
    for relation, app in kept:
        holder = memory.get(f"m1.{app}.backup", relation)
        of_holder = [each for each in found if each.relation_id == holder]
        lowest = min(each.relation_id for each in found if each.app == app)
        let_go = all(each.app not in {app, ""} for each in of_holder)
        assert relation == (lowest if let_go else holder)
    # What one relation alone claims is its own, if nobody unreadable holds it
    for app in ("shop", "db"):
        of = {each.relation_id for each in found if each.app in {app, ""}}
        if len(of) == 1 and valid(min(of), app) in found:
            assert (min(of), app) in kept


@given(ALL, MEMORY)
def test_a_memory_is_asked_for_only_where_it_counts(
    found: list[claims.Read], memory: dict[str, int]
) -> None:
    if not claims.is_contested(found):
        assert claims.settled(found, memory) == claims.settled(found, {})


def test_of_too_many_every_relation_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "MOST", 4)
    found: list[claims.Read] = [valid(1, f"a{number}") for number in range(9)]
    found += [valid(2, "db"), valid(3, "web")]
    kept, over = claims.fitting(found)
    assert served(kept) == [(1, "a0"), (1, "a1"), (2, "db"), (3, "web")]
    assert served(over) == [(1, f"a{number}") for number in range(2, 9)]


def live(client: Client, relation: int, manager: str = FIELD_MANAGER) -> Object:
    """The Schedule of a client, whose annotation that manager wrote."""
    desired = Desired("m", "velero-operator", "image:1")
    obj = schedules.schedule(
        desired, Schedule(client, Scope(), "@daily", relation=relation), None, runs=True
    )
    fields: Object = {"f:metadata": {"f:annotations": {f"f:{schedules.RELATION}": {}}}}
    entry: Object = {"manager": manager, "operation": "Apply", "fieldsV1": fields}
    obj["metadata"]["managedFields"] = [entry]
    return obj


def read(relations: list[testing.Relation], there: list[Object]) -> clients.Clients:
    context = testing.Context(Charm, meta=META, app_name="velero-operator")
    state = testing.State(relations=relations, model=testing.Model("m"))
    with context(context.on.update_status(), state) as manager:
        return clients.read(manager.charm, "@weekly", lambda: there)


def backups(written: dict[str, str], number: int) -> testing.Relation:
    return testing.Relation("velero-backups", id=number, remote_app_data=written)


def targets(*written: object, number: int) -> testing.Relation:
    data = {"backup_targets": json.dumps(written)}
    return testing.Relation("k8s-backup-targets", id=number, remote_app_data=data)


DAILY = {"schedule": "@daily"}


@pytest.mark.parametrize(
    "victim", [bag(DAILY), bag({"ttl": "banana"}), bag({}) | {"spec": "x" * 300_000}]
)
def test_a_schedule_stays_of_the_relation_that_it_remembers(victim: dict[str, str]) -> None:
    taker = targets(target({"include_namespaces": ["*"]}), number=2)
    found = read([backups(victim, 7), taker], [live(SHOP, 7)])
    assert [each.relation_id for each in found.valid] in ([7], [])
    assert not [each for each in found.schedules if each.relation == 2]
    (told,) = (each for each in found.invalid if each.relation_id == 2)
    assert "is already the client of relation 7; remove one" in told.reason
    # Gone the victim, the other may have it
    assert [each.relation for each in read([taker], [live(SHOP, 7)]).schedules] == [2]


@pytest.mark.parametrize("manager", ["kubectl-annotate", "velero-server"])
def test_a_memory_that_somebody_planted_is_none(manager: str) -> None:
    found = read(
        [backups(bag(DAILY), 7), backups(bag({"schedule": "@hourly"}), 9)],
        [live(SHOP, 9, manager)],
    )
    assert [each.relation for each in found.schedules] == [7]


@settings(max_examples=50)
@given(st.text() | st.integers().map(str))
def test_no_annotation_is_an_error(text: str) -> None:
    obj = live(SHOP, 7)
    obj["metadata"]["annotations"] = {schedules.RELATION: text}
    found = schedules.relation_of(obj)
    assert found is None or str(found) == text.lstrip("0") or int(text) == found
