"""What every request of ``cluster.py`` goes through: deadlines, and the API server's wishes."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Final

import httpx2

MAX_TRIES: Final = 4
MAX_RETRY_AFTER: Final = 2.0


class BoundedTransport(httpx2.HTTPTransport):
    """Ends a watch at its deadline, and asks again where the API server says when to.

    Lightkube watches without a read time-out, and opens the next request by itself when the
    server closes one: a quiet watch would outlive any deadline of ours.

    A watch is answered at once, long before there is anything to tell (kubernetes
    staging/src/k8s.io/apiserver/pkg/endpoints/handlers/watch.go): where no answer begins in the
    time that any other request has, the connection leads nowhere.

    A request is refused with 429 while the API server takes up a new definition, and when it has
    too much to do; it was not looked at then.
    """

    deadline: float = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        if request.extensions["timeout"].get("read") is None:
            return self._begin_watch(request)
        return self._send(request)

    def _begin_watch(self, request: httpx2.Request) -> httpx2.Response:
        timeout, left = request.extensions["timeout"], self.deadline - time.monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("the watch's time is over", request=request)
        timeout["read"] = min(left, timeout["connect"])
        try:
            response = self._send(request)
        except httpx2.ReadTimeout as error:
            if time.monotonic() >= self.deadline:
                raise
            raise httpx2.ReadError("a watch was not answered", request=request) from error
        timeout["read"] = left  # from here on, silence means that nothing changes
        return response

    def _send(self, request: httpx2.Request) -> httpx2.Response:
        """Send it, as often as the API server asks for."""
        for _ in range(MAX_TRIES - 1):
            response = super().handle_request(request)
            if response.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return response
            response.close()
            time.sleep(_retry_after(response))
        return super().handle_request(request)


def _retry_after(response: httpx2.Response) -> float:
    """Seconds that the API server asks to wait, within reason."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), MAX_RETRY_AFTER) if said.isdecimal() else MAX_RETRY_AFTER
