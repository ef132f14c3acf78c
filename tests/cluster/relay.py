"""The wire of `tests.cluster.proxy`: one client connection, passed on or broken on purpose."""

import contextlib
import http.client
import http.server
import json
import os
import socket
import socketserver
import ssl
import struct
import threading
import time
from http import HTTPStatus
from typing import Literal, Protocol, TypeAlias, cast

from tests.cluster.traffic import Request

Fault: TypeAlias = int | Literal["reset", "lost", "truncated", "timeout", "not-json"]
"""How a request fails.

A number is an HTTP status with a Kubernetes Status as body (429 has a Retry-After), and the API
server never sees the request. `reset`: the connection is reset before the request is passed on.
`lost`: the API server acts, and the connection is reset instead of the answer. `truncated`: half
of the answer comes. `timeout`: none comes until the client gives up. `not-json`: a 502 in HTML,
as of a load balancer.
"""

PATIENCE = 60.0
"""Seconds after which a request that is to time out is ended all the same."""
_HOP_BY_HOP = frozenset({"connection", "host", "keep-alive", "transfer-encoding"})
_REASONS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}


class Upstream(Protocol):
    """What the wire needs of the proxy."""

    token: str

    def arrived(self, method: str, target: str) -> tuple[Request, Fault | None]:
        """Record a request; also returns what is to be done to it."""
        ...

    def connect(self) -> http.client.HTTPConnection:
        """A new connection to the API server; it connects with the first request."""
        ...


class Server(socketserver.ThreadingTCPServer):
    """Bound when made, so that the port is ours; it refuses connections until activated."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, upstream: Upstream, port: int = 0) -> None:
        self.upstream = upstream
        self.sockets: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Connection, bind_and_activate=False)
        self.server_bind()

    def end_connections(self) -> None:
        """End every connection, on both sides."""
        for each in list(self.sockets):
            _shut(each)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: connections that break are what this is for."""


class Connection(http.server.BaseHTTPRequestHandler):
    """One client connection and the upstream connection that belongs to it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._server = cast("Server", self.server)
        self._back = self._server.upstream.connect()
        self._server.sockets.add(self.connection)

    def finish(self) -> None:
        self._server.sockets.discard(self.connection)
        self._forget_back()
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # its name
        """Keep nothing: `requests` has it all."""

    def do_any(self) -> None:
        """Pass one request on, or do to it what was asked for."""
        started = time.perf_counter()
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        request, fault = self._server.upstream.arrived(self.command, self.path)
        try:
            match fault:
                case None | "truncated":
                    self._relay(request, body, cut=fault is not None)
                case "lost":
                    self._ask(body).read()
                    self._reset()
                case "reset":
                    self._reset()
                case "timeout":
                    self._ignore()
                case _:
                    self._refuse(request, fault)
        finally:
            request.seconds = time.perf_counter() - started

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any  # noqa: N815 # http.server's names

    def _ask(self, body: bytes) -> http.client.HTTPResponse:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        token = self._server.upstream.token
        if token and "Authorization" not in self.headers:
            headers["Authorization"] = f"Bearer {token}"
        if self._back.sock is not None and _is_over(self._back.sock):
            self._forget_back()
        self._back.request(self.command, self.path, body, headers)
        if self._back.sock is not None:
            self._server.sockets.add(self._back.sock)
        return self._back.getresponse()

    def _relay(self, request: Request, body: bytes, *, cut: bool) -> None:
        try:
            answer = self._ask(body)
        except OSError:
            # Nobody upstream: our client sees what it would have seen without us.
            self._reset()
            return
        request.status = answer.status
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        if answer.length is None:
            self._stream(request, answer, cut=cut)
            return
        self.end_headers()
        data = answer.read()
        request.bytes = len(data)
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut

    def _stream(self, request: Request, answer: http.client.HTTPResponse, *, cut: bool) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        back = self._back.sock
        if request.verb == "watch" and back is not None:
            threading.Thread(target=self._hang_up, args=(back,), daemon=True).start()
        while data := answer.read1(65536):
            request.bytes += len(data)
            if cut:
                self.wfile.write(b"%x\r\n%s" % (len(data), data[: len(data) // 2]))
                self.close_connection = True
                self._forget_back()
                return
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.write(b"0\r\n\r\n")

    def _hang_up(self, back: socket.socket) -> None:
        """End a watch upstream when its client leaves, which nothing else would notice."""
        with contextlib.suppress(OSError):
            if not self.connection.recv(1, socket.MSG_PEEK):
                _shut(back)

    def _refuse(self, request: Request, fault: Fault) -> None:
        status = HTTPStatus(fault if isinstance(fault, int) else HTTPStatus.BAD_GATEWAY)
        data, kind = b"<html><h1>502 Bad Gateway</h1></html>\n", "text/html"
        if isinstance(fault, int):
            data, kind = json.dumps(_kubernetes_status(status)).encode(), "application/json"
        request.status, request.bytes = status, len(data)
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def _ignore(self) -> None:
        self.connection.settimeout(PATIENCE)
        with contextlib.suppress(OSError):
            self.connection.recv(1, socket.MSG_PEEK)
        self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        self._forget_back()
        self._server.sockets.discard(self.connection)
        # Lingering for no time at all makes close() send RST where it would have sent FIN.
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        os.close(self.connection.detach())

    def _forget_back(self) -> None:
        if self._back.sock is not None:
            self._server.sockets.discard(self._back.sock)
        self._back.close()


def _kubernetes_status(status: HTTPStatus) -> dict[str, object]:
    details = {"retryAfterSeconds": 1} if status == HTTPStatus.TOO_MANY_REQUESTS else {}
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": f"the proxy was told to answer {status.value}",
        "reason": _REASONS.get(status, status.phrase.replace(" ", "")),
        "details": details,
        "code": status.value,
    }


def _is_over(connection: socket.socket) -> bool:
    """Whether an idle upstream connection was closed by the other side in the meantime."""
    connection.settimeout(0)
    try:
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    except OSError:
        return True
    else:
        return True
    finally:
        connection.settimeout(None)


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
