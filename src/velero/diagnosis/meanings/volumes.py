"""What Velero, its node agent, kopia and CSI say of the content of volumes."""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings.row import REST, Row, row

_AGENT: Final = "velero pkg/nodeagent/node_agent.go, pkg/podvolume"
_CSI: Final = "velero pkg/util/csi/volume_snapshot.go"
_KOPIA: Final = "kopia repo/format, repo/blob"
_EXPOSER: Final = "velero pkg/exposer, pkg/util/kube/pod.go"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "no-node-agent",
        r"daemonset pod not found in running state in node \S{1,253}|node-agent is not ready: no "
        r"ready pods found|node-agent pod is not running in node \S{1,253}|failed to get linux "
        r"node-agent daemonset|error to check node agent status: daemonset not found"
        r'|daemonsets?\.apps "node-agent" not found|node-agent is not running in node \S{1,253}, '
        r"err: ",
        "Volumes are copied by the node agent, and there is none on the volume's node.",
        "{agent}",
        _AGENT,
    ),
    row(
        "repository-password-wrong",
        r"\binvalid repository password\b",
        "The repository of volume data was made with another password than the one there is now.",
        "Put the old password back into Secret velero-repo-credentials; without it, the data "
        "cannot be read",
        "kopia repo/format/format_blob.go",
    ),
    row(
        "repository-missing",
        r"repository not initialized in the provided storage|repo config \S{1,300} doesn't exist"
        r"|error to open repo, repo doesn't exist",
        "There is no repository of volume data where the backup says: it was deleted, or the "
        "location leads elsewhere now.",
        "See whether the folder kopia is in the bucket; compare bucket and path with those of the "
        "backup",
        _KOPIA,
    ),
    row(
        "repository-data-lost",
        r"(?:unable to load snapshot \w{1,64}|Unable to load snapshot \w{1,64}|error opening "
        r"\w{1,80}"
        r"|error getting blob \w{1,80}|unable to find valid (?:postamble|local index) in file "
        r"\w{1,80}).{0,200}(?:BLOB not found|object not found|invalid offset/length|: not found)"
        r"|possible corruption: blobcfg blob exists, but format blob is not found",
        "Files of the repository of volume data are missing in the bucket: somebody, or a "
        "lifecycle rule, has deleted them.",
        "Restore another backup; take away lifecycle rules that delete from Velero's folder",
        _KOPIA,
    ),
    row(
        "repository-data-damaged",
        r"invalid checksum at \w{1,80} offset \d{1,20} length |error decompressing: |unable to "
        r"decrypt (?:content|repository)",
        "Files of the repository of volume data are damaged in the bucket.",
        "Restore another backup; see what else writes to the bucket, and whether the store is "
        "well",
        "kopia repo/content/committed_read_manager.go",
    ),
    row(
        "repository-folder-taken",
        r"found existing data in storage location",
        "The folder in which a repository of volume data is to be made holds something else.",
        "Move it away from kopia/NAMESPACE in Velero's folder of the bucket",
        "velero pkg/repository/udmrepo/kopialib/repo_init.go",
    ),
    row(
        "repository-clock-wrong",
        r"clock skew detected: local clock is out of sync with repository timestamp by more than "
        r"allowed ",
        "The clock of the node and that of the store differ too much to tidy up the repository.",
        "Set the clocks of the cluster's nodes and of the store, for example with NTP",
        "kopia repo/maintenance/maintenance_run.go",
    ),
    row(
        "endpoint-has-path",
        r"path is not expected in s3Url (?P<url>\S{1,300})",
        "The endpoint {url} has a path, which backups of volumes cannot use.",
        "Take the path out of the endpoint at the storage integrator; a folder goes into its path",
        "velero pkg/repository/provider/unified_repo.go",
    ),
    row(
        "volumes-slow",
        r"timed out waiting for (?:all PodVolume(?:Backup|Restore)s|fs (?:backup|restore)) to "
        r"complete|Cancel PVB on pod volume timeout",
        "Copying the volumes took longer than it may.",
        "{timeout}",
        "velero pkg/podvolume/backupper.go, restorer.go",
    ),
    row(
        "volume-move-not-begun",
        r"timeout on preparing (?:data upload|data download|PVB|PVR)",
        "The pod that is to copy the volume did not become ready in time.",
        "See why: kubectl get pods,events in the model's namespace; raise prepareTimeout in: juju "
        "config {app} node-agent-config",
        "velero pkg/controller/data_upload_controller.go",
    ),
    row(
        "volume-pod-failed",
        rf"Pod is in abnormal state \[(?:Failed|Unknown)\], message \[(?!OOMKilled){REST}",
        "The pod that copies the volume ended before its time.",
        "Read what it said; a repository's caches and many files need memory and disk",
        _EXPOSER,
    ),
    row(
        "node-agent-restarted",
        r"cannot survive from node-agent restart|Resume InProgress (?:dataupload|datadownload|PVB|"
        r"PVR) failed with error ",
        "The node agent was restarted while it copied the volume; what is in progress then is "
        "lost.",
        "Make it again; see above why the node agent was restarted",
        "velero pkg/cmd/cli/nodeagent/server.go",
    ),
    row(
        "block-device-denied",
        r"no permission to open the source device \S{1,300}, make sure that node agent is running "
        r"in privileged mode",
        "Volumes of blocks can be copied by a privileged node agent only.",
        "juju config {app} privileged-node-agent=true",
        "velero pkg/uploader/kopia/block_backup.go",
    ),
    row(
        "no-snapshot-class",
        r"failed to get VolumeSnapshotClass for provisioner (?P<driver>[^:\s]{1,253}): ensure "
        r"that ",
        "The cluster has no VolumeSnapshotClass for the volume's driver, {driver}, that Velero "
        "may use.",
        "Label one of that driver: kubectl label volumesnapshotclass NAME "
        "velero.io/csi-volumesnapshot-class=true",
        _CSI,
    ),
    row(
        "snapshot-class-wrong",
        r"No CSI VolumeSnapshotClass found with name (?P<name>\S{1,253}) for "
        r"(?:provisioner|driver) "
        r"|Incorrect VolumeSnapshotClass (?P<other>\S{1,253}) is not for driver ",
        "The VolumeSnapshotClass that an annotation names is not there, or is another driver's.",
        "Correct the annotation on the claim or the backup: kubectl get volumesnapshotclasses",
        _CSI,
    ),
    row(
        "snapshot-failed",
        rf"(?:volume snapshot is not ready until timeout, errors: \[(?=[^\]])|CSI got timed out "
        rf"with error: ){REST}",
        "The volume's driver does not take the snapshot; what it says stands in the message.",
        "Read what the driver says; look at its pods",
        _CSI,
    ),
    row(
        "snapshot-slow",
        r"volume snapshot is not ready until timeout, errors: \[\]",
        "The volume's driver did not finish the snapshot in time, and does not say why.",
        "See whether the snapshot controller and the driver run: kubectl get volumesnapshots "
        "--all-namespaces",
        _CSI,
    ),
    row(
        "snapshots-unknown",
        r'no matches for kind "VolumeSnapshot(?:Class|Content)?" in (?:version|group) '
        r'"snapshot\.storage\.k8s\.io(?:/v\w{1,20})?"',
        "The cluster cannot take snapshots: their definitions and controller are not installed.",
        "Install the snapshot controller of the cluster's distribution, or copy files instead: "
        "default-volumes-to-fs-backup",
        "k8s.io/apimachinery pkg/api/meta/errors.go",
    ),
    row(
        "claim-without-class",
        r"Cannot snapshot PVC (?P<claim>\S{1,320}), PVC has no storage class\.",
        "The claim {claim} has no storage class, so that nobody knows who takes its snapshot.",
        "Copy its files instead: annotate the pod with backup.velero.io/backup-volumes",
        "velero pkg/backup/actions/csi/pvc_action.go",
    ),
    row(
        "claim-unbound",
        r"PVC (?P<claim>\S{1,320}) (?:has no volume backing this claim|is in phase \w{1,20} and "
        r"is "
        r"not bound to a volume)",
        "The claim {claim} has no volume, so there is nothing to save.",
        "See why it is not bound, or delete it: kubectl describe pvc",
        "velero pkg/util/kube/pvc_pv.go",
    ),
    row(
        "volume-result-missing",
        r"no DataUpload result (?:cm )?found with (?:labels|restore key) ",
        "The backup holds the claim, but not the content of its volume.",
        "Restore another backup; see whether this one's volumes were moved: juju run {app}/leader "
        'run command="backup describe NAME --details"',
        "velero pkg/restore/actions/csi/pvc_action.go",
    ),
    row(
        "snapshot-handle-missing",
        r"fail to get snapshot handle from VSC \S{1,253} status|VS \S{1,253} doesn't have bound "
        r"VSC",
        "The snapshot was not finished when the backup ended, and cannot be restored.",
        "Restore another backup, or make this one again",
        "velero pkg/restore/actions/csi",
    ),
    row(
        "pod-not-running",
        r"\bpod is not in the expected status, name=\S{1,253}, namespace=\S{1,63}, "
        r"phase=\w{1,20}: "
        r"pod is not running",
        "The pod does not run, so the files of its volumes cannot be copied.",
        "Start the pod, or leave it out",
        "velero pkg/util/kube/pod.go",
    ),
    row(
        "volume-path-ambiguous",
        r"expected one matching path: \S{1,600}, got \d{1,6}",
        "The node agent does not find the volume's files where the node's kubelet keeps them.",
        "See whether kubelet-root-dir is the node's: juju config {app} kubelet-root-dir",
        "velero pkg/util/kube/utils.go",
    ),
    row(
        "disk-full",
        r"(?:write|open|mkdir|copy_file_range|unable to create cache directory:? \S{0,200}) "
        r"\S{1,400}: no "
        r"space left on device|failed to write data to file \S{1,400}: .{0,300}no space left on "
        r"device",
        "A disk in the cluster is full: the node's, or the volume that is being written.",
        "Make room on the node, or enlarge the volume",
        "Go syscall, ENOSPC",
    ),
    row(
        "snapshot-region-missing",
        r"missing region in aws configuration",
        "Snapshots of volumes need the region, and nobody gave one.",
        "Set the region at the storage integrator",
        "velero-plugin-for-aws volume_snapshotter.go",
    ),
)
