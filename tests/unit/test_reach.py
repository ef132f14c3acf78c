"""Whatever a name says, a request goes to the kind and the namespace that it is meant for.

``Cluster`` talks to a server that writes down every request's target as it comes over the wire.
"""

import json
import re
import urllib.parse
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from velero.errors import ClusterError, InvalidName
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Kind

NAMESPACE = "velero"
PATHS = {
    k8s.BACKUP: "/apis/velero.io/v1/namespaces/velero/backups",
    k8s.DATA_UPLOAD: "/apis/velero.io/v2alpha1/namespaces/velero/datauploads",
    k8s.SECRET: "/api/v1/namespaces/velero/secrets",
    k8s.CRD: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    k8s.CLUSTER_ROLE_BINDING: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    k8s.NAMESPACE: "/api/v1/namespaces",
}
LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*\Z")
VALUE = re.compile(r"(?=.{0,63}\Z)(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?\Z")
UNHURRIED = settings(deadline=None, max_examples=60)
HARD = [
    "../../othervelero/backups/precious",
    "../../../../../../api/v1/namespaces/kube-system",
    "?watch=true",
    "b?watch=true",
    "b/status",
    "b/../c",
    "b%2f..%2fc",
    "b#c",
    ".",
    "..",
    "",
    "a.",
    "a\n",
    "\0",
    "\ud800",
    "a,b",
    "a=b",
    "é",
    "x" * 254,
    "x" * 200_000,
    "http://elsewhere/",
]
TEXTS = st.one_of(
    st.sampled_from(HARD),
    st.text(st.characters(), max_size=300),
    st.from_regex(SUBDOMAIN).filter(lambda text: text.isascii()),
    st.text("ab-./?#%&=,\\:@ \n", max_size=12),
)
"""Arbitrary texts, lone surrogates too; names; and nearly names."""


