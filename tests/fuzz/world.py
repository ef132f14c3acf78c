"""An API server that holds whatever it is given, and answers to whatever it is asked.

It keeps no rules but those of HTTP: what the real one would have refused is the charm's to bear.
"""

import http.server
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs, urlsplit

from velero.kubernetes import resources as k8s

Object: TypeAlias = dict[str, Any]
KINDS: Final = {each.plural: each for each in vars(k8s).values() if isinstance(each, k8s.Kind)}
_MADE: Final = {
    "uid": "11111111-1111-1111-1111-111111111111",
    "creationTimestamp": "2026-01-01T00:00:00Z",
    "resourceVersion": "7",
}


class World(http.server.ThreadingHTTPServer):
    """The server.

    Attributes:
        objects: what there is.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: list[Object] = []

    def of(self, plural: str) -> list[Object]:
        """What there is of a kind."""
        return [each for each in self.objects if each["kind"] == KINDS[plural].name]

    def kubeconfig(self) -> str:
        """The way here."""
        where = f"http://127.0.0.1:{self.server_address[1]}"
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "x",
                "clusters": [{"name": "x", "cluster": {"server": where}}],
                "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}],
                "users": [{"name": "x", "user": {"token": "t"}}],
            }
        )


class _Handler(http.server.BaseHTTPRequestHandler):
    server: World  # pyright: ignore[reportIncompatibleVariableOverride] # it is made by it alone
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts, query = self._asked()
        plural, name = (parts[-1], "") if parts[-1] in KINDS else (parts[-2], parts[-1])
        if plural not in KINDS or name == "log":
            self._say("a log\n\x1b[2J", 200)
        elif query.get("watch"):
            seen = (self.server.of(plural) or [{"kind": KINDS[plural].name, "metadata": _MADE}])[0]
            events = [{"type": kind, "object": seen} for kind in ("MODIFIED", "DELETED")]
            self._say("\n".join(map(json.dumps, events)) + "\n", 200)
        elif not name:
            found = {"metadata": {"resourceVersion": "7"}, "items": self.server.of(plural)}
            self._say(json.dumps(found), 200)
        else:
            same = [o for o in self.server.of(plural) if o["metadata"]["name"] == name]
            self._say(json.dumps(same[0]), 200) if same else self._absent(plural, name)

    def do_POST(self) -> None:
        self._asked()
        body = self._body()
        if body["kind"] == k8s.ACCESS_REVIEW.name:
            return self._say(json.dumps(body | {"status": {"allowed": True}}), 201)
        drawn = next((o for o in self.server.objects if o["kind"] == body["kind"]), body)
        metadata = _MADE | drawn["metadata"] | {"name": body["metadata"]["name"]}
        return self._say(json.dumps(drawn | {"metadata": metadata}), 201)

    def do_PATCH(self) -> None:
        parts, _ = self._asked()
        body = self._body()
        kind = KINDS[parts[-2]] if parts[-2] in KINDS else KINDS[parts[-3]]
        drawn = next((o for o in self.server.objects if o["kind"] == kind.name), body)
        metadata = _MADE | drawn.get("metadata", {}) | {"name": parts[-1]}
        whole = drawn | {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}
        self._say(json.dumps(whole), 200)

    def do_DELETE(self) -> None:
        self._asked()
        self._say(json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Success"}), 200)

    def _asked(self) -> tuple[list[str], dict[str, list[str]]]:
        found = urlsplit(self.path)
        return found.path.strip("/").split("/"), parse_qs(found.query)

    def _body(self) -> Object:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def _absent(self, plural: str, name: str) -> None:
        details = {"name": name, "kind": plural}
        said = {"kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound"}
        self._say(json.dumps(said | {"message": "not found", "details": details}), 404)

    def _say(self, text: str, code: int) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@contextmanager
def world(folder: Path) -> Generator[World]:
    """A server, and the way to it in ``folder/kubeconfig``, for the time of a `with` block."""
    made = World()
    (folder / "kubeconfig").write_text(made.kubeconfig())
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
