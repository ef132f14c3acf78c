"""Namespaces for tests: quick to come, quick to go, and nothing left of them.

Kubernetes' namespace controller waits five seconds before it empties a namespace, for other API
servers to learn of it; there is none here, and every test would wait. So this module does the
controller's work itself. Tests of what deleting a namespace does should delete it themselves.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx2
from tests.cluster.cluster import Cluster
from tests.cluster.processes import HarnessError

PATIENCE = 60.0  # seconds for everything in a namespace to go
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
STORED_AS = {"specs": "services", "ingress": "ingresses", "controllers": "replicationcontrollers"}
"""What the API server calls some kinds in etcd, and what in its API."""
MERGE = {"Content-Type": "application/merge-patch+json"}


class Namespaces:
    """Makes and removes namespaces of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._http = httpx2.Client(
            base_url=cluster.url,
            verify=cluster.tls_context(),
            headers={"Authorization": f"Bearer {cluster.admin_token}"},
            trust_env=False,
            timeout=30,
        )

    def create(self, name: str) -> None:
        """Create a namespace and wait until pods can be made in it."""
        self._http.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()
        account = f"/api/v1/namespaces/{name}/serviceaccounts/default"
        self._until(lambda: self._http.get(account).is_success, f"no default account in {name}")

    def delete(self, name: str) -> None:
        """Remove a namespace with all that is in it, and its Velero's cluster role bindings.

        Finalizers are taken off, because who would answer them goes too.

        Raises:
            HarnessError: something stays.
        """
        self._http.delete(f"/api/v1/namespaces/{name}")
        collections = self._collections(name)
        for url in self._present(name, collections):
            self._http.delete(f"{url}?{urlencode({'propagationPolicy': 'Background'})}")
        pods = f"/api/v1/namespaces/{name}/pods"
        self._until(lambda: not self._items(pods), f"pods stay in {name}")
        self._until(lambda: not self._cluster.velero_pids(name), f"a Velero of {name} runs on")
        left = [one for url in self._present(name, collections) for one in self._freed(url)]
        if left:
            raise HarnessError(f"in namespace {name} stay {left}")
        self._finalize(name)
        self._unbind()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _collections(self, namespace: str) -> list[str]:
        """Return the URLs of everything that can be deleted in a namespace."""
        urls: list[str] = []
        for root in ("/api", "/apis"):
            answer = self._http.get(root, headers={"Accept": DISCOVERY}).raise_for_status()
            for group in answer.json()["items"]:
                urls += _group_urls(root, group, namespace)
        return urls

    def _present(self, namespace: str, collections: list[str]) -> list[str]:
        """Return those of the URLs behind which there is anything.

        Which there is, is asked of etcd: asking for each kind was most of what a test cost that
        does little else. A kind that is called otherwise there than in the API counts as all.
        """
        keys = [key.split("/") for key in self._cluster.stored()]
        kinds = {key[-3] for key in keys if len(key) > 4 and key[-2] == namespace}
        kinds = {STORED_AS.get(kind, kind) for kind in kinds}
        known = {url.rpartition("/")[2] for url in collections}
        return [
            url for url in collections if not kinds <= known or url.rpartition("/")[2] in kinds
        ]

    def _items(self, url: str) -> list[dict[str, Any]]:
        answer = self._http.get(url)
        return answer.json().get("items", []) if answer.is_success else []

    def _freed(self, url: str) -> list[str]:
        """Take the finalizers off the objects that are left; return those that stay."""
        for one in self._items(url):
            path = f"{url}/{one['metadata']['name']}"
            self._http.patch(path, json={"metadata": {"finalizers": None}}, headers=MERGE)
            self._http.delete(path)
        return [f"{url}/{one['metadata']['name']}" for one in self._items(url)]

    def _finalize(self, name: str) -> None:
        path = f"/api/v1/namespaces/{name}"
        current = self._http.get(path)
        if current.is_success:
            empty = current.json() | {"spec": {"finalizers": []}}
            self._http.put(f"{path}/finalize", json=empty)
        self._until(lambda: self._http.get(path).status_code == 404, f"{name} stays")

    def _unbind(self) -> None:
        bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
        for one in self._items(bindings):
            if one["metadata"]["name"].startswith("velero"):
                self._http.delete(f"{bindings}/{one['metadata']['name']}")

    @staticmethod
    def _until(done: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                raise HarnessError(f"{complaint} after {PATIENCE:.0f} s")
            time.sleep(0.02)


def _group_urls(root: str, group: dict[str, Any], namespace: str) -> list[str]:
    """Every version of a group: Velero's data uploads, for one, exist in an alpha version only."""
    name = group["metadata"].get("name")
    prefix = "/".join([root, *([name] if name else [])])
    versions = {
        kind["resource"]: version["version"]
        for version in reversed(group["versions"])
        for kind in version["resources"]
        if kind["scope"] == "Namespaced" and "deletecollection" in kind["verbs"]
    }
    return [
        f"{prefix}/{version}/namespaces/{namespace}/{kind}" for kind, version in versions.items()
    ]
