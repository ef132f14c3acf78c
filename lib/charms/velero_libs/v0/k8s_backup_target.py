"""Say what of a charm should be backed up, over the `k8s_backup_target` interface.

A client charm says *what* to back up; the integrator or operator at the other end adds *when* and
*where to*. The same interface as the PyPI package `charmlibs-interfaces-k8s-backup-target`, with
which either end of this library works; a spec has `problems` and `check` besides.

The library builds on `velero_backup_config`, whose grammar and spec it shares: fetch both, with
`charmcraft fetch-libs` and this in `charmcraft.yaml`:

```yaml
charm-libs:
  - lib: velero_libs.k8s_backup_target
    version: "0"
  - lib: velero_libs.velero_backup_config
    version: "0"
provides:
  backup:
    interface: k8s_backup_target
    optional: true
```

In the charm to back up:

```python
from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetProvider, K8sBackupTargetSpec

class SomeCharm(ops.CharmBase):
    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self.backup = K8sBackupTargetProvider(
            self,
            relation_name="backup",
            spec=K8sBackupTargetSpec(include_namespaces=[self.model.name], ttl="30d"),
            refresh_event=[self.on.config_changed],
        )
```

In the charm that makes backups:

```python
self.targets = K8sBackupTargetRequirer(self, "k8s-backup-targets")
for client in self.targets.clients():   # BackupClient or InvalidClient, several per relation
    ...
```

Needs ops 2.10 and pydantic 2. The databag (the client's application): `backup_targets`, a JSON
list of objects with `app`, `relation_name`, `model` and `spec`.
"""
# ruff: noqa: INP001 - `charms` is a namespace package, which all libraries share

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import ops

from charms.velero_libs.v0.velero_backup_config import (
    APP_FIELD,
    MODEL_FIELD,
    RELATION_FIELD,
    SPEC_FIELD,
    BackupClient,
    BackupScope,
    ClientReader,
    ClientSender,
    InvalidClient,
    from_json,
    quote,
    read_client,
)

LIBID = "6f0d1c5e0b7f4a53a8c9e41d27b6f83a"
LIBAPI = 0
LIBPATCH = 1
PYDEPS = ["pydantic>=2"]

BACKUP_TARGETS_FIELD = "backup_targets"
MAX_TARGETS = 200
"""Of one relation; what is more is not read."""
_EXAMPLE = '[{"app": "db", "relation_name": "backup", "model": "prod", "spec": {}}]'


class K8sBackupTargetSpec(BackupScope):
    """What to back up and how long to keep it: exactly the fields of `BackupScope`."""


class K8sBackupTargetProvider(ClientSender):
    """The client's side: tells an integrator or operator what to back up.

    Args:
        charm: the charm to back up.
        relation_name: its endpoint, which provides `k8s_backup_target`.
        spec: what to back up.
        refresh_event: when else to send the spec, usually `self.on.config_changed`.
    """

    def __init__(
        self,
        charm: ops.CharmBase,
        relation_name: str,
        spec: K8sBackupTargetSpec,
        refresh_event: ops.BoundEvent | Sequence[ops.BoundEvent] | None = None,
    ) -> None:
        super().__init__(charm, relation_name, spec, refresh_event)

    def _content(self) -> dict[str, str]:
        target = {
            APP_FIELD: self._charm.app.name,
            RELATION_FIELD: self._relation_name,
            MODEL_FIELD: self._charm.model.name,
            SPEC_FIELD: self._spec.model_dump(mode="json"),
        }
        return {BACKUP_TARGETS_FIELD: json.dumps([target])}


class K8sBackupTargetRequirer(ClientReader[K8sBackupTargetSpec]):
    """The operator's side: reads what clients want backed up. See `ClientReader`."""

    def _read(
        self, relation_id: int, databag: Mapping[str, str]
    ) -> Iterable[BackupClient[K8sBackupTargetSpec] | InvalidClient]:
        targets = from_json(databag.get(BACKUP_TARGETS_FIELD, ""))
        if not isinstance(targets, list):
            reason = f"{BACKUP_TARGETS_FIELD}: {quote(targets)} is not a list such as {_EXAMPLE}"
            yield InvalidClient(relation_id, reason)
            return
        every = cast("list[object]", targets)
        for target in every[:MAX_TARGETS]:
            if isinstance(target, dict):
                entry = cast("dict[str, object]", target)
                yield read_client(relation_id, entry, K8sBackupTargetSpec)
                continue
            reason = f"{BACKUP_TARGETS_FIELD}: {quote(target)} is not like the one in {_EXAMPLE}"
            yield InvalidClient(relation_id, reason)
        if len(every) > MAX_TARGETS:
            reason = f"{len(every)} targets, of which the first {MAX_TARGETS} are read; name less"
            yield InvalidClient(relation_id, f"{BACKUP_TARGETS_FIELD}: {reason}")
