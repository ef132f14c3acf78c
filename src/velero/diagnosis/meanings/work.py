"""What Velero says of backups, their schedules and their deletion."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_BACKUP: Final = "velero pkg/controller/backup_controller.go"
_DELETION: Final = "velero pkg/controller/backup_deletion_controller.go"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "foreign-directories",
        r"Backup store contains (?:\d{1,9} )?invalid top-level directories: "
        r"(?P<what>\[[^\[\]]{0,400}\])",
        "The folder of the bucket that Velero is to use holds directories of others: {what}. "
        "Velero works only in a folder that is its own.",
        "Set another path at the storage integrator, one of its own, or move those directories "
        "elsewhere; nothing is deleted by that",
        "velero pkg/persistence/object_store.go, IsValid",
    ),
    row(
        "server-restarted",
        r'found a (?P<kind>backup|restore) with status "\w{1,60}" during the server starting, '
        r"mark "
        r'it as "\w{1,60}"'
        r"|\w{3,20} is in status \"\w{1,60}\" during the velero server starting, mark it as "
        r"cancel",
        "Velero was restarted while it ran; what is in progress then is lost.",
        "Make it again; see above why Velero was restarted",
        "velero pkg/cmd/server/server.go, markInProgressBackupsFailed",
    ),
    row(
        "location-unavailable",
        r"backup can't be created because BackupStorageLocation \S{1,253} is in Unavailable status"
        r"|The BSL \S{1,253} is unavailable, cannot retrieve the backup"
        r"|cannot delete backup because backup storage location \S{1,253} is currently in "
        r"Unavailable state",
        "Velero could not use the storage location when this was to begin.",
        "Mend the storage location first, see above; then make it again",
        f"{_BACKUP}, restore_controller.go, backup_deletion_controller.go",
    ),
    row(
        "location-read-only",
        r"backup can't be created because backup storage location \S{1,253} is currently in "
        r"read-only mode|cannot delete backup because backup storage location \S{1,253} is "
        r"currently in read-only mode|cannot create new backup repo for read-only backup storage "
        r"location \S{1,320}",
        "The storage location may only be read.",
        "Use another location, or make this one writable",
        f"{_BACKUP}, pkg/repository/provider/unified_repo.go",
    ),
    row(
        "location-gone",
        r"an existing backup storage location was not specified at backup creation time and the "
        r"(?:server )?default \S{0,253} (?:does not exist|was not found)"
        r'|(?:backupstoragelocations|BackupStorageLocation)\.velero\.io "[^"]{1,253}" not found'
        r"|backup storage location \S{1,253} not found",
        "There was no storage location when this was to begin: the storage was not integrated, or "
        "was taken away.",
        "Integrate the storage: juju status; then make it again",
        f"{_BACKUP}, prepareBackupRequest",
    ),
    row(
        "backup-there-already",
        r"backup already exists in object storage",
        "The bucket holds a backup of this name already, of another cluster perhaps.",
        "Choose another name, or another path at the storage integrator",
        f"{_BACKUP}, runBackup",
    ),
    row(
        "kinds-contradict",
        rf"Invalid (?:cluster-scoped |namespace-scoped )?included/excluded resource lists: {REST}",
        "The kinds that are to be included and excluded contradict each other.",
        "Correct them where they were asked for; a client's wish is in list-clients",
        _BACKUP,
    ),
    row(
        "namespaces-contradict",
        rf"Invalid included/excluded namespace lists: {REST}",
        "The namespaces that are to be included and excluded contradict each other, or are no "
        "names.",
        "Correct them where they were asked for; a client's wish is in list-clients",
        _BACKUP,
    ),
    row(
        "filters-mixed",
        r"include-resources, exclude-resources and include-cluster-resources are old filter "
        r"parameters\.\s+include-cluster-scoped-resources, .{1,200} are new filter parameters\.\s+"
        r"They cannot be used (?:together|with (?:new|include-exclude policies?|\w{1,30}).{0,60})",
        "Two ways to name the kinds were used that do not go together.",
        "Name the kinds in one way: either resources, or cluster-scoped and namespace-scoped ones",
        _BACKUP,
    ),
    row(
        "selectors-mixed",
        r"encountered labelSelector as well as orLabelSelectors in (?:backup|restore) spec, only "
        r"one can be specified",
        "Two ways to name labels were used that do not go together.",
        "Use one of label-selector and or-label-selectors",
        _BACKUP,
    ),
    row(
        "policies-invalid",
        rf"invalid (?:restore )?resource policies: {REST}",
        "The policies that say what becomes of volumes or kinds cannot be used.",
        "Correct the ConfigMap with the policies as is said",
        "velero internal/resourcepolicies/resource_policies.go",
    ),
    row(
        "schedule-invalid",
        rf"\binvalid schedule: {REST}",
        "Velero cannot read when the schedule is due.",
        'Use five fields as cron does, or "@every 6h"',
        "velero pkg/controller/schedule_controller.go",
    ),
    row(
        "snapshot-location-missing",
        r"a VolumeSnapshotLocation CRD for the location \S{1,253} with the name specified in the "
        r"backup spec needs to be created before this snapshot can be executed"
        r"|provider \S{1,253} has more than one possible volume snapshot location, and none were "
        r"specified explicitly or as a default",
        "It is not said, or not there, where snapshots of volumes go.",
        'Name one of: juju run {app}/leader run command="snapshot-location get"',
        _BACKUP,
    ),
    row(
        "plugin-missing",
        r"unable to locate \w{1,60} plugin named (?P<plugin>\S{1,100})",
        "Velero has not loaded the plugin {plugin} that this needs.",
        "See whether the plugin's image is one of Velero's: juju config {app}; the options are "
        "velero-aws-plugin-image, velero-azure-plugin-image and velero-gcp-plugin-image",
        "velero pkg/plugin/clientmgmt/process/registry.go",
    ),
    row(
        "plugin-crashed",
        r"plugin panicked: |unable to restart plugin process: exceeded maximum number of reset "
        r"failures",
        "One of Velero's plugins crashed.",
        "Use the plugins' versions that the charm comes with: juju config {app}; else tell the "
        "plugin's maintainers",
        "velero pkg/plugin/framework/common/handle_panic.go",
    ),
    row(
        "location-keys-unknown",
        r"config has invalid keys (?P<keys>\[[^\[\]]{0,400}\]); valid keys are \[",
        "The plugin does not know these keys of the location: {keys}.",
        "Use a plugin of the version that the charm comes with: juju config {app} --reset "
        "velero-aws-plugin-image (or azure, gcp)",
        "velero pkg/plugin/framework/validation.go",
    ),
    row(
        "credential-secret-missing",
        r"unable to get (?:credentials|key for secret): (?:unable to get key for secret: )?"
        r"(?:Secret|secrets) \"(?P<secret>[^\"]{1,253})\" not found"
        r'|"(?P<other>[^"]{1,253})" secret is missing data for key "[^"]{1,253}"',
        "The Secret with the store's credential, or its content, is missing.",
        "Let the charm make it again: juju run {app}/leader apply-held-changes",
        "velero internal/credentials/file_store.go, pkg/util/kube/secrets.go",
    ),
    row(
        "bucket-name-has-slash",
        r"backup storage location's bucket name \"[^\"]{1,200}\" must not contain a '/'",
        "The name of the bucket has a slash in it; what follows the slash is a folder.",
        "Set bucket and path apart at the storage integrator",
        "velero pkg/persistence/object_store.go",
    ),
    row(
        "deletion-of-running",
        r"^backup is still in progress$|: backup is still in progress$",
        "A backup that runs cannot be deleted.",
        "Wait until it has ended, then delete it again",
        _DELETION,
    ),
    row(
        "deletion-without-archive",
        r"error downloading backup tarball, CSI snapshot cleanup was skipped",
        "The backup's archive cannot be read, so that Velero does not know its snapshots and "
        "leaves them.",
        "Delete the backup again when the store can be read; look for its snapshots at the "
        "volumes' driver",
        _DELETION,
    ),
    row(
        "hook-failed",
        r"message: /Error (?:executing hook|backing up item) error: /?command terminated with "
        r"exit code (?P<code>\d{1,3})"
        r"|hook \S{1,253} in container \S{1,253} failed to execute, err: command terminated with "
        r"exit code \d{1,3}",
        "A command that is to run in the pod before or after its backup or restore failed.",
        "Run the command in the pod by hand; its output is in: juju run {app}/leader run "
        'command="backup logs NAME" (or restore logs NAME)',
        "velero internal/hook, pkg/podexec/pod_command_executor.go",
    ),
    row(
        "hook-slow",
        r"message: /Error (?:executing hook|backing up item) error: /?timed out after \w{1,30}"
        r"|hook \S{1,253} in container \S{1,253} (?:expired before executing|failed to execute, "
        r"err: timed out after \w{1,30})",
        "A command that is to run in the pod before or after its backup or restore took longer "
        "than it may.",
        "Give the hook a longer timeout, or make the command quicker",
        "velero internal/hook, pkg/podexec/pod_command_executor.go",
    ),
    row(
        "hook-container-missing",
        r"message: /Error (?:executing hook|backing up item) error: /?no such container: "
        r'"(?P<container>[^"]{0,253})"',
        "The hook names a container that the pod has not: {container}.",
        "Correct the hook's container",
        "velero pkg/podexec/pod_command_executor.go",
    ),
    row(
        "item-operation-slow",
        r"^Asynchronous action timed out$|: /?Asynchronous action timed out\b",
        "What a plugin does in the background, such as moving a snapshot's data, took longer than "
        "it may.",
        "Raise default-item-operation-timeout in: juju config {app} extra-server-args",
        "velero pkg/controller/backup_operations_controller.go",
    ),
)
