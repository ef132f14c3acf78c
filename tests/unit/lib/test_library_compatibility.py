"""Charms written against patches 1 and 2 of `velero_backup_config` work unchanged."""

import json
from typing import Any

import ops
import pytest
from ops import testing
from tests.unit.lib import wire

from charms.velero_libs.v0 import velero_backup_config as lib
from charms.velero_libs.v0.velero_backup_config import (
    VeleroBackupProvider,
    VeleroBackupRequier,
    VeleroBackupRequirer,
    VeleroBackupSpec,
)

PATCH_1: dict[str, Any] = {
    "include_namespaces": ["alice"],
    "include_resources": None,
    "exclude_namespaces": None,
    "exclude_resources": ["pods"],
    "label_selector": None,
    "ttl": "72h",
    "include_cluster_resources": False,
}
PATCH_2 = PATCH_1 | {
    "include_cluster_resources": None,
    "schedule": "0 2 * * *",
    "paused": False,
    "skip_immediately": True,
    "use_owner_references_in_backup": False,
}


class Scheduled(ops.CharmBase):
    """Patch 2, as the reference's own test charm uses it: options may be empty, flags None."""

    def __init__(self, *args: ops.Framework) -> None:
        super().__init__(*args)
        schedule = str(self.config.get("schedule", "")) or None
        paused = bool(self.config.get("paused", False)) if schedule else None
        self._config = VeleroBackupProvider(
            self,
            "backup",
            spec=VeleroBackupSpec(
                include_namespaces=["apps"],
                include_resources=["deployments", "persistentvolumeclaims"],
                label_selector={"app": "dummy"},
                ttl=str(self.config["ttl"]),
                include_cluster_resources=None,
                schedule=schedule,
                paused=paused,
                skip_immediately=True if schedule else None,
            ),
            refresh_event=[self.on.config_changed],
        )


class OnDemand(ops.CharmBase):
    """Patch 1, as the infrastructure backup uses it: keywords, cluster resources, events."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.cluster = VeleroBackupProvider(
            self,
            relation_name="backup",
            spec=VeleroBackupSpec(
                include_namespaces=sorted({"kube-system", "default"}),
                exclude_resources=["roles", "persistentvolumes", "pods"],
                include_cluster_resources=True,
            ),
            refresh_event=(self.on.update_status, self.on.config_changed),
        )
        self.storage = VeleroBackupProvider(
            self,
            relation_name="target",
            spec=VeleroBackupSpec(
                include_namespaces=[self.model.name],
                label_selector={"app.kubernetes.io/name": self.app.name},
                ttl="720h",
            ),
            refresh_event=self.on.start,
        )


class Operator(ops.CharmBase):
    """The operator's side, by the name it had, and as other charms read the databag."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.configs = VeleroBackupRequier(self, "velero-backups")

    def raw(self) -> VeleroBackupSpec:
        relation = self.model.relations["velero-backups"][0]
        return VeleroBackupSpec.model_validate_json(relation.data[relation.app].get("spec", "{}"))


