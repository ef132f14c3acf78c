"""Reading a long list while it arrives, so that no more than one item has to be kept. Pure.

The API server has lists without a limit at hand in its cache, and pages of one it reads from etcd
anew: of 10,000 Backups that took 3.5 s in pages and 0.8 s in one answer (Kubernetes 1.33).
"""

from __future__ import annotations

import codecs
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Final

from velero import total
from velero.kubernetes.resources import Object

CHUNK: Final = 2**18
"""Bytes that a long list is best read by."""

TAIL: Final = 2**18
"""Bytes of the end of a text that are kept."""
MOST: Final = 2**26
"""Bytes of a text that are read to find its end."""
_ITEMS: Final = re.compile(r'"items":\s*\[')
_BETWEEN: Final = re.compile(r"[\s,]*")


def items(chunks: Iterable[bytes]) -> Iterator[Object]:
    """The items of a Kubernetes list whose JSON arrives in chunks.

    Raises:
        ValueError: the JSON ends before the list does, or is none.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    texts = (decoder.decode(chunk) for chunk in chunks)
    buffer = ""
    for text in texts:
        buffer += text
        if found := _ITEMS.search(buffer):
            yield from _rest(buffer[found.end() :], texts)
            return
    if total.at(json.loads(buffer), "items"):
        raise ValueError("it has no list of items")


def tail(chunks: Iterable[bytes]) -> str:
    """The end of a text in UTF-8 that arrives in chunks, of however many."""
    kept, left = b"", MOST
    for chunk in chunks:
        kept = (kept + chunk)[-TAIL:]
        left -= len(chunk)
        if left < 0:
            break
    return kept.decode(errors="replace")


def _rest(buffer: str, texts: Iterable[str]) -> Iterator[Object]:
    """The items from the first on."""
    parser = json.JSONDecoder()
    for text in itertools.chain([""], texts):
        found, end = _complete(parser, buffer + text)
        yield from found
        buffer = (buffer + text)[end:]
        if buffer.startswith("]"):
            return
    raise ValueError("it ends in the middle of a list")


def _complete(parser: json.JSONDecoder, buffer: str) -> tuple[list[Object], int]:
    """The items that are there as a whole, and where the next one begins."""
    found: list[Object] = []
    at = _after_comma(buffer, 0)
    # What is missing of an item is still to come; until then it is not valid
    with suppress(ValueError):
        while not buffer.startswith("]", at):
            item, end = parser.raw_decode(buffer, at)
            found.append(item)
            at = _after_comma(buffer, end)
    return found, at


def _after_comma(buffer: str, at: int) -> int:
    between = _BETWEEN.match(buffer, at)
    return between.end() if between else at
