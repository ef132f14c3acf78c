"""The API server as `kubectl -o json` shows it: a reader that shares no code with the charm."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import httpx2
from tests.cluster.cluster import Cluster
from tests.cluster.namespaces import STORED_AS

Object: TypeAlias = dict[str, Any]

CRD: Final = "CustomResourceDefinition"
BINDING: Final = "ClusterRoleBinding"
POLICY: Final = "ValidatingAdmissionPolicy"
POLICY_BINDING: Final = "ValidatingAdmissionPolicyBinding"
WEBHOOK: Final = "ValidatingWebhookConfiguration"
PATHS: Final = {
    CRD: "apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    BINDING: "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Namespace": "api/v1/namespaces",
    POLICY: "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
    POLICY_BINDING: "apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
    WEBHOOK: "apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    "ConfigMap": "api/v1/{}/configmaps",
    "Event": "apis/events.k8s.io/v1/{}/events",
    "Pod": "api/v1/{}/pods",
    "Secret": "api/v1/{}/secrets",
    "Service": "api/v1/{}/services",
    "ServiceAccount": "api/v1/{}/serviceaccounts",
    "Deployment": "apis/apps/v1/{}/deployments",
    "DaemonSet": "apis/apps/v1/{}/daemonsets",
    "Backup": "apis/velero.io/v1/{}/backups",
    "BackupRepository": "apis/velero.io/v1/{}/backuprepositories",
    "BackupStorageLocation": "apis/velero.io/v1/{}/backupstoragelocations",
    "DataUpload": "apis/velero.io/v2alpha1/{}/datauploads",
    "DeleteBackupRequest": "apis/velero.io/v1/{}/deletebackuprequests",
    "VolumeSnapshotLocation": "apis/velero.io/v1/{}/volumesnapshotlocations",
    "DownloadRequest": "apis/velero.io/v1/{}/downloadrequests",
    "PodVolumeBackup": "apis/velero.io/v1/{}/podvolumebackups",
    "PodVolumeRestore": "apis/velero.io/v1/{}/podvolumerestores",
    "Restore": "apis/velero.io/v1/{}/restores",
    "Schedule": "apis/velero.io/v1/{}/schedules",
    "ServerStatusRequest": "apis/velero.io/v1/{}/serverstatusrequests",
    "DataDownload": "apis/velero.io/v2alpha1/{}/datadownloads",
}
"""The kinds that the charm has to do with; `{}` is where the namespace goes."""

_OF_OTHERS: Final = {"Namespace", "Pod", "Event", POLICY, POLICY_BINDING}
_KINDS: Final = {
    path.rpartition("/")[2]: kind for kind, path in PATHS.items() if kind not in _OF_OTHERS
}
_NAMED_DEFAULT: Final = {"BackupStorageLocation", "VolumeSnapshotLocation"}
_OTHERS: Final = ("kube-root-ca.crt", "default", "system:", "cluster-admin", "trust-")


def until(done: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that others do."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.05)


class Objects:
    """The objects of a cluster, by default of one namespace.

    Args:
        http: a client that the API server trusts.
        namespace: the namespace.
    """

    def __init__(self, http: httpx2.Client, namespace: str) -> None:
        self.namespace = namespace
        self._http = http

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def find(self, kind: str, name: str, namespace: str = "") -> Object | None:
        """An object, or None if there is none or its kind is not installed."""
        answer = self._http.get(f"{self._path(kind, namespace)}/{name}")
        return answer.raise_for_status().json() if answer.status_code != 404 else None

    def get(self, kind: str, name: str, namespace: str = "") -> Object:
        """An object that must be there."""
        found = self.find(kind, name, namespace)
        assert found is not None, f"there is no {kind} {name}"
        return found

    def list(self, kind: str, namespace: str = "") -> list[Object]:
        """All objects of a kind in the namespace; none if the kind is not installed."""
        path, deadline = self._path(kind, namespace), time.monotonic() + 30
        answer = self._http.get(path)
        # So it answers for a kind whose definition is new
        while answer.status_code == 429 and time.monotonic() < deadline:
            time.sleep(0.1)
            answer = self._http.get(path)
        if answer.status_code == 404:
            return []
        return answer.raise_for_status().json()["items"]

    def create(self, kind: str, obj: Object, namespace: str = "") -> Object:
        """Create an object as a person would."""
        group, _, _ = PATHS[kind].replace("/{}", "").rpartition("/")
        api_version = group.partition("/")[2]
        whole = {"apiVersion": api_version, "kind": kind} | obj
        answer = self._http.post(self._path(kind, namespace), json=whole)
        assert answer.is_success, answer.text
        return answer.json()

    def patch(self, kind: str, name: str, change: Object) -> Object:
        """Merge a change into an object, as `kubectl patch --type merge`."""
        content = {"Content-Type": "application/merge-patch+json"}
        path = f"{self._path(kind)}/{name}"
        return self._http.patch(path, json=change, headers=content).raise_for_status().json()

    def delete(self, kind: str, name: str, namespace: str = "") -> None:
        """Delete an object, what depends on it in the background."""
        path = f"{self._path(kind, namespace)}/{name}?propagationPolicy=Background"
        self._http.delete(path).raise_for_status()

    def versions(self) -> dict[tuple[str, str], str]:
        """The resourceVersion of everything there is that a charm or a person may write."""
        return {key: obj["metadata"]["resourceVersion"] for key, obj in self.everything().items()}

    def everything(self) -> dict[tuple[str, str], Object]:
        """All objects of ``PATHS`` in our namespace and in none; Kubernetes' own left out."""
        return {
            (kind, obj["metadata"]["name"]): obj
            for kind in self._kinds()
            for obj in self.list(kind)
            if kind in _NAMED_DEFAULT or not _is_kubernetes(obj)
        }

    def until(self, done: Callable[[], object], seconds: float = 60) -> None:
        """Wait for something that others do."""
        until(done, seconds)

    def _kinds(self) -> list[str]:
        """The kinds of which there may be anything that a charm or a person writes."""
        return [kind for kind in PATHS if kind not in _OF_OTHERS]

    def _path(self, kind: str, namespace: str = "") -> str:
        return f"/{PATHS[kind]}".format(f"namespaces/{namespace or self.namespace}")


