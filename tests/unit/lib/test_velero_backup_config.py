"""A client and an operator at the two ends of `velero_backup_config`."""

import json

import pytest
from ops import testing
from tests.unit.lib import wire

from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    InvalidClient,
    VeleroBackupSpec,
    without_duplicates,
)

SPEC = VeleroBackupSpec(include_namespaces=["db"], ttl="720h", schedule="@daily")
DATA = {"app": "db", "relation_name": "backup", "model": "prod", "spec": "{}"}


def made(app: str = "postgresql", juju: str = "3.6.9", model: str = "prod") -> dict[str, str]:
    """What a client writes when the relation is made."""
    relation = testing.Relation("backup")
    ctx = wire.client(app, juju)
    state = testing.State(leader=True, relations={relation}, model=testing.Model(model))
    return wire.sent(ctx.run(ctx.on.relation_created(relation), state), relation)


@pytest.mark.parametrize("juju", ["2.9.52", "3.6.9", "4.0.15"])
def test_what_a_client_sends_is_what_the_operator_reads(juju: str) -> None:
    data = made(juju=juju)
    assert set(data) == {"app", "relation_name", "model", "spec"}
    relation = wire.backup_relation(data)
    expected = BackupClient(relation.id, "postgresql", "backup", "prod", SPEC)
    assert wire.backups(relation) == [expected]
    assert expected.identity == ("postgresql", "backup", "prod")


@pytest.mark.parametrize("event", ["leader_elected", "upgrade_charm", "config_changed"])
def test_the_leader_sends_on_its_own_events(event: str) -> None:
    relation = testing.Relation("backup")
    ctx = wire.client()
    state = testing.State(leader=True, relations={relation}, config={"ttl": "2w"})
    data = wire.sent(ctx.run(getattr(ctx.on, event)(), state), relation)
    assert json.loads(data["spec"])["ttl"] == "2w"


def test_another_unit_sends_nothing() -> None:
    relation = testing.Relation("backup")
    ctx = wire.client()
    state = testing.State(leader=False, relations={relation})
    assert not wire.sent(ctx.run(ctx.on.relation_created(relation), state), relation)


def test_every_relation_of_the_endpoint_is_served() -> None:
    relations = [testing.Relation("backup"), testing.Relation("backup")]
    ctx = wire.client()
    out = ctx.run(ctx.on.leader_elected(), testing.State(leader=True, relations=relations))
    assert wire.sent(out, relations[0]) == wire.sent(out, relations[1])
    assert wire.sent(out, relations[0])["app"] == "postgresql"


def test_nothing_is_written_when_nothing_changed() -> None:
    data = made()
    # The order of keys is another library's, and would be ours if anything were written.
    data["spec"] = json.dumps(dict(reversed(json.loads(data["spec"]).items())))
    relation = testing.Relation("backup", local_app_data=data)
    ctx = wire.client()
    state = testing.State(leader=True, relations={relation}, model=testing.Model("prod"))
    assert wire.sent(ctx.run(ctx.on.config_changed(), state), relation) == data


def test_a_relation_being_removed_is_not_written_to() -> None:
    relation = testing.Relation("backup")
    ctx = wire.client()
    state = testing.State(leader=True, relations={relation})
    with ctx(ctx.on.relation_broken(relation), state) as manager:
        manager.charm.on.config_changed.emit()
        assert not wire.sent(manager.run(), relation)


def test_identity_is_from_the_data_and_not_from_the_relation() -> None:
    client = wire.only(wire.backups(wire.backup_relation(DATA, remote="remote-0a1b2c3d4e")))
    assert client.identity == ("db", "backup", "prod")


def test_clients_of_the_same_name_in_two_models_are_two() -> None:
    relations = [wire.backup_relation(DATA), wire.backup_relation({**DATA, "model": "test"})]
    assert [client.model for client in wire.backups(*relations)] == ["prod", "test"]


def test_the_identity_of_an_earlier_client_cannot_be_taken_over() -> None:
    relations = [wire.backup_relation(DATA), wire.backup_relation(DATA)]
    first, second = wire.backups(*reversed(relations))
    assert isinstance(first, BackupClient)
    assert first.relation_id == relations[0].id
    assert isinstance(second, InvalidClient)
    assert f"already the client of relation {relations[0].id}" in second.reason
    assert (second.app, second.endpoint, second.model) == first.identity


