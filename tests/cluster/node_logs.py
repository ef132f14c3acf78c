"""The part of a kubelet's API that `kubectl logs` needs: the API server asks it for a log.

The API server finds it by the Node's address and port, and verifies its certificate. Whoever asks
is not asked who it is, unlike by a real kubelet.
"""

import http.server
import ssl
import threading
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import TypeAlias, cast

from tests.cluster.control_plane import ControlPlane

Read: TypeAlias = Callable[[str, str, bool], bytes]
"""The log of a pod, by its namespace and name, of this run or of the one before.

Raises:
    LookupError: there is none; says so.
"""


class NodeLogs(http.server.ThreadingHTTPServer):
    """The server, on a free port of the loopback interface.

    Attributes:
        cut_off: whether it hangs up on everybody, as a node that cannot be reached.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, control_plane: ControlPlane, read: Read) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.cut_off = False
        self.read = read
        self._control_plane = control_plane
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server_address[1]

    def start(self) -> None:
        """Begin; the control plane has to have its certificates."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*self._control_plane.kubelet_certificate)
        # A client that hangs up at once must not end the server: it shakes hands in its thread
        self.socket = context.wrap_socket(
            self.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread.start()

    def stop(self) -> None:
        """End; nothing if it was not started."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join(10)
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients may leave as they like."""


class _Request(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("NodeLogs", self.server)
        if server.cut_off:
            return
        target = urllib.parse.urlsplit(self.path)
        asked = dict(urllib.parse.parse_qsl(target.query))
        match target.path.strip("/").split("/"):
            case ["containerLogs", namespace, pod, _]:
                self._answer(namespace, pod, asked)
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, namespace: str, pod: str, asked: dict[str, str]) -> None:
        try:
            log = cast("NodeLogs", self.server).read(
                namespace, pod, asked.get("previous") == "true"
            )
        except LookupError as error:
            self.send_error(HTTPStatus.BAD_REQUEST, str(error))
            return
        lines = log.splitlines(keepends=True)
        body = b"".join(lines[-int(asked.get("tailLines", len(lines))) :] if lines else [])
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def run_of(log: Path, starts: list[int], *, previous: bool) -> bytes:
    """What one run of a container wrote to its log file, which goes on from run to run.

    Args:
        log: the file.
        starts: its length when each run began.
        previous: the run before the last one instead of the last.

    Raises:
        LookupError: there was no such run.
    """
    if len(starts) < 1 + previous:
        raise LookupError("previous terminated container not found" if previous else "not started")
    begin, end = starts[-1 - previous], starts[-1] if previous else None
    return log.read_bytes()[begin:end]
