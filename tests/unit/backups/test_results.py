"""The results file of a backup or restore: fetched, read and told."""

import gzip
import http.server
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velero import total
from velero.backups import fetching, results
from velero.errors import StoreUnreachable

FILE = {
    "errors": {
        "velero": ["a plugin\nfailed"],
        "namespaces": {"shop": ['resource: /pods name: /db error: /no "node-agent"']},
    },
    "warnings": {"cluster": ["w"]},
}
ANSWERS = {
    "/good": (200, gzip.compress(json.dumps(FILE).encode())),
    "/plain": (200, json.dumps(FILE).encode()),
    "/list": (200, gzip.compress(b"[]")),
    "/cut": (200, gzip.compress(json.dumps(FILE).encode())[:30]),
    "/denied": (403, b"<Error>"),
    "/bomb": (200, gzip.compress(b" " * 2**26)),
    "/deep": (200, gzip.compress(b"[" * 100_000)),
    "/many": (200, gzip.compress(b"[" + b"[]," * 2**20 + b"[]]")),
    "/null": (200, gzip.compress(b"null")),
    "/huge": (200, gzip.compress(b'{"errors":' + b"9" * 5000 + b"}")),
    "/bytes": (200, gzip.compress(b"\xff\xfe\xfd")),
}
UNREADABLE = ("/plain", "/cut", "/bomb", "/deep", "/many", "/null", "/huge", "/bytes")


class Store(http.server.BaseHTTPRequestHandler):
    """An object store with a few files."""

    def do_GET(self) -> None:
        if self.path in {"/slow", "/slow-head"}:
            self.dribble()
        else:
            self.answer()

    def answer(self) -> None:
        code, body = ANSWERS[self.path.partition("?")[0]]
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def dribble(self) -> None:
        """Never be silent, and never come to an end."""
        self.wfile.write(b"HTTP/1.0 200 OK\r\n" + b"\r\n" * (self.path == "/slow"))
        with suppress(OSError):
            for _ in range(30):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def store() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def fetch(url: str) -> results.Results:
    return results.fetch(url, ssl.create_default_context())


def test_messages_come_with_their_namespace_in_one_line_each(store: str) -> None:
    found = fetch(f"{store}/good?X-Amz-Signature=secret")
    assert found.errors[0] == "a plugin failed"
    assert found.errors[1].startswith("shop: resource: /pods")
    assert found.warnings == ("w",)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/denied", "answers 403"), *((path, "cannot be read") for path in UNREADABLE)],
)
def test_what_cannot_be_had_is_said_without_the_signature(
    store: str, path: str, reason: str
) -> None:
    with pytest.raises(StoreUnreachable, match=reason) as error:
        fetch(f"{store}{path}?X-Amz-Signature=secret")
    assert "secret" not in str(error.value)


def test_a_document_of_another_shape_holds_nothing(store: str) -> None:
    assert fetch(f"{store}/list") == results.Results()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x?s=secret", "https://127.0.0.1:9/?s=secret"])
def test_a_store_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(StoreUnreachable, match=r"127.0.0.1:9 cannot be reached") as error:
        fetch(url)
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "nothing"])
def test_only_http_is_followed(url: str) -> None:
    with pytest.raises(StoreUnreachable, match="neither http nor https"):
        fetch(url)


def test_messages_of_one_sort_are_told_once() -> None:
    messages = [f'shop: error restoring configmaps/shop/c{n}: refused by "p{n}"' for n in range(5)]
    told = results.summary([*messages, "another"])
    assert told == f"{messages[0]} (and 4 more like it); another"


def test_only_the_first_sorts_are_told_and_long_ones_keep_both_ends() -> None:
    told = results.summary(["first " + "x" * 900 + " because", "b", "c", "d", "e"])
    assert told.startswith("first x")
    assert "because; b; c; and 2 others" in told
    assert len(told) < 500
    assert results.summary([]) == ""


@pytest.mark.parametrize("path", ["/slow", "/slow-head"])
def test_a_file_that_never_ends_is_given_up(
    store: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "FETCH_SECONDS", 0.3)
    began = time.monotonic()
    with pytest.raises(StoreUnreachable, match="did not send"):
        fetch(f"{store}{path}")
    assert time.monotonic() - began < 3


KEYS = st.sampled_from(["errors", "warnings", "velero", "cluster", "namespaces", "shop", "\ud800"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(JSON.filter(lambda document: document is not None))
def test_any_document_holds_messages_that_can_be_shown(document: Any) -> None:  # noqa: ANN401
    raw = json.dumps(document).encode()
    found = results.read(raw, "store")
    for messages in (found.errors, found.warnings):
        told = results.summary(messages)
        assert total.plain(told, 10_000) == told
        told.encode()


def test_messages_of_a_file_are_bounded() -> None:
    raw = json.dumps({"errors": {"velero": ["x" * 100_000] * 10 + ["y"] * 20_000}}).encode()
    found = results.read(raw, "store")
    assert len(found.errors) == results.MESSAGES
    assert max(map(len, found.errors)) < 5000
    assert len(results.summary(found.errors)) < 1000


@given(st.text())
def test_a_message_cannot_pass_for_two(message: str) -> None:
    assert "\n" not in results.summary([f"a\n{message}"])