def test_duplicates_are_found_across_lists() -> None:
    client = BackupClient(1, "db", "backup", "prod", SPEC)
    kinds = [type(found) for found in without_duplicates([client, InvalidClient(2, ""), client])]
    assert kinds == [BackupClient, InvalidClient, InvalidClient]


def test_a_client_that_has_not_written_yet_is_no_client() -> None:
    assert wire.backups(wire.backup_relation({})) == []


def test_a_client_that_leaves_is_gone_in_the_same_event() -> None:
    leaving = wire.backup_relation(DATA)
    staying = wire.backup_relation({**DATA, "app": "other"})
    ctx = wire.operator()
    state = testing.State(relations={leaving, staying})
    with ctx(ctx.on.relation_broken(leaving), state) as manager:
        assert [client.app for client in manager.charm.backups.clients()] == ["other"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"spec": "not json"}, "spec: 'not json' is not an object"),
        ({"spec": "[1]"}, "spec: a list is not an object"),
        ({"spec": "[" * 100_000}, "spec: '[[["),
        ({"spec": '{"ttl": "banana"}'}, "ttl: 'banana' is not a duration"),
        ({"spec": '{"ttl": 5}'}, "ttl: Input should be a valid string, not 5"),
        ({"spec": '{"include_namespaces": []}'}, "include_namespaces: [] means everything"),
        ({"spec": '{"include_namespaces": [null]}'}, "include_namespaces.0: Input should be"),
    ],
)
def test_bad_data_is_named_and_does_not_hide_who_sent_it(
    change: dict[str, str], reason: str
) -> None:
    client = wire.only_invalid(wire.backups(wire.backup_relation(DATA | change)))
    assert client.reason.startswith(reason)
    assert (client.app, client.endpoint, client.model) == ("db", "backup", "prod")


@pytest.mark.parametrize("field", ["app", "relation_name", "model", "spec"])
def test_a_missing_field_is_named(field: str) -> None:
    data = {key: value for key, value in DATA.items() if key != field}
    assert wire.only_invalid(wire.backups(wire.backup_relation(data))).reason.startswith(field)


@pytest.mark.parametrize("name", ["../secret", "a\nb", "x" * 254, "", " ", "-db", "d\u0456"])
def test_a_name_fit_for_no_label_is_not_passed_on(name: str) -> None:
    client = wire.only_invalid(wire.backups(wire.backup_relation({**DATA, "app": name})))
    assert client.reason.startswith("app: ")
    assert client.reason.isascii()
    assert (client.app, client.endpoint, client.model) == ("", "backup", "prod")


def test_one_bad_client_does_not_hide_the_others() -> None:
    relations = [
        wire.backup_relation({**DATA, "spec": "?"}),
        wire.backup_relation({**DATA, "app": "other"}),
    ]
    first, second = wire.backups(*relations)
    assert isinstance(first, InvalidClient)
    assert isinstance(second, BackupClient)


def test_keys_of_a_newer_library_are_ignored_and_named() -> None:
    spec = json.dumps({"ttl": "1d", "zeal": 1, "colour": "red"})
    client = wire.only(wire.backups(wire.backup_relation({**DATA, "spec": spec})))
    assert client.spec == VeleroBackupSpec(ttl="24h")
    assert client.ignored_keys == ("colour", "zeal")


def test_single_specs() -> None:
    bad = wire.backup_relation({**DATA, "app": "bad", "spec": "?"})
    ctx = wire.operator()
    state = testing.State(relations={wire.backup_relation(DATA), bad})
    with ctx(ctx.on.update_status(), state) as manager:
        backups = manager.charm.backups
        assert backups.is_ready
        assert not manager.charm.targets.is_ready
        assert backups.get_all_backup_specs() == [VeleroBackupSpec()]
        assert backups.get_backup_spec("db", "backup", "prod") == VeleroBackupSpec()
        assert backups.get_backup_spec("db", "backup", "test") is None
        assert backups.get_backup_spec("bad", "backup", "prod") is None
    assert any("spec: '?' is not an object" in log.message for log in ctx.juju_log)
