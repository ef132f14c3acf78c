"""The upper half of the dashboard: what is wrong, and with whose backups. Pure."""

from __future__ import annotations

from typing import Final

from monitoring.panels import Panel, counted
from monitoring.rules import LIMIT

_AGE: Final = "(time() - velero_backup_last_successful_timestamp{%schedule})"
_LIMIT: Final = f"{LIMIT}{{%schedule}}"
_SAME: Final = "on(schedule, juju_application, juju_model_uuid)"
_ENDED: Final = " - ".join(
    f"sum(velero_backup_{how}_total{{%all}})" for how in ("success", "partial_failure", "failure")
)


HEALTH: Final = (
    Panel(
        "Server",
        "Whether Prometheus can scrape the Velero server. While it is down no backup is made; "
        "look at its pod with kubectl describe pod -l deploy=velero.",
        "none",
        (("{{juju_application}}", 'up{%all,component="server"}'),),
        kind="stat",
        limits=(1, 0.5),
        words={0: "down", 1: "up"},
    ),
    Panel(
        "Storage location",
        "Whether Velero could use the object store when it looked last; juju status has its "
        "reason if not.",
        "none",
        (("{{backup_location_name}}", "velero_backup_location_status_gauge{%all}"),),
        kind="stat",
        limits=(1, 0.5),
        words={0: "unavailable", 1: "available"},
    ),
    Panel(
        "Overdue schedules",
        "How many schedules have had no good backup for longer than their own cadence allows; "
        "the next row names them.",
        "none",
        (("overdue", f"count({_AGE} > {_SAME} {_LIMIT}) or vector(0)"),),
        kind="stat",
        limits=(1,),
    ),
    Panel(
        "Backups in progress",
        "Begun and not ended since the server's start; others wait behind them. The action "
        "list-backups status=inprogress names them.",
        "none",
        (("in progress", f"clamp_min(sum(velero_backup_attempt_total{{%all}}) - {_ENDED}, 0)"),),
        kind="stat",
    ),
    Panel(
        "Node agents",
        "How many of the known pods of the node agent Prometheus can scrape; none if the node "
        "agent is not wanted.",
        "none",
        (
            ("up", 'sum(up{%all,component="node-agent"})'),
            ("known", 'count(up{%all,component="node-agent"})'),
        ),
        kind="stat",
    ),
)
CLIENTS: Final = (
    Panel(
        "Age of the last good backup, of what its schedule allows",
        "1 is where the alert VeleroBackupOverdue begins: the longest time between two runs and a "
        "margin. A schedule without a bar has no good backup yet.",
        "percentunit",
        (
            (
                "{{client_application}}:{{client_endpoint}} in {{client_model}}",
                f"{_AGE} / {_SAME} group_right() {_LIMIT}",
            ),
        ),
        kind="bargauge",
        limits=(0.8, 1),
    ),
    Panel(
        "Last good backup",
        "When each schedule's last backup without errors ended; the empty schedule is for backups "
        "made by hand.",
        "dateTimeFromNow",
        (("{{schedule}}", "velero_backup_last_successful_timestamp{%schedule} * 1000"),),
        kind="stat",
    ),
)
RUNS: Final = (
    Panel(
        "Backups",
        "Backups that began and that ended well.",
        "short",
        counted(
            {
                "begun": "velero_backup_attempt_total{%schedule}",
                "good": "velero_backup_success_total{%schedule}",
            }
        ),
    ),
    Panel(
        "Failed backups",
        "Backups that failed, that failed in part and that Velero refused. For the reason: "
        "run command='backup describe NAME --details'.",
        "short",
        counted(
            {
                "failed": "velero_backup_failure_total{%schedule}",
                "failed in part": "velero_backup_partial_failure_total{%schedule}",
                "refused": "velero_backup_validation_failure_total{%schedule}",
                "not deleted": "velero_backup_deletion_failure_total{%schedule}",
            }
        ),
    ),
    Panel(
        "Restores",
        "Restores that ended, by how. For the reason of a failure: "
        "run command='restore describe NAME --details'.",
        "short",
        counted(
            {
                "good": "velero_restore_success_total{%schedule}",
                "failed": "velero_restore_failed_total{%schedule}",
                "failed in part": "velero_restore_partial_failure_total{%schedule}",
                "refused": "velero_restore_validation_failed_total{%schedule}",
            }
        ),
    ),
)