class Handler(BaseHTTPRequestHandler):
    """Answers as the API server does where all is well."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, str]]

    def answer(self) -> None:
        """Write the request down."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path))
        path, _, query = self.path.partition("?")
        obj = {"metadata": {"name": path.rpartition("/")[2], "resourceVersion": "7"}}
        answer: dict[str, Any] = obj | {"items": []}
        if "watch=true" in query:
            answer = {"type": "DELETED", "object": obj}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Wire:
    """A cluster, and the requests that it sends."""

    def __init__(self, folder: Path) -> None:
        self.seen: list[tuple[str, str]] = []
        verbs = ("GET", "POST", "PATCH", "DELETE")
        does = {f"do_{verb}": Handler.answer for verb in verbs}
        handler = type("Recording", (Handler,), {"seen": self.seen, **does})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.config = folder / "config"
        self.config.write_text(json.dumps(self._config()))
        self.cluster = Cluster(NAMESPACE)

    def _config(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "clusters": [{"name": "it", "cluster": {"server": url}}],
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "users": [{"name": "it", "user": {"token": "none"}}],
        }

    def sent(self, do: Callable[[Cluster], object]) -> list[tuple[str, str]] | None:
        """The requests that something sends; None if it is refused before there is any."""
        self.seen.clear()
        said = ""
        try:
            do(self.cluster)
        except InvalidName as error:
            said = str(error)
        assert said.isprintable()
        assert len(said) < 500
        assert not (said and self.seen)
        return None if said else list(self.seen)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    wire = Wire(tmp_path_factory.mktemp("wire"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(wire.config))
        yield wire
    wire.server.shutdown()
    wire.server.server_close()


def can_be_named(kind: Kind, text: str) -> bool:
    if kind == k8s.NAMESPACE:
        return bool(re.fullmatch(LABEL, text)) and len(text) <= 63
    if kind == k8s.CLUSTER_ROLE_BINDING:
        plain = bool(re.fullmatch("[!-~]{1,253}", text)) and text not in {".", ".."}
        return plain and not set("/%?#\\") & set(text)
    return bool(SUBDOMAIN.match(text))


def obj(kind: Kind, name: str, namespace: object = NAMESPACE) -> dict[str, Any]:
    where = {"namespace": namespace} if kind.namespaced else {}
    type_of = {"apiVersion": kind.api_version, "kind": kind.name}
    return type_of | {"metadata": {"name": name} | where}


ONE: dict[str, Callable[[Cluster, Kind, str], object]] = {
    "get": lambda cluster, kind, name: cluster.get(kind, name),
    "apply": lambda cluster, kind, name: cluster.apply(obj(kind, name)),
    "merge": lambda cluster, kind, name: cluster.merge(kind, name, {}),
    "delete": lambda cluster, kind, name: cluster.delete(kind, name),
}
"""The methods whose path ends in a name."""


@pytest.mark.parametrize("method", ONE)
@UNHURRIED
@given(kind=st.sampled_from([*PATHS]), name=TEXTS)
@example(kind=k8s.CLUSTER_ROLE_BINDING, name="system:node")
def test_a_request_goes_to_the_one_object_or_is_not_sent(
    wire: Wire, method: str, kind: Kind, name: str
) -> None:
    sent = wire.sent(lambda cluster: ONE[method](cluster, kind, name))
    assert (sent is not None) == can_be_named(kind, name)
    for _, target in sent or ():
        path = urllib.parse.urlsplit(target).path
        before, _, last = path.rpartition("/")
        assert before == PATHS[kind]
        assert urllib.parse.unquote(last) == name


@UNHURRIED
@given(kind=st.sampled_from([*PATHS]), name=TEXTS)
def test_an_object_is_created_in_its_own_place(wire: Wire, kind: Kind, name: str) -> None:
    sent = wire.sent(lambda cluster: cluster.create(obj(kind, name)))
    assert (sent is not None) == can_be_named(kind, name)
    assert sent in (None, [("POST", f"{PATHS[kind]}?fieldManager=velero-operator")])


@UNHURRIED
@given(kind=st.sampled_from([*PATHS]), name=TEXTS)
@example(kind=k8s.CLUSTER_ROLE_BINDING, name="a,b")
@example(kind=k8s.CLUSTER_ROLE_BINDING, name="+")
def test_a_watch_is_of_the_one_object(wire: Wire, kind: Kind, name: str) -> None:
    sent = wire.sent(lambda cluster: list(cluster.watch(kind, name, 5)))
    if kind == k8s.CLUSTER_ROLE_BINDING and set(",=!") & set(name):
        return  # such a one cannot be watched by its name, only read
    assert (sent is not None) == can_be_named(kind, name)
    for _, target in (sent or [])[1:]:
        parts = urllib.parse.urlsplit(target)
        assert parts.path == PATHS[kind]
        assert urllib.parse.parse_qs(parts.query)["fieldSelector"] == [f"metadata.name={name}"]


NAMESPACED = [kind for kind in PATHS if kind.namespaced]


@UNHURRIED
@given(st.sampled_from(NAMESPACED), st.one_of(TEXTS, st.sampled_from([1, [], {}, True])))
def test_nothing_is_written_into_another_namespace(
    wire: Wire, kind: Kind, namespace: object
) -> None:
    for write in (Cluster.apply, Cluster.create):
        sent = wire.sent(lambda cluster, to=write: to(cluster, obj(kind, "b", namespace)))
        assert (sent is None) == (namespace != NAMESPACE)


@UNHURRIED
@given(st.sampled_from(NAMESPACED), TEXTS)
def test_a_namespace_that_the_caller_means_is_one(wire: Wire, kind: Kind, namespace: str) -> None:
    sent = wire.sent(lambda cluster: cluster.merge(kind, "b", {}, namespace or "?"))
    assert (sent is not None) == can_be_named(k8s.NAMESPACE, namespace)
    for _, target in sent or ():
        plural = f"namespaces/{namespace}/{kind.plural}/b"
        assert urllib.parse.urlsplit(target).path.endswith(f"/{kind.version}/{plural}")


HERE: tuple[Callable[[Cluster], object], ...] = (
    lambda cluster: cluster.get(k8s.BACKUP, "b"),
    lambda cluster: cluster.list(k8s.BACKUP),
    lambda cluster: list(cluster.iterate(k8s.BACKUP)),
    lambda cluster: cluster.log("pod", "container", 1),
)
"""Methods that look into our own namespace."""


@settings(deadline=None, max_examples=20)
@given(TEXTS)
def test_our_own_namespace_is_one(wire: Wire, namespace: str) -> None:
    for do in HERE:
        sent = wire.sent(lambda _, what=do: what(Cluster(namespace)))
        assert (sent is not None) == can_be_named(k8s.NAMESPACE, namespace)
        assert all(f"/namespaces/{namespace}/" in target for _, target in sent or ())


@UNHURRIED
@given(TEXTS, TEXTS)
def test_labels_and_fields_select_no_more_than_they_say(wire: Wire, key: str, value: str) -> None:
    by_label = wire.sent(lambda cluster: cluster.list(k8s.BACKUP, {"app": value}))
    by_field = wire.sent(lambda cluster: cluster.list(k8s.EVENT, fields={"reason": value}))
    assert (by_label is not None) == bool(VALUE.match(value))
    assert by_field is not None or not SUBDOMAIN.match(value)
    sent = (by_label, "labelSelector", "app"), (by_field, "fieldSelector", "reason")
    for targets, parameter, path in sent:
        for _, target in targets or ():
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)
            assert query.get(parameter) == [f"{path}={value}"]
            assert not {"=", ","} & set(value)
    by_key = [
        wire.sent(lambda cluster: cluster.list(k8s.BACKUP, {key: "a"})),
        wire.sent(lambda cluster: cluster.list(k8s.BACKUP, fields={key: "a"})),
    ]
    assert by_key == [None, None] or not set(",=!() ") & set(key)


@UNHURRIED
@given(TEXTS, TEXTS)
def test_a_log_is_of_the_container_of_the_pod(wire: Wire, pod: str, container: str) -> None:
    sent = wire.sent(lambda cluster: cluster.log(pod, container, 5))
    named = can_be_named(k8s.POD, pod) and can_be_named(k8s.NAMESPACE, container)
    assert (sent is not None) == named
    for _, target in sent or ():
        parts = urllib.parse.urlsplit(target)
        assert parts.path == f"/api/v1/namespaces/velero/pods/{pod}/log"
        assert urllib.parse.parse_qs(parts.query)["container"] == [container]


def test_a_refusal_is_one_of_the_errors_of_a_cluster() -> None:
    assert issubclass(InvalidName, ClusterError)
