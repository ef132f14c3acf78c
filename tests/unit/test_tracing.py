"""Traces of whole dispatches, as they arrive at a collector; and none where nobody collects."""

import http.server
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.cluster import integrators
from tests.cluster.application import REPOSITORY
from tests.cluster.certificates import Certificate
from tests.cluster.dispatch import Dispatch, State, charm_directory, dispatch, from_scenario
from tests.cluster.juju import Juju
from tests.unit.test_charm import NOWHERE

import tracing

CONFIG = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
SECRET = "not-to-be-traced"


class Collector(http.server.ThreadingHTTPServer):
    """Something that takes traces by OTLP over HTTP, and keeps them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: list[tuple[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Collector)
        self.server.received.append((self.path, body.decode()))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield collector
    collector.shutdown()
    collector.server_close()


class Unit:
    """One unit, event by event: each a dispatch in a process of its own."""

    def __init__(self, folder: Path) -> None:
        (folder / "kubeconfig").write_text(NOWHERE)
        self.env = {"KUBECONFIG": str(folder / "kubeconfig"), "PATH": ""}
        self.charm = charm_directory(folder / "charm")
        juju = Juju(self.env, model="m1")
        juju.deploy()
        juju.integrate(
            "s3-credentials", integrators.s3(access_key="a", secret_key=SECRET, bucket="c")
        )
        self.state: State = from_scenario(juju.state(), "velero-operator/0", CONFIG)

    @property
    def buffer(self) -> Path:
        return self.charm / tracing.BUFFER

    def relate(self, endpoint: str, **bag: object) -> None:
        data = {"other": {k: json.dumps(v) for k, v in bag.items()}, "other/0": {}}
        data |= {"velero-operator": {}, "velero-operator/0": {}}
        relation = {"app": "other", "units": ["other/0"], "data": data}
        self.state["relations"][f"{endpoint}:{len(self.state['relations']) + 10}"] = relation
        self.run(f"{endpoint}-relation-created")
        self.run(f"{endpoint}-relation-changed")

    def run(self, event: str) -> Dispatch:
        done = dispatch(event, self.state, self.env, charm=self.charm, timeout=60)
        assert (done.exit_code, done.stderr) == (0, ""), done
        return done


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    return Unit(tmp_path)


def receivers(url: str) -> list[dict[str, object]]:
    return [{"protocol": {"name": "otlp_http", "type": "http"}, "url": url}]


def test_without_a_relation_nothing_is_loaded_and_nothing_kept(unit: Unit) -> None:
    for event in ("install", "config-changed", "update-status", "s3-credentials-relation-changed"):
        unit.run(event)
    assert not unit.buffer.exists()
    unit.run("start")  # the one that asks whether there is a relation
    kept = spans_kept(unit.buffer)
    unit.run("update-status")
    assert spans_kept(unit.buffer) == kept


def spans_kept(buffer: Path) -> int:
    with sqlite3.connect(buffer) as store:
        return store.execute("SELECT count(*) FROM tracing").fetchone()[0]


def test_traces_reach_the_collector_until_the_relation_goes(
    unit: Unit, collector: Collector
) -> None:
    unit.relate(tracing.ENDPOINT, receivers=receivers(collector.url))
    [name] = [each for each in unit.state["relations"] if each.startswith(tracing.ENDPOINT)]
    asked = unit.state["relations"][name]["data"]["velero-operator"]
    assert json.loads(asked["receivers"]) == ["otlp_http"]
    unit.run("update-status")
    assert {path for path, _ in collector.received} == {"/v1/traces"}
    text = collector.received[-1][1]
    assert "update_status" in text
    assert '"velero-operator/0"' in text
    unit.run("config-changed")
    assert all(SECRET not in body for _, body in collector.received)
    unit.run(f"{tracing.ENDPOINT}-relation-broken")
    del unit.state["relations"][name]
    collector.received.clear()
    unit.run("update-status")
    assert collector.received == []


def test_a_new_pod_finds_its_collector_again(unit: Unit, collector: Collector) -> None:
    unit.relate(tracing.ENDPOINT, receivers=receivers(collector.url))
    unit.buffer.unlink()
    for event in ("upgrade-charm", "config-changed", "start"):
        unit.run(event)
    collector.received.clear()
    unit.run("update-status")
    assert any("update_status" in body for _, body in collector.received)


def test_over_https_the_authority_is_the_one_that_was_transferred(
    unit: Unit, collector: Collector
) -> None:
    authority = Certificate.authority("Collectors")
    url = collector.url.replace("http://", "https://")
    unit.relate(tracing.ENDPOINT, receivers=receivers(url))
    assert destination(unit.buffer) == ("", "")  # nothing to verify it with yet
    unit.relate(tracing.CA_ENDPOINT, certificates=[authority.pem], version=1)
    assert destination(unit.buffer) == (f"{url}/v1/traces", authority.pem.strip())


def destination(buffer: Path) -> tuple[str, str]:
    with sqlite3.connect(buffer) as store:
        found = dict(store.execute("SELECT key, value FROM settings").fetchall())
    return found.get("url", ""), found.get("ca", "").strip()


def test_a_buffer_that_cannot_be_read_means_off(tmp_path: Path) -> None:
    (tmp_path / tracing.BUFFER).write_text("this is no database")
    assert not tracing.is_wanted({"JUJU_CHARM_DIR": str(tmp_path)})