class Api(Objects):
    """The administrator's view of the local cluster."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        http = httpx2.Client(
            base_url=cluster.url,
            verify=cluster.tls_context(),
            # On loopback, to compress and expand the answers costs more than they do
            headers={
                "Authorization": f"Bearer {cluster.admin_token}",
                "Accept-Encoding": "identity",
            },
            trust_env=False,
            timeout=30,
        )
        super().__init__(http, namespace)
        self._cluster = cluster

    def delete(self, kind: str, name: str, namespace: str = "") -> None:
        """Delete an object; a definition once its objects can be listed.

        Else the API server, which lists them to delete them, does not get that far at first and
        tries again later and later (apiextensions-apiserver, crd_finalizer.go), for minutes.
        """
        if kind == CRD and (of := _KINDS.get(name.partition(".")[0])):
            self.list(of)
        super().delete(kind, name, namespace)

    def names(self) -> set[tuple[str, str]]:
        """The kind and name of everything there is, in one request to etcd: for a wait."""
        return {
            (kind, name)
            for kind, name in map(self._named, self._cluster.stored())
            if kind in _NAMED_DEFAULT or (kind and not name.startswith(_OTHERS))
        }

    def _named(self, key: str) -> tuple[str, str]:
        """The kind and name of what etcd holds under a key; no kind if it is none of ours."""
        *_, stored_as, place, name = key.split("/")
        is_here = place == self.namespace
        plural = STORED_AS.get(stored_as, stored_as) if is_here else place
        kind = _KINDS.get(plural, "")
        return (kind, name) if kind and is_here == ("{}" in PATHS[kind]) else ("", "")

    def _kinds(self) -> list[str]:
        """Those of which etcd holds anything: it is asked once, and not the API for each kind."""
        here = {kind for kind, _ in self.names()}
        return [kind for kind in super()._kinds() if kind in here]


def _is_kubernetes(obj: Object) -> bool:
    return obj["metadata"]["name"].startswith(_OTHERS)
