"""The kinds of Kubernetes object that the charm handles, as plain values.

An object itself is a JSON dictionary as the API server speaks it: the velero CLI prints such
dictionaries, and most kinds here have no Python class that could say more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from velero import total

Object = total.Object
Key = tuple[str, str]
"""Kind and name of an object."""

REPOSITORY_SECRET: Final = "velero-repo-credentials"  # noqa: S105 - a name
REPOSITORY_KEY: Final = "repository-password"
"""Where Velero looks for the password (velero pkg/repository/keys/keys.go)."""

FIELD_MANAGER: Final = "velero-operator"
"""Our name in server-side apply; what it owns is what we maintain."""

MANAGED_BY: Final = "app.kubernetes.io/managed-by"
INSTANCE: Final = "app.kubernetes.io/instance"
LEFT_OUT: Final = {"velero.io/exclude-from-backup": "true"}
"""Keeps an object out of every backup (velero pkg/backup/item_backupper.go,
``itemInclusionChecks``)."""
COMPONENT: Final = {"component": "velero"}
"""The label that `velero install` puts on all it makes (velero pkg/install/resources.go)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a URL needs to know of a kind."""

    api_version: str
    name: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """The version without its group."""
        return self.api_version.rpartition("/")[2]


CRD = Kind(
    "apiextensions.k8s.io/v1",
    "CustomResourceDefinition",
    "customresourcedefinitions",
    namespaced=False,
)
CLUSTER_ROLE_BINDING = Kind(
    "rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False
)
ACCESS_REVIEW = Kind(
    "authorization.k8s.io/v1",
    "SelfSubjectAccessReview",
    "selfsubjectaccessreviews",
    namespaced=False,
)
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
SERVICE = Kind("v1", "Service", "services")
SECRET = Kind("v1", "Secret", "secrets")
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
POD = Kind("v1", "Pod", "pods")
EVENT = Kind("v1", "Event", "events")
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets")
STATEFUL_SET = Kind("apps/v1", "StatefulSet", "statefulsets")
DAEMON_SET = Kind("apps/v1", "DaemonSet", "daemonsets")

LOCATION = Kind("velero.io/v1", "BackupStorageLocation", "backupstoragelocations")
BACKUP = Kind("velero.io/v1", "Backup", "backups")
RESTORE = Kind("velero.io/v1", "Restore", "restores")
SCHEDULE = Kind("velero.io/v1", "Schedule", "schedules")
REPOSITORY = Kind("velero.io/v1", "BackupRepository", "backuprepositories")
DELETE_REQUEST = Kind("velero.io/v1", "DeleteBackupRequest", "deletebackuprequests")
DOWNLOAD_REQUEST = Kind("velero.io/v1", "DownloadRequest", "downloadrequests")
SNAPSHOT_LOCATION = Kind("velero.io/v1", "VolumeSnapshotLocation", "volumesnapshotlocations")
STATUS_REQUEST = Kind("velero.io/v1", "ServerStatusRequest", "serverstatusrequests")
POD_VOLUME_BACKUP = Kind("velero.io/v1", "PodVolumeBackup", "podvolumebackups")
POD_VOLUME_RESTORE = Kind("velero.io/v1", "PodVolumeRestore", "podvolumerestores")
DATA_UPLOAD = Kind("velero.io/v2alpha1", "DataUpload", "datauploads")
DATA_DOWNLOAD = Kind("velero.io/v2alpha1", "DataDownload", "datadownloads")

VELERO_KINDS: Final = (
    LOCATION,
    BACKUP,
    RESTORE,
    SCHEDULE,
    REPOSITORY,
    DELETE_REQUEST,
    DOWNLOAD_REQUEST,
    SNAPSHOT_LOCATION,
    STATUS_REQUEST,
    POD_VOLUME_BACKUP,
    POD_VOLUME_RESTORE,
    DATA_UPLOAD,
    DATA_DOWNLOAD,
)
"""All 13 kinds whose definitions `velero install` brings."""

OPERATIONS: Final = (
    BACKUP,
    RESTORE,
    DELETE_REQUEST,
    DATA_UPLOAD,
    DATA_DOWNLOAD,
    POD_VOLUME_BACKUP,
    POD_VOLUME_RESTORE,
)
"""What is at work for a while, and what a restart of Velero's pods would interrupt."""

_BY_NAME: Final = {
    kind.name: kind
    for kind in (
        CRD,
        CLUSTER_ROLE_BINDING,
        SERVICE_ACCOUNT,
        SERVICE,
        SECRET,
        CONFIG_MAP,
        NAMESPACE,
        DEPLOYMENT,
        DAEMON_SET,
        *VELERO_KINDS,
    )
}


def kind_of(obj: Object) -> Kind:
    """The kind of an object that we render.

    Raises:
        KeyError: a kind that the charm does not handle.
    """
    return _BY_NAME[obj["kind"]]


def name_of(obj: Object) -> str:
    """The object's name; empty if it has none."""
    return total.text(obj, "metadata", "name")


def describe(obj: Object) -> str:
    """How a person names the object: ``Deployment velero``."""
    return f"{total.text(obj, 'kind') or 'Object'} {name_of(obj)}"
