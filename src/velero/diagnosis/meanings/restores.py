"""What Velero says of restores."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_CONTROLLER: Final = "velero pkg/controller/restore_controller.go"
_RESTORE: Final = "velero pkg/restore/restore.go"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "no-such-backup",
        r"Error retrieving backup: (?:can't find backup \S{1,320}: "
        r")?(?:backups|Backup)\.velero\.io "
        r'"[^"]{1,253}" not found'
        r"|No (?:completed )?backups found for schedule",
        "There is no such backup (any more).",
        "Choose one of: juju run {app}/leader list-backups status=completed",
        _CONTROLLER,
    ),
    row(
        "exists-already",
        r'could not restore, (?:\w{1,63} "[^"]{1,253}"|\w{1,63}:\S{1,253}) already exists\. '
        r"Warning: the in-cluster version is different than the backed-up version",
        "The objects exist already, other than in the backup, and were left as they are.",
        "If they are to become as in the backup, restore with existing-resource-policy=update",
        _RESTORE,
    ),
    row(
        "namespace-terminating",
        r"timed out waiting for terminating namespace (?P<namespace>\S{1,63}) to disappear before "
        r"restoring|namespace (?P<other>\S{1,63}) (?:is already present in the polling set, "
        r"skipping execution|created and marked for termination after timeout)",
        "The namespace is being deleted, and nothing can be made in it until it is gone.",
        "Wait until it is gone, then restore again; if it does not go, look for what holds it: "
        "kubectl get namespace NAME --output yaml",
        "velero pkg/util/kube/utils.go, EnsureNamespaceExistsAndIsReady",
    ),
    row(
        "nothing-in-backup",
        r"zero items to be restored",
        "The backup holds nothing that is to be restored.",
        'Look what it holds: juju run {app}/leader run command="backup describe NAME --details"',
        _RESTORE,
    ),
    row(
        "kinds-not-restorable",
        r"\[[^\[\]]{1,900}\] are non-restorable resources",
        "Kinds were named that Velero never restores.",
        "Leave them out",
        _CONTROLLER,
    ),
    row(
        "definition-not-ready",
        r"the CRD (?P<name>\S{1,253}) is not available to use for custom resources",
        "The definition {name} was restored, but the API server does not serve it yet.",
        "Restore again; if it stays so: kubectl describe crd {name}",
        _RESTORE,
    ),
    row(
        "objects-not-ready",
        r"additional items for \S{1,700} are not ready to use",
        "What the object needs was restored, but is not ready in time.",
        "See why it does not become ready, then restore again",
        _RESTORE,
    ),
    row(
        "archive-damaged",
        r"(?:error decoding \"[^\"]{1,900}\": |error unzipping and extracting: |gzip: invalid "
        r"(?:header|checksum)|error parsing backup contents: )",
        "The backup's archive is damaged: it is not what Velero wrote.",
        "Restore another backup: juju run {app}/leader list-backups status=completed; see what "
        "else writes to the bucket",
        f"{_RESTORE}; pkg/archive",
    ),
    row(
        "modifiers-invalid",
        rf"(?:Error in parsing|Validation error in) resource modifiers provided in configmap "
        rf"\S{{1,320}}: {REST}",
        "The rules that are to change objects on their way cannot be used.",
        "Correct the ConfigMap with the resource modifiers as is said",
        "velero internal/resourcemodifiers",
    ),
    row(
        "modifiers-missing",
        r"failed to get resource modifiers configmap (?P<name>\S{1,320})",
        "The ConfigMap {name} with rules that are to change objects on their way is not there.",
        "Create it in the model's namespace, or restore without it",
        _CONTROLLER,
    ),
    row(
        "hooks-invalid",
        rf"(?:invalid restore hooks|invalid init container in restore hook \"[^\"]{{0,253}}\"): "
        rf"{REST}",
        "A hook of the restore cannot be used.",
        "Correct the hook as is said",
        _CONTROLLER,
    ),
    row(
        "policy-unknown",
        r"Invalid ExistingResourcePolicy: \S{0,60}",
        "It is not known what is to become of objects that exist already.",
        "Use existing-resource-policy=none or =update",
        _CONTROLLER,
    ),
    row(
        "storage-class-missing",
        r"error getting storage class (?P<name>\S{1,253}) from API: storageclasses?\.storage\.k8s"
        r'\.io "[^"]{1,253}" not found'
        r'|error getting storage class: StorageClass\.storage\.k8s\.io "(?P<other>[^"]{1,253})" '
        r"not found",
        "The cluster has no storage class of the name that is asked for.",
        "Create it, or name another one: kubectl get storageclasses",
        "velero pkg/restore/actions/change_storageclass_action.go",
    ),
    row(
        "volume-bound-elsewhere",
        r"PV was bound by unexpected PVC, unexpected PVC: \S{1,320}, expected PVC: \S{1,320}",
        "The volume was taken by another claim while it was being restored.",
        "Delete that claim if nobody needs it, then restore again",
        "velero pkg/controller/restore_finalizer_controller.go",
    ),
)
