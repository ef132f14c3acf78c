"""Everything that a Kubernetes API holds, of whatever kind: it is asked what kinds there are."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from tests.cluster.compare import Key, Object, Snapshot

PATIENCE = 20.0  # seconds
_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_ECHOES = frozenset({"Endpoints", "EndpointSlice", "Event", "IPAddress", "Lease"})
"""Kinds that only say something of other objects, and come and go by themselves."""
_MADE_BY_CONTROLLERS = frozenset({"ControllerRevision", "Pod", "ReplicaSet"})


@dataclass(frozen=True)
class _Resource:
    kind: str
    version: str
    folder: str
    plural: str
    namespaced: bool

    def path(self, namespace: str = "") -> str:
        scope = f"namespaces/{namespace}/" if namespace and self.namespaced else ""
        return f"{self.folder}/{scope}{self.plural}"


class Inventory:
    """A client for objects of all kinds, as JSON."""

    def __init__(self, url: str, ca: Path, token: str) -> None:
        self._client = httpx2.Client(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca)),
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def everything(self) -> Snapshot:
        """All objects of the cluster, but for those that only say something of others."""
        resources = self._resources()
        return {_key(obj): obj for each in resources for obj in self._list(each, each.path())}

    def application(self, namespace: str) -> Snapshot:
        """What makes up an application: its namespace, all in it, and its kinds' definitions.

        Left out is what controllers make from the rest: Pods and their ReplicaSets.
        """
        resources = self._resources()
        found = {
            _key(obj): obj
            for each in resources
            if each.namespaced and each.kind not in _MADE_BY_CONTROLLERS
            for obj in self._list(each, each.path(namespace))
        }
        kinds = {kind for kind, _, _ in found}
        for each in resources:
            if each.kind == "CustomResourceDefinition":
                crds = self._list(each, each.path())
                found |= {_key(o): o for o in crds if o["spec"]["names"]["kind"] in kinds}
            if each.kind == "Namespace":
                spaces = self._list(each, each.path())
                found |= {_key(o): o for o in spaces if o["metadata"]["name"] == namespace}
        return found

    def objects(self, kind: str, namespace: str = "") -> list[Object]:
        """The objects of one kind; none if there is no such kind."""
        found = [each for each in self._resources() if each.kind == kind]
        return list(self._list(found[0], found[0].path(namespace))) if found else []

    def apply(self, obj: Object) -> None:
        """Do what `kubectl apply --server-side` does.

        Raises:
            httpx2.HTTPStatusError: the API server refused.
        """
        self._ask("PATCH", self._url(obj), json=obj, params={"fieldManager": "person"})

    def delete(self, kind: str, name: str, namespace: str = "") -> None:
        """Delete an object.

        Raises:
            httpx2.HTTPStatusError: the API server refused.
        """
        resource = next(each for each in self._resources() if each.kind == kind)
        self._ask("DELETE", f"{resource.path(namespace)}/{name}")

    def _url(self, obj: Object) -> str:
        wanted = (obj["apiVersion"], obj["kind"])
        resource = next(e for e in self._resources() if (e.version, e.kind) == wanted)
        metadata = obj["metadata"]
        return f"{resource.path(metadata.get('namespace', ''))}/{metadata['name']}"

    def _list(self, resource: _Resource, path: str) -> Iterator[Object]:
        for item in self._ask("GET", path).get("items", ()):
            yield {**item, "apiVersion": resource.version, "kind": resource.kind}

    def _resources(self) -> list[_Resource]:
        """One entry for each kind, at the version that the API server prefers."""
        groups = [g for path in ("/api", "/apis") for g in self._ask("GET", path)["items"]]
        found: dict[tuple[str, str], _Resource] = {}
        for group in groups:
            for each in _of_group(group):
                found.setdefault((each.version.rpartition("/")[0], each.plural), each)
        return [each for each in found.values() if each.kind not in _ECHOES]

    def _ask(self, method: str, path: str, **more: Any) -> Object:  # noqa: ANN401 - as httpx2 has it
        patch = {"Content-Type": "application/apply-patch+yaml"} if method == "PATCH" else {}
        headers = {"Accept": f"{_DISCOVERY},application/json", **patch}
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._client.request(method, path, headers=headers, **more)
            # So it answers for a kind whose definition it is just taking up
            if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        # A kind whose definition is just going has no objects either
        if method == "GET" and answer.status_code == HTTPStatus.NOT_FOUND:
            return {}
        answer.raise_for_status()
        return answer.json()


def _of_group(group: Object) -> Iterator[_Resource]:
    name = group["metadata"].get("name", "")
    for each in group["versions"]:
        version = f"{name}/{each['version']}" if name else each["version"]
        folder = f"/apis/{version}" if name else f"/api/{version}"
        listed = (one for one in each["resources"] if "list" in one["verbs"])
        for one in listed:
            kind, namespaced = one["responseKind"]["kind"], one["scope"] == "Namespaced"
            yield _Resource(kind, version, folder, one["resource"], namespaced)


def _key(obj: Object) -> Key:
    metadata = obj["metadata"]
    return obj["kind"], metadata.get("namespace", ""), metadata["name"]
