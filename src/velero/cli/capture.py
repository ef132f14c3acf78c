"""What a process prints, read while it arrives: its beginning and its end, in a bounded memory."""

from __future__ import annotations

import codecs
import os
import re
import selectors
import time
from collections.abc import Mapping
from typing import IO, Final

CHUNK: Final = 2**16
_BREAK: Final = re.compile(rb"[\s\"']")
_WORD: Final = re.compile(r"[^\s\"']+")
_URL: Final = re.compile(r"https?://", re.IGNORECASE)


class Kept:
    """The beginning and the end of a stream of bytes; no more than twice ``limit`` is in memory.

    Args:
        limit: how many bytes are kept.

    Attributes:
        total: how many bytes came.
    """

    def __init__(self, limit: int) -> None:
        self.total = 0
        self._half = max(1, limit // 2)
        self._head = bytearray()
        self._tail = bytearray()

    def add(self, chunk: bytes) -> None:
        """Take what came next."""
        self.total += len(chunk)
        room = self._half - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:]
        if len(self._tail) > self._half + max(self._half, CHUNK):
            del self._tail[: -self._half]

    @property
    def size(self) -> int:
        """How many bytes are in memory."""
        return len(self._head) + len(self._tail)

    def text(self) -> str:
        """What is kept, with a note of how much is left out; signed URLs without what signs them.

        The end begins after a blank, so that no part of a character or of a URL is shown that
        the beginning of it would have hidden.
        """
        if self.total <= 2 * self._half:
            return without_signatures((self._head + self._tail).decode(errors="replace"))
        tail = bytes(self._tail[-self._half :])
        blank = _BREAK.search(tail)
        tail = tail[blank.end() :] if blank else b""
        left = self.total - len(self._head) - len(tail)
        head = codecs.getincrementaldecoder("utf-8")("replace").decode(bytes(self._head))
        note = f"\n[… {left} bytes are left out here; ask for less, for example with a name …]\n"
        ends = (without_signatures(each) for each in (head, tail.decode(errors="replace")))
        return note.join(ends)


def drain(pipes: Mapping[IO[bytes], Kept], deadline: float) -> bool:
    """Read pipes until all are closed; none waits for another.

    Args:
        pipes: where what comes out of each is kept.
        deadline: when to give up, of ``time.monotonic()``.

    Returns:
        whether all were closed in time.
    """
    with selectors.DefaultSelector() as selector:
        for pipe, kept in pipes.items():
            selector.register(pipe, selectors.EVENT_READ, kept)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            _read(selector, left)
        return not selector.get_map()


def _read(selector: selectors.BaseSelector, seconds: float) -> None:
    """Take what there is; a pipe that is closed is no longer waited for."""
    for key, _ in selector.select(seconds):
        chunk = os.read(key.fd, CHUNK)
        key.data.add(chunk)
        if not chunk:
            selector.unregister(key.fileobj)


def without_signatures(text: str) -> str:
    """A text without the part of a signed URL that lets anyone read the bucket."""
    return _WORD.sub(lambda found: _unsigned(found.group()), text)


def _unsigned(word: str) -> str:
    url = _URL.search(word)
    query = word.find("?", url.end()) if url else -1
    return word if query < 0 else f"{word[:query]}?<redacted>"
