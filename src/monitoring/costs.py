"""The lower half of the dashboard: what backups and the upkeep of their volumes cost. Pure."""

from __future__ import annotations

from typing import Final

from monitoring.panels import Panel, counted, mean

COST: Final = (
    Panel(
        "Duration of a backup",
        "The mean of the backups that ended, from begin to end.",
        "s",
        (
            (
                "{{schedule}}",
                mean("velero_backup_duration_seconds", "%schedule", "schedule"),
            ),
        ),
    ),
    Panel(
        "Size of a backup",
        "The archive of Kubernetes objects of the last backup; volumes are not in it.",
        "bytes",
        (("{{schedule}}", "velero_backup_tarball_size_bytes{%schedule}"),),
    ),
    Panel(
        "Items in a backup",
        "Kubernetes objects in the last backup. A sudden fall means that something is not "
        "selected any more.",
        "short",
        (("{{schedule}}", "velero_backup_items_total{%schedule}"),),
    ),
    Panel(
        "Errors and warnings",
        "Errors in the last backup, and backups with warnings.",
        "short",
        (
            ("errors {{schedule}}", "velero_backup_items_errors{%schedule}"),
            *counted({"with warnings": "velero_backup_warning_total{%schedule}"}),
        ),
    ),
)
REPOSITORIES: Final = (
    Panel(
        "Maintenance of repositories",
        "Runs that ended, by how; without good ones the space of deleted backups is not freed.",
        "short",
        counted(
            {
                "good": "velero_repo_maintenance_success_total{%all}",
                "failed": "velero_repo_maintenance_failure_total{%all}",
            },
            "repository_name",
        ),
    ),
    Panel(
        "Duration of maintenance",
        "The mean of the runs that ended.",
        "s",
        (
            (
                "{{repository_name}}",
                mean("velero_repo_maintenance_duration_seconds", "%all", "repository_name"),
            ),
        ),
    ),
)
NODES: Final = (
    Panel(
        "Volumes moved by the node agent",
        "Volumes that were copied to the store and back, by node.",
        "short",
        counted(
            {
                "file backup": "podVolume_pod_volume_backup_dequeue_count{%all}",
                "upload": "podVolume_data_upload_success_total{%all}",
                "download": "podVolume_data_download_success_total{%all}",
            },
            "node",
        ),
    ),
    Panel(
        "Volumes not moved",
        "Volumes whose copy failed or was cancelled, by node; see the node agent's log there.",
        "short",
        counted(
            {
                "upload failed": "podVolume_data_upload_failure_total{%all}",
                "upload cancelled": "podVolume_data_upload_cancel_total{%all}",
                "download failed": "podVolume_data_download_failure_total{%all}",
                "download cancelled": "podVolume_data_download_cancel_total{%all}",
            },
            "node",
        ),
    ),
    Panel(
        "Duration of a volume's file backup",
        "How long the last ones took, by node.",
        "s",
        (
            (
                "{{node}}",
                "max by (node) (podVolume_pod_volume_operation_latency_seconds_gauge{%all})",
            ),
        ),
    ),
)
