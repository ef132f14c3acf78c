"""The only Kubernetes client. Objects go in and come out as JSON dictionaries.

Every error of lightkube and httpx2 leaves here as one of ``errors.py``; see ``answers.py``.
"""

from __future__ import annotations

import functools
import logging
import math
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, cast

import httpx2
from lightkube import Client, KubeConfig
from lightkube import generic_resource as generic
from lightkube.config import client_adapter
from lightkube.core.exceptions import ConfigError
from lightkube.types import CascadeType, PatchType

from velero import total
from velero.errors import ClusterError, NotFound, Unreachable
from velero.kubernetes import names, stream
from velero.kubernetes import resources as k8s
from velero.kubernetes.answers import translated
from velero.kubernetes.resources import Kind, Object
from velero.kubernetes.transport import BoundedTransport

logger = logging.getLogger(__name__)

REQUEST_TIMEOUT: Final = 10.0
"""Seconds that one request may take."""
WATCHES: Final = 5
"""How often one watch is begun."""

for _chatty in ("httpx2", "httpcore2", "lightkube"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)  # each record is a juju-log process


class Cluster:
    """The API server, as the pod's service account or ``KUBECONFIG`` lets us see it.

    Args:
        namespace: where namespaced kinds live, unless a call names another.

    Every method raises one of the ``ClusterError`` tree: ``InvalidName``, before anything is sent,
    where a name, a namespace or a selector is none. Connections last as long as the object.
    """

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    @functools.cached_property
    def _transport(self) -> BoundedTransport:
        config = self._config
        return BoundedTransport(
            verify=client_adapter.verify_cluster(config.cluster, config.user, config.abs_file)
        )

    @functools.cached_property
    def _config(self) -> Any:  # noqa: ANN401 - lightkube's SingleConfig is untyped
        try:
            return cast("Any", KubeConfig.from_env()).get()
        except (ConfigError, KeyError, OSError) as error:
            raise Unreachable(f"No way to the Kubernetes API is configured: {error}") from error

    @functools.cached_property
    def _client(self) -> Any:  # noqa: ANN401 - lightkube's generics are unknown to the checker
        client = Client(
            config=self._config,
            namespace=names.namespace(self.namespace),
            timeout=httpx2.Timeout(REQUEST_TIMEOUT),
            field_manager=k8s.FIELD_MANAGER,
            transport=self._transport,
        )
        weakref.finalize(self, client.close)
        return client

    @functools.cached_property
    def _http(self) -> httpx2.Client:
        """For what lightkube cannot do: read an answer while it arrives."""
        limits = httpx2.Timeout(REQUEST_TIMEOUT)
        how = client_adapter.ConnectionParams(limits, transport=self._transport)
        client = client_adapter.Client(self._config, how)
        weakref.finalize(self, client.close)
        return client

    def may_everything(self) -> bool:
        """Whether we have cluster-admin's rights, as ``juju trust --scope=cluster`` gives them."""
        everything = {"group": "*", "resource": "*", "verb": "*", "version": "*"}
        review = {"metadata": {}, "spec": {"resourceAttributes": everything}}
        with translated("ask for our own rights"):
            answer = self._client.create(_resource(k8s.ACCESS_REVIEW)(review))
        return bool(_plain(answer)["status"].get("allowed"))

    def get(self, kind: Kind, name: str) -> Object | None:
        """One object, or None if there is none (or its kind is not installed)."""
        with suppress(NotFound), translated(f"read {kind.name} {name}"):
            return _plain(self._client.get(_resource(kind), names.segment(kind, name)))
        return None

    def list(
        self,
        kind: Kind,
        labels: Mapping[str, str] | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        everywhere: bool = False,
    ) -> list[Object]:
        """All objects of a kind, here or in every namespace; none if it is not installed."""
        where: dict[str, Any] = {"namespace": "*"} if everywhere else {}
        where |= {"fields": names.fields(fields)} if fields else {}
        where |= {"labels": names.labels(labels)} if labels else {}
        with suppress(NotFound), translated(f"list {kind.plural}"):
            found = self._client.list(_resource(kind), **where)
            return [_plain(item) | _type_of(kind) for item in found]
        return []

    def iterate(self, kind: Kind) -> Iterator[Object]:
        """All objects of a kind of a group, here; one at a time is in memory."""
        here = names.namespace(self.namespace)
        path = f"/apis/{kind.api_version}/namespaces/{here}/{kind.plural}"
        with suppress(NotFound), translated(f"list {kind.plural}"):
            yield from stream.items(self._chunks(path))

    def metadata(self, kind: Kind) -> Iterator[Object]:
        """As ``iterate``, for a kind without namespaces, and of each object only its metadata."""
        only = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}
        path = f"/apis/{kind.api_version}/{kind.plural}"
        with translated(f"list {kind.plural}"):
            yield from stream.items(self._chunks(path, headers=only))

    def _chunks(self, path: str, **how: Any) -> Iterator[bytes]:  # noqa: ANN401 - httpx2's
        """An answer while it arrives."""
        with self._http.stream("GET", path, **how) as answer:
            if answer.is_error:
                answer.read()
            answer.raise_for_status()
            yield from answer.iter_bytes(stream.CHUNK)

    def log(self, pod: str, container: str, lines: int, *, previous: bool = False) -> str:
        """The last lines of a container's log, of its run before this one if ``previous``.

        No more than ``stream.TAIL`` bytes of it, in which the first line may lack its beginning.

        Raises:
            NotFound: there is no such pod.
            Unreachable: the API server cannot reach the pod's node, among others.
            Rejected: the container has not run yet, or not before.
        """
        here = f"/api/v1/namespaces/{names.namespace(self.namespace)}"
        path = f"{here}/pods/{names.segment(k8s.POD, pod)}/log"
        asked = {"container": names.container(container), "tailLines": lines, "previous": previous}
        with translated(f"read the log of {pod}"):
            return stream.tail(self._chunks(path, params=asked))

    def apply(self, obj: Object) -> Object:
        """Server-side apply with our field manager; ours wins a conflict over a field."""
        kind = names.placed(obj, self.namespace)
        with translated(f"apply {k8s.describe(obj)}"):
            return _plain(self._client.apply(_resource(kind)(obj), force=True))

    def create(self, obj: Object) -> Object:
        """Create an object.

        Raises:
            Conflict: it exists already.
        """
        kind = names.placed(obj, self.namespace)
        with translated(f"create {k8s.describe(obj)}"):
            return _plain(self._client.create(_resource(kind)(obj)))

    def merge(
        self, kind: Kind, name: str, change: Object, namespace: str | None = None
    ) -> Object | None:
        """Merge-patch one object and return it; nothing happens if it is gone."""
        space = names.namespace(namespace or self.namespace)
        how = {"patch_type": PatchType.MERGE} | ({"namespace": space} if kind.namespaced else {})
        with suppress(NotFound), translated(f"change {kind.name} {name}"):
            named = names.segment(kind, name)
            return _plain(self._client.patch(_resource(kind), named, change, **how))
        return None

    def delete(self, kind: Kind, name: str) -> None:
        """Delete one object, its dependents in the background; nothing happens if it is gone."""
        with suppress(NotFound), translated(f"delete {kind.name} {name}"):
            named = names.segment(kind, name)
            self._client.delete(_resource(kind), named, cascade=CascadeType.BACKGROUND)

    def watch(self, kind: Kind, name: str, seconds: float) -> Iterator[Object]:
        """One object as it is and whenever it changes, until the time is over.

        Once it is gone, or if it is not there, the last value is an empty dictionary. A watch
        that breaks off is taken up again, some times, as long as the object can be read.
        """
        names.fields({"metadata.name": name})  # else it is refused after the first request only
        deadline, error = time.monotonic() + seconds, None
        for _ in range(WATCHES):
            obj = self.get(kind, name)
            yield obj or {}
            error = (yield from self._changes(kind, name, obj, deadline)) if obj else None
            if error is None:
                return
        if error:
            raise error

    def _changes(
        self, kind: Kind, name: str, since: Object, deadline: float
    ) -> Generator[Object, None, ClusterError | None]:
        """What an object becomes; returns what broke the watch off, if anything did."""
        try:
            with translated(f"watch {kind.name} {name}"), suppress(httpx2.ReadTimeout):
                yield from self._events(kind, name, since, deadline)
        except (Unreachable, NotFound) as error:  # 410: what it starts from is too old
            return error
        return None

    def _events(self, kind: Kind, name: str, since: Object, deadline: float) -> Generator[Object]:
        self._transport.deadline = deadline
        changes = self._client.watch(
            _resource(kind),
            fields={"metadata.name": name},
            resource_version=total.text(since, "metadata", "resourceVersion"),
            server_timeout=max(1, math.ceil(deadline - time.monotonic())),
        )
        for event, item in changes:
            yield {} if event == "DELETED" else _plain(item)
            if event == "DELETED" or time.monotonic() >= deadline:
                return

    def wait_until(
        self, kind: Kind, name: str, done: Callable[[Object], bool], seconds: float
    ) -> Object | None:
        """Watch one object until ``done`` says so of it; ``{}`` stands for one that is gone.

        Returns:
            the object as it was then, or None if it went, or the time was over, before.
        """
        return next((obj for obj in self.watch(kind, name, seconds) if done(obj)), None)


@functools.cache
def _resource(kind: Kind) -> Any:  # noqa: ANN401 - lightkube makes the class at run time
    made: Any = generic  # but not registered: the kind may be, as a class that is no dictionary
    base = made.GenericNamespacedResource if kind.namespaced else made.GenericGlobalResource
    info = made.create_api_info(kind.group, kind.version, kind.name, kind.plural)
    return type(kind.name, (base,), {"_api_info": info})


def _plain(obj: Any) -> Object:  # noqa: ANN401 - lightkube's generic resource
    return dict(obj)


def _type_of(kind: Kind) -> Object:
    """Items of a list come without their type."""
    return {"apiVersion": kind.api_version, "kind": kind.name}
