"""What worked with patch 2, and with the package from PyPI, works with this patch."""

import json
from typing import Any, ClassVar

import ops
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops import testing
from pydantic import BaseModel, ValidationError
from tests.unit.lib import wire
from tests.unit.lib.test_library_properties import JSON, KEYS, LIKELY

from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetProvider, K8sBackupTargetSpec
from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    BackupScope,
    VeleroBackupProvider,
    VeleroBackupSpec,
)


class TargetOfPyPI(BaseModel):
    """The fields of the package's spec, and pydantic's defaults: all that it checks."""

    include_namespaces: list[str] | None = None
    include_resources: list[str] | None = None
    exclude_namespaces: list[str] | None = None
    exclude_resources: list[str] | None = None
    label_selector: dict[str, str] | None = None
    ttl: str | None = None
    include_cluster_resources: bool | None = None


class Patch2(TargetOfPyPI):
    """The fields of patch 2's spec, which checked no more."""

    schedule: str | None = None
    paused: bool | None = False
    skip_immediately: bool | None = False
    use_owner_references_in_backup: bool | None = False


FIELDS = st.dictionaries(st.text(max_size=9) | KEYS, JSON | LIKELY, max_size=4)


def made(spec: type[BaseModel], fields: dict[str, Any]) -> BaseModel | None:
    try:
        return spec(**fields)
    except ValidationError:
        return None


@settings(max_examples=500)
@given(fields=FIELDS)
@pytest.mark.parametrize(
    ("before", "now"), [(Patch2, VeleroBackupSpec), (TargetOfPyPI, K8sBackupTargetSpec)]
)
def test_what_was_accepted_is_accepted_and_sent_as_it_was(
    before: type[BaseModel], now: type[BackupScope], fields: dict[str, Any]
) -> None:
    old = made(before, fields)
    new = made(now, fields)
    if old is None:
        return
    assert isinstance(new, now)
    sent, was = json.loads(new.model_dump_json()), json.loads(old.model_dump_json())
    if "include-cluster-resources" in fields:  # patch 2 did not read this spelling
        sent["include_cluster_resources"] = was["include_cluster_resources"]
    assert sent == was
    assert all(0 < len(each) <= 500 and each.isprintable() for each in new.problems)


class Careless(ops.CharmBase):
    """A client whose spec Velero would refuse, over both interfaces."""

    spec: ClassVar[Any] = {
        "include_namespaces": [],
        "ttl": "banana",
        "label_selector": {},
        "colour": 1,
    }

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        refresh = [self.on.config_changed]
        self.backup = VeleroBackupProvider(self, "backup", VeleroBackupSpec(**self.spec), refresh)
        self.target = K8sBackupTargetProvider(
            self, "target", K8sBackupTargetSpec(**self.spec), refresh
        )


def careless(*, leader: bool, related: bool) -> tuple[testing.Context[Careless], testing.State]:
    ctx = testing.Context(Careless, meta=wire.CLIENT_META)
    relations = [testing.Relation("backup"), testing.Relation("target")] if related else []
    return ctx, ctx.run(ctx.on.config_changed(), testing.State(leader=leader, relations=relations))


def test_a_spec_that_velero_would_refuse_is_sent_and_its_author_is_told() -> None:
    ctx, state = careless(leader=True, related=True)
    data = {each.endpoint: each.local_app_data for each in state.relations}  # pyright: ignore[reportAttributeAccessIssue]
    assert json.loads(data["backup"]["spec"])["include_namespaces"] == []
    (target,) = json.loads(data["target"]["backup_targets"])
    assert target["spec"]["ttl"] == "banana"
    told = [line.message for line in ctx.juju_log if line.level == "WARNING"]
    assert [line for line in told if "VeleroBackupProvider: the operator will refuse" in line]
    assert [line for line in told if "'colour' is not a field" in line]


def test_why_nothing_is_sent_is_in_the_log() -> None:
    ctx, _ = careless(leader=False, related=True)
    assert any("not a leader" in line.message for line in ctx.juju_log)
    ctx, _ = careless(leader=True, related=False)
    assert any("no relation 'backup' found" in line.message for line in ctx.juju_log)


@pytest.mark.parametrize(
    "spec", [{"ttl": "banana"}, {"label_selector": {}}, {"include_namespaces": ["Test_Model"]}]
)
def test_an_integrator_may_send_on_what_the_operator_refuses(spec: dict[str, Any]) -> None:
    entry = {"app": "db", "relation_name": "backup", "model": "prod", "spec": spec}
    relation = wire.target_relation({"backup_targets": json.dumps([entry])})
    ctx = wire.operator()
    with ctx(ctx.on.update_status(), testing.State(relations={relation})) as manager:
        targets = manager.charm.targets
        assert targets.is_ready
        found = targets.get_backup_spec("db", "backup", "prod")
        assert found is not None
        assert found == K8sBackupTargetSpec(**spec)
        assert VeleroBackupSpec(**found.model_dump(), schedule="@daily").problems
        assert targets.get_backup_spec("db", "backup", "test") is None
    assert any("No backup spec found for app 'db'" in line.message for line in ctx.juju_log)
    assert not isinstance(wire.targets(relation)[0], BackupClient)


def test_who_includes_no_namespace_is_told_what_to_set() -> None:
    data = {"app": "infra", "relation_name": "cluster-infra-backup", "model": "prod"}
    relation = wire.backup_relation(data | {"spec": '{"include_namespaces": []}'})
    reason = wire.only_invalid(wire.backups(relation)).reason
    assert "juju config infra namespaces=kube-system,default" in reason
    assert "infra-backup-operator" in reason
