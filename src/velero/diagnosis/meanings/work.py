"""What Velero says of backups, restores and what belongs to them."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import Row, row

_API: Final = "Kubernetes API server"

ROWS: Final[tuple[Row, ...]] = (
    row(
        r'found a (?P<kind>backup|restore) with status "\w{1,60}" during the server starting',
        "Velero was restarted while the {kind} ran; what is in progress then is lost.",
        "Make it again; see above why Velero was restarted",
        "velero pkg/cmd/server/server.go, markInProgressBackupsFailed",
    ),
    row(
        r"BackupStorageLocation (?P<name>\S{1,300}) is in Unavailable status"
        r"|The BSL (?P<other>\S{1,300}) is unavailable",
        "Velero could not use the storage location when this was to begin.",
        "Mend the storage location first, see above; then make it again",
        "velero pkg/controller/backup_controller.go, restore_controller.go",
    ),
    row(
        r"location \S{1,300} is currently in read-only mode",
        "The storage location may only be read.",
        "Use another location, or make this one writable",
        "velero pkg/controller/backup_controller.go",
    ),
    row(
        r"daemonset pod not found in running state in node|node-agent is not ready"
        r"|node-agent pod is not running|failed to get linux node-agent daemonset"
        r"|daemonset.{0,200} \"node-agent\" not found",
        "Volumes are copied by the node agent, and there is none on the volume's node.",
        "Switch it on with: juju config {app} use-node-agent=true; if it is on, see whether its "
        "pods may run on that node (option tolerations)",
        "velero pkg/nodeagent/node_agent.go",
    ),
    row(
        r"invalid repository password",
        "The repository of volume data was made with another password than the one there is now.",
        "Put the old password back into Secret velero-repo-credentials; without it, the data "
        "cannot be read",
        "kopia repo/format/format_manager.go",
    ),
    row(
        r"timed out waiting for (all )?(PodVolume|fs )",
        "Copying the volumes took longer than it may.",
        "Raise pod-volume-operation-timeout: juju config {app} pod-volume-operation-timeout=8h",
        "velero pkg/podvolume/backupper.go, restorer.go",
    ),
    row(
        r"failed to get VolumeSnapshotClass for provisioner (?P<driver>[^:\s]{1,200})",
        "The cluster has no VolumeSnapshotClass for the volume's driver, {driver}, that Velero "
        "may use.",
        "Label one of that driver: kubectl label volumesnapshotclass NAME "
        "velero.io/csi-volumesnapshot-class=true",
        "velero pkg/util/csi/volume_snapshot.go",
    ),
    row(
        r"terminating namespace (?P<namespace>\S{1,100})|because it is being terminated",
        "The namespace is being deleted, and nothing can be made in it until it is gone.",
        "Wait until it is gone, then restore again; if it does not go, look for what holds it: "
        "kubectl get namespace NAME --output yaml",
        "velero pkg/util/kube/utils.go",
    ),
    row(
        r"already exists. Warning: the in-cluster version is different",
        "The objects exist already, other than in the backup, and were left as they are.",
        "If they are to become as in the backup, restore with existing-resource-policy=update",
        "velero pkg/restore/restore.go",
    ),
    row(
        r"violates PodSecurity",
        "The namespace's pod security level does not allow such pods.",
        "Raise the level that the namespace's label pod-security.kubernetes.io/enforce names",
        _API,
    ),
    row(
        r"exceeded quota",
        "The namespace's resource quota is used up.",
        "Raise the quota, or restore less at once",
        _API,
    ),
    row(
        r"admission webhook \S{1,300} denied|denied the request|ValidatingAdmissionPolicy",
        "A rule of the cluster, an admission webhook or policy, refuses the objects; Velero "
        "brings them back as they were.",
        "Ask whoever made the rule, or change the objects on their way with a resource modifier",
        _API,
    ),
    row(
        r"no matches for kind|could not find the requested resource",
        "The cluster does not know this kind of object: its definition, or the operator that "
        "brings it, is not installed.",
        "Install what the kind belongs to, then make it again",
        _API,
    ),
    row(
        r"provided port is already allocated",
        "The Service wants the node port that it had, which another one has now.",
        "Delete the other Service, or restore without node ports",
        _API,
    ),
    row(
        r"command terminated with (non-zero )?exit code|hook.{0,300} failed",
        "A command that is to run in the pod before or after its backup failed.",
        "Run the command in the pod by hand; its output is in: juju run {app}/leader run "
        'command="backup logs NAME"',
        "velero pkg/podexec/pod_command_executor.go",
    ),
    row(
        r"Invalid included/excluded (namespace|resource) lists",
        "What is to be included and excluded contradicts itself or names nothing.",
        "Correct it where it was asked for; a client's wish is in list-clients",
        "velero pkg/controller/backup_controller.go",
    ),
    row(
        r"invalid schedule",
        "Velero cannot read when the schedule is due.",
        'Use five fields as cron does, or "@every 6h"',
        "velero pkg/controller/schedule_controller.go",
    ),
    row(
        r"Error retrieving backup|backup .{0,300} not found|No completed backups found",
        "There is no such backup (any more).",
        "Choose one of: juju run {app}/leader list-backups status=completed",
        "velero pkg/controller/restore_controller.go",
    ),
)
