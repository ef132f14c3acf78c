"""Charms at either end of a relation, and what travels between them."""

from typing import Any, TypeVar

import ops
from ops import testing

from charms.velero_libs.v0.k8s_backup_target import (
    K8sBackupTargetProvider,
    K8sBackupTargetRequirer,
    K8sBackupTargetSpec,
)
from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    InvalidClient,
    VeleroBackupProvider,
    VeleroBackupRequirer,
    VeleroBackupSpec,
)

CLIENT_META: dict[str, Any] = {
    "name": "client",
    "provides": {
        "backup": {"interface": "velero_backup_config"},
        "target": {"interface": "k8s_backup_target"},
    },
}
OPERATOR_META: dict[str, Any] = {
    "name": "operator",
    "requires": {
        "velero-backups": {"interface": "velero_backup_config"},
        "k8s-backup-targets": {"interface": "k8s_backup_target"},
    },
}
TTL: dict[str, Any] = {"options": {"ttl": {"type": "string", "default": "30d"}}}
SpecT = TypeVar("SpecT", VeleroBackupSpec, K8sBackupTargetSpec)
Client = BackupClient[SpecT] | InvalidClient


class ClientCharm(ops.CharmBase):
    """Sends one spec over each interface, again when its config changes."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        ttl = str(self.config["ttl"])
        backup = VeleroBackupSpec(include_namespaces=["db"], ttl=ttl, schedule="@daily")
        self.backup = VeleroBackupProvider(
            self, "backup", backup, refresh_event=self.on.config_changed
        )
        target = K8sBackupTargetSpec(include_namespaces=["db"], ttl=ttl)
        self.target = K8sBackupTargetProvider(
            self, "target", target, refresh_event=[self.on.config_changed]
        )


class OperatorCharm(ops.CharmBase):
    """Reads what clients want over both interfaces."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.backups = VeleroBackupRequirer(self, "velero-backups")
        self.targets = K8sBackupTargetRequirer(self, "k8s-backup-targets")


def client(app: str = "postgresql", juju: str = "3.6.9") -> testing.Context[ClientCharm]:
    return testing.Context(
        ClientCharm, meta=CLIENT_META, config=TTL, app_name=app, juju_version=juju
    )


def operator() -> testing.Context[OperatorCharm]:
    return testing.Context(OperatorCharm, meta=OPERATOR_META)


def sent(state: testing.State, relation: testing.Relation) -> dict[str, str]:
    """What the client has written by now."""
    return dict(state.get_relation(relation.id).local_app_data)


def backups(*relations: testing.Relation) -> list[Client[VeleroBackupSpec]]:
    """The clients an operator sees over `velero_backup_config`."""
    ctx = operator()
    with ctx(ctx.on.update_status(), testing.State(relations=relations)) as manager:
        return manager.charm.backups.clients()


def targets(*relations: testing.Relation) -> list[Client[K8sBackupTargetSpec]]:
    """The clients an operator sees over `k8s_backup_target`."""
    ctx = operator()
    with ctx(ctx.on.update_status(), testing.State(relations=relations)) as manager:
        return manager.charm.targets.clients()


def backup_relation(data: dict[str, str], remote: str = "remote") -> testing.Relation:
    return testing.Relation("velero-backups", remote_app_name=remote, remote_app_data=data)


def target_relation(data: dict[str, str], remote: str = "remote") -> testing.Relation:
    return testing.Relation("k8s-backup-targets", remote_app_name=remote, remote_app_data=data)


def only(clients: list[Client[SpecT]]) -> BackupClient[SpecT]:
    """The one client there is, which is valid."""
    assert len(clients) == 1
    assert isinstance(clients[0], BackupClient), clients[0]
    return clients[0]


def only_invalid(clients: list[Client[SpecT]]) -> InvalidClient:
    """The one client there is, which is not valid."""
    assert len(clients) == 1
    assert isinstance(clients[0], InvalidClient), clients[0]
    return clients[0]
