#!/usr/bin/env python3
"""A client whose wish is its option: what the integration tests relate."""

import json
from typing import Any

import ops

from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetProvider, K8sBackupTargetSpec
from charms.velero_libs.v0.velero_backup_config import VeleroBackupProvider, VeleroBackupSpec

TIMING = ("schedule", "paused", "skip_immediately", "use_owner_references_in_backup")


class BackupClient(ops.CharmBase):
    """Asks for what the option `spec` says, over both interfaces."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        given: dict[str, Any] = json.loads(str(self.config["spec"]))
        spec: dict[str, Any] = {"include_namespaces": [self.model.name], **given}
        what = {key: value for key, value in spec.items() if key not in TIMING}
        self.backup = VeleroBackupProvider(
            self,
            relation_name="backup",
            spec=VeleroBackupSpec(**spec),
            refresh_event=[self.on.config_changed],
        )
        self.target = K8sBackupTargetProvider(
            self,
            relation_name="target",
            spec=K8sBackupTargetSpec(**what),
            refresh_event=[self.on.config_changed],
        )
        framework.observe(self.on.start, self._on_start)

    def _on_start(self, _: ops.StartEvent) -> None:
        self.unit.status = ops.ActiveStatus()


if __name__ == "__main__":  # pragma: no cover
    ops.main(BackupClient)