class Integrator(ops.CharmBase):
    """Sends on behalf of another application, with its own hands."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        framework.observe(self.on.config_changed, self._publish)

    def _publish(self, _: ops.EventBase) -> None:
        target: dict[str, Any] = {"include_namespaces": ["m1"], "ttl": "24h"}
        spec = VeleroBackupSpec(
            **target,
            schedule="@daily",
            paused=True,
            skip_immediately=False,
            use_owner_references_in_backup=True,
        )
        self.model.relations["backup"][0].data[self.app].update(
            {
                lib.APP_FIELD: "my-app",
                lib.RELATION_FIELD: "backup",
                lib.MODEL_FIELD: "m1",
                lib.SPEC_FIELD: spec.model_dump_json(),
            }
        )


OPTIONS: dict[str, Any] = {
    "options": {
        "ttl": {"type": "string", "default": ""},
        "schedule": {"type": "string", "default": ""},
        "paused": {"type": "boolean", "default": False},
    }
}


def written(
    charm: type[ops.CharmBase], event: str, config: dict[str, str | bool], endpoint: str = "backup"
) -> dict[str, str]:
    ctx = testing.Context(charm, meta=wire.CLIENT_META, config=OPTIONS, app_name="kubeflow")
    relation = testing.Relation(endpoint)
    state = testing.State(
        leader=True, relations={relation}, config={**config}, model=testing.Model("m1")
    )
    return wire.sent(ctx.run(getattr(ctx.on, event)(), state), relation)


def test_a_scheduled_client() -> None:
    data = written(Scheduled, "config_changed", {"ttl": "24h5m5s", "schedule": "*/5 * * * *"})
    client = wire.only(wire.backups(wire.backup_relation(data)))
    assert client.identity == ("kubeflow", "backup", "m1")
    assert json.loads(data["spec"]) == {
        "include_namespaces": ["apps"],
        "include_resources": ["deployments", "persistentvolumeclaims"],
        "exclude_namespaces": None,
        "exclude_resources": None,
        "label_selector": {"app": "dummy"},
        "include_cluster_resources": None,
        "ttl": "24h5m5s",
        "schedule": "*/5 * * * *",
        "paused": False,
        "skip_immediately": True,
        "use_owner_references_in_backup": False,
    }


def test_a_client_whose_options_are_empty() -> None:
    data = written(Scheduled, "config_changed", {})
    spec = wire.only(wire.backups(wire.backup_relation(data))).spec
    assert (spec.schedule, spec.paused, spec.skip_immediately) == (None, None, None)
    assert spec.ttl is None


@pytest.mark.parametrize("event", ["update_status", "config_changed", "leader_elected"])
def test_a_client_on_demand(event: str) -> None:
    data = written(OnDemand, event, {})
    spec = wire.only(wire.backups(wire.backup_relation(data))).spec
    assert spec.include_namespaces == ["default", "kube-system"]
    assert spec.include_cluster_resources is True


def test_a_client_with_a_single_refresh_event() -> None:
    data = written(OnDemand, "start", {}, endpoint="target")
    client = wire.only(wire.backups(wire.backup_relation(data)))
    assert client.identity == ("kubeflow", "target", "m1")


def test_an_integrator_that_writes_the_databag_itself() -> None:
    data = written(Integrator, "config_changed", {})
    client = wire.only(wire.backups(wire.backup_relation(data, remote="velero-integrator")))
    assert client.identity == ("my-app", "backup", "m1")
    assert client.spec.paused


@pytest.mark.parametrize("spec", [PATCH_1, PATCH_2])
def test_the_databags_of_both_patches(spec: dict[str, Any]) -> None:
    data = {"app": "profiles", "relation_name": "backup", "model": "m1", "spec": json.dumps(spec)}
    ctx = testing.Context(Operator, meta=wire.OPERATOR_META)
    state = testing.State(relations={wire.backup_relation(data)})
    with ctx(ctx.on.update_status(), state) as manager:
        configs = manager.charm.configs
        expected = VeleroBackupSpec(**spec)
        assert configs.get_backup_spec("profiles", "backup", "m1") == expected
        assert configs.get_backup_spec(app_name="x", endpoint="backup", model="m1") is None
        assert configs.get_all_backup_specs() == [expected]
        assert manager.charm.raw() == expected


def test_what_we_send_has_the_keys_of_patch_2() -> None:
    assert json.loads(VeleroBackupSpec().model_dump_json()).keys() == PATCH_2.keys()


def test_what_identifies_the_library() -> None:
    assert VeleroBackupRequier is VeleroBackupRequirer
    assert (lib.LIBID, lib.LIBAPI) == ("3fcd828c77024b0f9a7ea3544805456b", 0)
    assert lib.LIBPATCH > 2
