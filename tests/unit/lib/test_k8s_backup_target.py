"""A client and an operator at the two ends of `k8s_backup_target`, ours and the PyPI package's."""

import json
from typing import TypeVar

import ops
import pytest
from charmlibs.interfaces import k8s_backup_target as pypi
from ops import testing
from tests.unit.lib import wire

from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetSpec
from charms.velero_libs.v0.velero_backup_config import BackupClient, InvalidClient

TARGET = {"app": "db", "relation_name": "backup", "model": "prod", "spec": {"ttl": "30d"}}
FIELDS = {
    "include_namespaces": ["db", "team-*"],
    "exclude_resources": ["pods"],
    "include_cluster_resources": False,
    "label_selector": {"app": "db"},
    "ttl": "24h",
}


class PypiClient(ops.CharmBase):
    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        spec = pypi.K8sBackupTargetSpec.model_validate(FIELDS)
        self.target = pypi.K8sBackupTargetProvider(self, "target", spec)


class PypiOperator(ops.CharmBase):
    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.targets = pypi.K8sBackupTargetRequirer(self, "k8s-backup-targets")


CharmT = TypeVar("CharmT", bound=ops.CharmBase)


def made(ctx: testing.Context[CharmT], relation: testing.Relation) -> dict[str, str]:
    state = testing.State(leader=True, relations={relation}, model=testing.Model("prod"))
    return wire.sent(ctx.run(ctx.on.relation_created(relation), state), relation)


def test_what_a_client_sends_is_what_the_operator_reads() -> None:
    data = made(wire.client(), testing.Relation("target"))
    assert list(data) == ["backup_targets"]
    relation = wire.target_relation(data)
    spec = K8sBackupTargetSpec(include_namespaces=["db"], ttl="720h")
    assert wire.targets(relation) == [
        BackupClient(relation.id, "postgresql", "target", "prod", spec)
    ]


def test_our_operator_reads_the_package() -> None:
    ctx = testing.Context(PypiClient, meta=wire.CLIENT_META, app_name="mysql")
    data = made(ctx, testing.Relation("target"))
    client = wire.only(wire.targets(wire.target_relation(data)))
    assert client.identity == ("mysql", "target", "prod")
    assert client.spec == K8sBackupTargetSpec.model_validate(FIELDS)
    assert client.ignored_keys == ()


def test_the_package_reads_our_client() -> None:
    data = made(wire.client("mysql"), testing.Relation("target"))
    ctx = testing.Context(PypiOperator, meta=wire.OPERATOR_META)
    state = testing.State(relations={wire.target_relation(data)})
    with ctx(ctx.on.update_status(), state) as manager:
        assert manager.charm.targets.is_ready
        spec = manager.charm.targets.get_backup_spec("mysql", "target", "prod")
    assert spec == pypi.K8sBackupTargetSpec(include_namespaces=["db"], ttl="30d")


def test_both_write_the_same() -> None:
    ctx = testing.Context(PypiClient, meta=wire.CLIENT_META, app_name="postgresql")
    theirs = json.loads(made(ctx, testing.Relation("target"))["backup_targets"])
    ours = json.loads(made(wire.client(), testing.Relation("target"))["backup_targets"])
    assert ours[0]["spec"].keys() == theirs[0]["spec"].keys()
    assert ours[0].keys() == theirs[0].keys()


def test_a_changed_option_is_sent_again_and_the_same_is_not() -> None:
    data = made(wire.client(), testing.Relation("target"))
    spaced = {"backup_targets": json.dumps(json.loads(data["backup_targets"]), indent=1)}
    relation = testing.Relation("target", local_app_data=spaced)
    ctx = wire.client()
    state = testing.State(leader=True, relations={relation}, model=testing.Model("prod"))
    assert wire.sent(ctx.run(ctx.on.config_changed(), state), relation) == spaced
    state = testing.State(leader=True, relations={relation}, config={"ttl": "1d"})
    [target] = json.loads(
        wire.sent(ctx.run(ctx.on.config_changed(), state), relation)["backup_targets"]
    )
    assert target["spec"]["ttl"] == "1d"


def test_several_targets_of_one_relation_are_several_clients() -> None:
    entries = [TARGET, TARGET | {"app": "web"}, {"app": "bad"}, 7, TARGET]
    relation = wire.target_relation({"backup_targets": json.dumps(entries)})
    db, web, bad, seven, twice = wire.targets(relation)
    assert (db.app, web.app) == ("db", "web")
    assert isinstance(db, BackupClient)
    assert isinstance(web, BackupClient)
    assert isinstance(bad, InvalidClient)
    assert (bad.app, bad.reason.partition(":")[0]) == ("bad", "relation_name")
    assert isinstance(seven, InvalidClient)
    assert seven.reason.startswith("backup_targets: 7 is not like")
    assert isinstance(twice, InvalidClient)


@pytest.mark.parametrize("text", ["", "{", "{}", "null", '"text"'])
def test_what_is_no_list_is_named(text: str) -> None:
    relation = wire.target_relation({"backup_targets": text, "other": "key"})
    client = wire.only_invalid(wire.targets(relation))
    assert client.reason.startswith("backup_targets: ")
    assert client.relation_id == relation.id


def test_no_targets_and_no_data_are_no_clients() -> None:
    assert wire.targets(wire.target_relation({"backup_targets": "[]"})) == []
    assert wire.targets(wire.target_relation({})) == []


def test_single_specs() -> None:
    relation = wire.target_relation({"backup_targets": json.dumps([TARGET])})
    ctx = wire.operator()
    with ctx(ctx.on.update_status(), testing.State(relations={relation})) as manager:
        requirer = manager.charm.targets
        assert requirer.is_ready
        assert requirer.get_backup_spec("db", "backup", "prod") == K8sBackupTargetSpec(ttl="720h")
        assert requirer.get_backup_spec("db", "backup", "test") is None
