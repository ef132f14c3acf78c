"""A counting reverse proxy between a client and the API server, which can also fail on purpose.

It speaks plain HTTP on loopback to the client and verified TLS to the API server, passes
everything on unread, watches included, and writes down every request. Each client connection has
its own thread and its own upstream connection, so that the proxy adds well under a millisecond.
"""

import http.client
import json
import ssl
import tempfile
import threading
import urllib.parse
from collections import Counter
from pathlib import Path
from typing import Self

from tests.cluster.relay import Fault, Server
from tests.cluster.traffic import Request, by_verb

__all__ = ["ApiProxy", "Fault", "Request"]


class ApiProxy:
    """The proxy, as a context manager.

    Args:
        upstream: the API server's URL.
        ca: the certificate that it is verified with.
        token: added to requests without an Authorization header: client-go sends no token over
            plain HTTP, so the velero CLI comes without.

    Attributes:
        requests: every request since the start or `clear`, in order of arrival.
    """

    def __init__(self, upstream: str, ca: Path | None = None, token: str = "") -> None:
        self.requests: list[Request] = []
        self.token = token
        self._upstream = urllib.parse.urlsplit(upstream)
        self._tls = ssl.create_default_context(cafile=str(ca)) if ca else None
        self._faults: dict[int, Fault] = {}
        self._lasting: tuple[int, Fault] | None = None
        self._arrived = 0
        self._lock = threading.Lock()
        self._server = Server(self)
        self._serving: threading.Thread | None = None
        self._files = tempfile.TemporaryDirectory(prefix="proxy-")

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()
        self._server.server_close()
        self._files.cleanup()

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def verbs(self) -> Counter[str]:
        """How many requests there were of each verb."""
        return by_verb(self.requests)

    @property
    def writes(self) -> list[Request]:
        """The requests that were meant to change something."""
        return [request for request in self.requests if request.writes]

    def clear(self) -> None:
        """Forget the requests so far."""
        self.requests = []

    def kubeconfig(self, token: str) -> Path:
        """Write a kubeconfig that leads through the proxy with that token.

        Returns:
            The file, which lives as long as the proxy.
        """
        path = Path(tempfile.mkstemp(dir=self._files.name, suffix=".json")[1])
        names = {"cluster": "proxy", "user": "proxy"}
        # Plain HTTP verifies nothing; else every hook would load the machine's authorities
        cluster = {"server": self.url, "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "proxy", "cluster": cluster}],
            "users": [{"name": "proxy", "user": {"token": token}}],
            "contexts": [{"name": "proxy", "context": names}],
            "current-context": "proxy",
        }
        path.write_text(json.dumps(config))
        return path

    def fail_at(self, n: int, fault: Fault) -> None:
        """Make the n-th request from now fail; 1 is the next one."""
        with self._lock:
            self._faults[self._arrived + n] = fault

    def fail_from(self, n: int, fault: Fault) -> None:
        """Make the n-th request from now fail and all that follow, until `heal`."""
        with self._lock:
            self._lasting = self._arrived + n, fault

    def heal(self) -> None:
        """Forget the faults that have not happened yet."""
        with self._lock:
            self._faults.clear()
            self._lasting = None

    def down(self) -> None:
        """Refuse connections, and end those there are; the port stays ours."""
        if self._serving is None:
            return
        port = self._server.server_address[1]
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        self._serving.join()
        self._serving = None
        self._server = Server(self, port)

    def up(self) -> None:
        """Accept connections (again)."""
        if self._serving is not None:
            return
        self._server.server_activate()
        serve = self._server.serve_forever
        self._serving = threading.Thread(target=serve, args=(0.02,), daemon=True)
        self._serving.start()

    def arrived(self, method: str, target: str) -> tuple[Request, Fault | None]:
        """Record a request; also returns what is to be done to it."""
        path, _, query = target.partition("?")
        request = Request(method, path, query)
        with self._lock:
            self._arrived += 1
            fault = self._faults.pop(self._arrived, None)
            if self._lasting and self._arrived >= self._lasting[0]:
                fault = self._lasting[1]
        request.fault = str(fault or "")
        self.requests.append(request)
        return request, fault

    def connect(self) -> http.client.HTTPConnection:
        """A new connection to the API server; it connects with the first request."""
        host = self._upstream.netloc
        if self._tls:
            return http.client.HTTPSConnection(host, context=self._tls)
        return http.client.HTTPConnection(host)
