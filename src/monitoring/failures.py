"""The failures that Velero counts, and what a person is told of each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_OF_SCHEDULE: Final = "{{ with $labels.schedule }} of schedule {{ . }}{{ end }}"
_DESCRIBE: Final = "run command='backup describe NAME --details'"
_DESCRIBE_RESTORE: Final = "run command='restore describe NAME --details'"


@dataclass(frozen=True, slots=True)
class Failure:
    """One kind of failure.

    Attributes:
        alert: the alert's name.
        metric: the counter.
        severity: of the alert.
        summary: what happened; a template of Prometheus.
        meaning: what that means, and what the command that follows it shows.
        command: an action to run next, or the rest of a kubectl command.
        by_kubectl: whether it is the latter.
    """

    alert: str
    metric: str
    severity: str
    summary: str
    meaning: str
    command: str
    by_kubectl: bool = False


FAILURES: Final = (
    Failure(
        "VeleroBackupFailed",
        "velero_backup_failure_total",
        "warning",
        f"A backup{_OF_SCHEDULE} failed in the last hour",
        "It cannot be restored. The name of the newest:",
        "list-backups status=failed",
    ),
    Failure(
        "VeleroBackupPartiallyFailed",
        "velero_backup_partial_failure_total",
        "warning",
        f"A backup{_OF_SCHEDULE} failed in part in the last hour",
        "It can be restored, but items are missing in it; list-backups "
        "status=partiallyfailed names it, and its errors are in:",
        _DESCRIBE,
    ),
    Failure(
        "VeleroBackupValidationFailed",
        "velero_backup_validation_failure_total",
        "warning",
        f"Velero refused a backup{_OF_SCHEDULE} in the last hour",
        "Its spec or its storage location cannot be used; list-backups "
        "status=failedvalidation names it, and the reason is in:",
        _DESCRIBE,
    ),
    Failure(
        "VeleroBackupDeletionFailed",
        "velero_backup_deletion_failure_total",
        "warning",
        f"A backup{_OF_SCHEDULE} could not be deleted in the last hour",
        "It stays, in part, in the store; list-backups status=deleting names it, and the "
        "reason is in:",
        _DESCRIBE,
    ),
    Failure(
        "VeleroRestoreFailed",
        "velero_restore_failed_total",
        "warning",
        f"A restore{_OF_SCHEDULE} failed in the last hour",
        "What it was to bring back is not there; run command='restore get' names it, and the "
        "reason is in:",
        _DESCRIBE_RESTORE,
    ),
    Failure(
        "VeleroRestorePartiallyFailed",
        "velero_restore_partial_failure_total",
        "warning",
        f"A restore{_OF_SCHEDULE} failed in part in the last hour",
        "Some items were not brought back; run command='restore get' names it, and its errors "
        "are in:",
        _DESCRIBE_RESTORE,
    ),
    Failure(
        "VeleroRestoreValidationFailed",
        "velero_restore_validation_failed_total",
        "warning",
        f"Velero refused a restore{_OF_SCHEDULE} in the last hour",
        "Nothing was changed; run command='restore get' names it, and the reason is in:",
        _DESCRIBE_RESTORE,
    ),
    Failure(
        "VeleroMaintenanceFailed",
        "velero_repo_maintenance_failure_total",
        "warning",
        "Maintenance of the repository {{ $labels.repository_name }} failed in the last hour",
        "Backups go on, but the space of deleted ones is not freed. Velero's reason is in the "
        "status of the repository:",
        "get backuprepositories -o yaml",
        by_kubectl=True,
    ),
)
