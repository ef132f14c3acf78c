"""The results file of a backup or restore: fetched, read and told."""

import gzip
import http.server
import json
import ssl
import threading
from collections.abc import Iterator

import pytest

from velero import results
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
}


class Store(http.server.BaseHTTPRequestHandler):
    """An object store with a few files."""

    def do_GET(self) -> None:
        code, body = ANSWERS[self.path.partition("?")[0]]
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def store() -> Iterator[str]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
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
    [
        ("/denied", "answers 403"),
        ("/plain", "cannot be read"),
        ("/cut", "cannot be read"),
    ],
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
