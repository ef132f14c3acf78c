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

    A request is refused with 429 while the API server takes up a new definition, and when it has
    too much to do; it was not looked at then.
    """

    deadline: float = 0.0

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        timeout = request.extensions["timeout"]
        if timeout.get("read") is None:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise httpx2.ReadTimeout("the watch's time is over", request=request)
            timeout["read"] = left
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
