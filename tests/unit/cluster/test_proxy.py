import http.server
import json
import queue
import threading
import time
from collections.abc import Generator
from typing import ClassVar

import httpx2
import pytest
from tests.cluster.proxy import ApiProxy, Fault
from tests.cluster.traffic import Request

PODS = "/api/v1/namespaces/shop/pods"


class Api(http.server.BaseHTTPRequestHandler):
    """An API server of three answers: a watch, an echo of what it got, a chunked list."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[str]] = []
    events: ClassVar[queue.Queue[bytes]] = queue.Queue()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # its name
        pass

    def do_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.seen.append(f"{self.command} {self.path}")
        self.send_response(200)
        if "watch=true" in self.path:
            self._chunks()
            return
        told = {"path": self.path, "body": body.decode(), "auth": self.headers["Authorization"]}
        data = json.dumps(told).encode()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _chunks(self) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while data := self.events.get(timeout=5):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PATCH = do_DELETE = do_any  # noqa: N815 # its names


@pytest.fixture
def proxy() -> Generator[ApiProxy]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    server.daemon_threads = True
    server.block_on_close = False
    Api.seen.clear()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    with ApiProxy(f"http://127.0.0.1:{server.server_port}", token="own") as proxy:
        yield proxy
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(proxy: ApiProxy) -> Generator[httpx2.Client]:
    headers = {"Authorization": "Bearer client"}
    with httpx2.Client(base_url=proxy.url, headers=headers, trust_env=False, timeout=3) as client:
        yield client


def ended(proxy: ApiProxy) -> Request:
    """The first request, once it is over for the proxy: its client may know earlier."""
    deadline = time.monotonic() + 2
    while proxy.requests[0].seconds == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    return proxy.requests[0]


def test_requests_pass_unchanged_and_are_recorded(proxy: ApiProxy, client: httpx2.Client) -> None:
    answer = client.patch(f"{PODS}/web?fieldManager=us", content="{}")
    assert answer.json() == {
        "path": f"{PODS}/web?fieldManager=us",
        "body": "{}",
        "auth": "Bearer client",
    }
    [request] = proxy.requests
    assert (request.verb, request.query, request.status) == ("patch", "fieldManager=us", 200)
    assert request.bytes == len(answer.content)
    assert ended(proxy).seconds > 0
    proxy.clear()
    assert proxy.requests == []


def test_a_request_without_a_token_gets_the_proxy_s(proxy: ApiProxy) -> None:
    answer = httpx2.get(f"{proxy.url}/version", trust_env=False)
    assert answer.json()["auth"] == "Bearer own"


def test_a_watch_arrives_event_by_event(proxy: ApiProxy, client: httpx2.Client) -> None:
    with client.stream("GET", f"{PODS}?watch=true") as answer:
        lines = answer.iter_lines()
        for event in ("one", "two"):
            Api.events.put(f"{event}\n".encode())
            assert next(lines) == event
        Api.events.put(b"")
        assert list(lines) == []
    assert client.get("/version").status_code == 200
    assert proxy.verbs == {"watch": 1, "get": 1}


def test_leaving_a_watch_ends_it_upstream(proxy: ApiProxy, client: httpx2.Client) -> None:
    with client.stream("GET", f"{PODS}?watch=true") as answer:
        Api.events.put(b"one\n")
        assert next(answer.iter_lines()) == "one"
    assert ended(proxy).seconds > 0
    Api.events.put(b"")


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500, 503])
def test_a_status_looks_like_the_api_server_s(
    proxy: ApiProxy, client: httpx2.Client, status: int
) -> None:
    proxy.fail_at(2, status)
    assert client.get(PODS).status_code == 200
    answer = client.get(PODS)
    assert answer.status_code == status
    assert (answer.json()["kind"], answer.json()["code"]) == ("Status", status)
    assert ("Retry-After" in answer.headers) == (status == 429)
    assert client.get(PODS).status_code == 200
    assert len(Api.seen) == 2
    assert [request.fault for request in proxy.requests] == ["", str(status), ""]


@pytest.mark.parametrize(("fault", "acted"), [("reset", 0), ("lost", 1)])
def test_a_reset_comes_before_and_a_lost_answer_after_the_server_acted(
    proxy: ApiProxy, client: httpx2.Client, fault: Fault, acted: int
) -> None:
    proxy.fail_at(1, fault)
    with pytest.raises(httpx2.TransportError):
        client.post(PODS, content="{}")
    assert len(Api.seen) == acted
    assert client.get(PODS).status_code == 200


def test_a_truncated_answer_breaks_off(proxy: ApiProxy, client: httpx2.Client) -> None:
    proxy.fail_at(1, "truncated")
    with pytest.raises(httpx2.TransportError):
        client.get(PODS)


def test_a_timeout_is_the_client_s(proxy: ApiProxy, client: httpx2.Client) -> None:
    proxy.fail_at(1, "timeout")
    with pytest.raises(httpx2.ReadTimeout):
        client.get(PODS, timeout=0.2)
    assert Api.seen == []
    assert client.get(PODS).status_code == 200


def test_a_load_balancer_speaks_html(proxy: ApiProxy, client: httpx2.Client) -> None:
    proxy.fail_at(1, "not-json")
    answer = client.get(PODS)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")


def test_down_refuses_and_up_serves_on_the_same_port(
    proxy: ApiProxy, client: httpx2.Client
) -> None:
    assert client.get(PODS).status_code == 200
    url = proxy.url
    proxy.down()
    for _ in range(2):
        with pytest.raises(httpx2.ConnectError):
            client.get(PODS)
    proxy.up()
    assert proxy.url == url
    assert client.get(PODS).status_code == 200


def test_faults_that_did_not_happen_can_be_taken_back(
    proxy: ApiProxy, client: httpx2.Client
) -> None:
    proxy.fail_at(1, 500)
    proxy.heal()
    assert client.get(PODS).status_code == 200


def test_the_kubeconfig_leads_through_the_proxy(proxy: ApiProxy) -> None:
    config = json.loads(proxy.kubeconfig("abc").read_text())
    assert config["clusters"][0]["cluster"]["server"] == proxy.url
    assert config["users"][0]["user"]["token"] == "abc"


@pytest.mark.parametrize(
    ("method", "target", "verb", "writes"),
    [
        ("GET", PODS, "list", False),
        ("GET", f"{PODS}/web", "get", False),
        ("GET", f"{PODS}/web/log", "get", False),
        ("GET", "/api/v1/pods?watch=true", "watch", False),
        ("GET", "/api/v1/namespaces", "list", False),
        ("GET", "/api/v1/namespaces/shop", "get", False),
        ("PUT", "/api/v1/namespaces/shop/finalize", "update", True),
        ("GET", "/apis/velero.io/v1/namespaces/shop/backups", "list", False),
        ("GET", "/apis/velero.io/v1", "get", False),
        ("GET", "/version", "get", False),
        ("POST", PODS, "create", True),
        ("POST", f"{PODS}?dryRun=All", "create", False),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "create", False),
        ("DELETE", PODS, "deletecollection", True),
        ("DELETE", f"{PODS}/web", "delete", True),
        ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/web/status", "patch", True),
    ],
)
def test_verbs_are_those_of_the_audit(
    method: str, target: str, verb: str, *, writes: bool
) -> None:
    path, _, query = target.partition("?")
    request = Request(method, path, query)
    assert (request.verb, request.writes) == (verb, writes)
    assert str(request).startswith(f"{verb} {target}")
