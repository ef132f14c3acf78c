"""Getting a file from the object store: the charm's only connection there.

It may well fail, for the store need not be reachable from where the charm runs; and what is at
the other end may send without an end, too slowly, or a small file that unpacks to a large one.
"""

from __future__ import annotations

import re
import ssl
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from typing import Final, cast

from velero import total
from velero.errors import StoreUnreachable

FETCH_SECONDS: Final = 10.0
"""For the store to send a whole file, its name's resolution included."""
PART_SECONDS: Final = 4.0
"""For the store to begin, and to send each part of a file."""
MOST_BYTES: Final = 16 * 2**20
"""Of a file, as it is sent and unpacked."""
_CHUNK: Final = 2**16
_HOST: Final = re.compile(r"https?://[^/?#\s]++")


def host_of(url: str) -> str:
    """The part of a URL that may be shown; empty if it is neither http nor https."""
    found = _HOST.match(url)
    return total.plain(found.group().rpartition("@")[2]) if found else ""


def unpacked(url: str, context: ssl.SSLContext) -> bytes:
    """The content of a gzip file at a signed URL; no more than ``MOST_BYTES`` of it.

    Raises:
        StoreUnreachable: there is none that can be read; names the host alone.
    """
    host = host_of(url)
    if not host:
        raise StoreUnreachable("Velero gave an address that is neither http nor https")
    packed = _within(FETCH_SECONDS, _Fetch(url, context, host))
    try:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed, MOST_BYTES)
    except zlib.error:
        raise StoreUnreachable(f"what {host} sent cannot be read") from None


class _Fetch(threading.Thread):
    """Fetches beside the one that waits.

    A name's resolution, and headers that come byte by byte, have no deadline of their own.

    Attributes:
        packed: what was fetched, when it has ended well.
        error: why it has not.
    """

    def __init__(self, url: str, context: ssl.SSLContext, host: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._context = context
        self.host = host
        self.packed: bytes | None = None
        self.error = ""

    def run(self) -> None:
        """Fetch; never raises."""
        try:
            self.packed = self._read()
        except urllib.error.HTTPError as error:
            error.close()
            self.error = f"{self.host} answers {error.code} {total.plain(str(error.reason), 100)}"
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            said = total.plain(str(reason), 200)
            self.error = f"{self.host} cannot be reached from the charm: {said}"

    def _read(self) -> bytes:
        deadline = time.monotonic() + FETCH_SECONDS
        with _opener(self._context).open(self._url, timeout=PART_SECONDS) as opened:
            return b"".join(_parts(cast("HTTPResponse", opened), deadline))


def _parts(answer: HTTPResponse, deadline: float) -> Iterator[bytes]:
    left = MOST_BYTES
    while left > 0 and (part := answer.read1(min(_CHUNK, left))):
        yield part
        left -= len(part)
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not send all within {FETCH_SECONDS:.0f} s")


def _within(seconds: float, fetch: _Fetch) -> bytes:
    fetch.start()
    fetch.join(seconds)
    if fetch.packed is None:
        late = f"{fetch.host} did not send it within {seconds:.0f} s"
        raise StoreUnreachable(fetch.error or late)
    return fetch.packed


def _opener(context: ssl.SSLContext) -> urllib.request.OpenerDirector:
    """What urllib opens by itself, but no files and no FTP, also not where a store sends us."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener
