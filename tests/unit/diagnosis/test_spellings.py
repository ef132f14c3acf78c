"""Secrets that are drawn, in spellings and contexts that are drawn: none of them is shown."""

import base64
import html
import json
import random
import shlex
import string
import urllib.parse
from collections.abc import Callable, Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from velero.diagnosis.redact import Redactor
from velero.diagnosis.shown import MARK

WINDOW = 6
"""So many characters of a secret in a row are too many."""
Spelling = Callable[[str], str]
BEFORE, AFTER = "before it: [", "] and after it"

SECRETS = st.text(
    st.sampled_from(string.ascii_letters + string.digits + string.punctuation)
    | st.sampled_from("äßλ語😀\u00a0 ")
    | st.characters(exclude_categories=("C", "Z")),
    min_size=10,
    max_size=90,
).filter(lambda secret: secret == secret.strip() and len(set(secret)) > 5)


def go_json(text: str) -> str:
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    for sign in "<>&":
        escaped = escaped.replace(sign, f"\\u{ord(sign):04x}")
    return escaped


def go_quote(text: str) -> str:
    """As strconv.QuoteToASCII does."""
    return "".join(f"\\U{ord(c):08x}" if ord(c) > 0xFFFF else json.dumps(c)[1:-1] for c in text)


def percent(text: str, *, lower: bool = False, every: bool = False) -> str:
    if every:
        text = "".join(f"%{byte:02X}" for byte in text.encode())
    else:
        text = urllib.parse.quote(text, safe="")
    return text.lower() if lower and every else text


def some_percent(text: str) -> str:
    """Only some of the characters have escapes, in either case."""
    draw = random.Random(text)  # noqa: S311 - no secret
    ways: list[Spelling] = [
        lambda c: c if c not in "%&\\" else percent(c, every=True),
        lambda c: percent(c, every=True),
        lambda c: percent(c, every=True, lower=True),
    ]
    return "".join(draw.choice(ways)(c) for c in text)


def entities(text: str) -> str:
    """Named, decimal and hexadecimal ones, and some characters as they are."""
    draw = random.Random(text)  # noqa: S311 - no secret
    ways: list[Spelling] = [
        html.escape,
        lambda c: f"&#{ord(c)};",
        lambda c: f"&#x{ord(c):x};",
        lambda c: f"&#X{ord(c):X};",
    ]
    return "".join(draw.choice(ways)(c) for c in text)


def in_base64(text: str, before: int, *, url: bool = False) -> str:
    raw = b"x" * before + text.encode() + b"and more"
    return (base64.urlsafe_b64encode if url else base64.b64encode)(raw).decode()


ESCAPES: dict[str, Spelling] = {
    "json": lambda text: json.dumps(text)[1:-1],
    "json-with-slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "go-json": go_json,
    "go-quote": go_quote,
    "python": lambda text: repr(f"'{text}\"")[3:-2],
    "percent": percent,
    "percent-all-lower": lambda text: percent(text, every=True, lower=True),
    "percent-some": some_percent,
    "html": html.escape,
    "entities": entities,
}
WHOLE: dict[str, Spelling] = {
    "as-it-is": lambda text: text,
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "bytes": lambda text: text.encode().hex(" "),
    "go-bytes": lambda text: " ".join(map(str, text.encode())),
    "octal": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "form": urllib.parse.quote_plus,
    "yaml-single": lambda text: text.replace("'", "''"),
    "shell": shlex.quote,
    "yaml": lambda text: yaml.safe_dump({"a": text}),
    "yaml-double": lambda text: yaml.safe_dump({"a": text}, default_style='"'),
    "yaml-unicode": lambda text: yaml.safe_dump({"a": text}, allow_unicode=True, width=20),
    "base64-lines": lambda text: base64.encodebytes(b"x" * 50 + text.encode() + b"y").decode(),
    "base64-of-json": lambda text: base64.b64encode(json.dumps({"a": text}).encode()).decode(),
    "json-5": lambda text: spelled(text, ["json"] * 5),
    "go-json-3": lambda text: spelled(text, ["go-json"] * 3),
    "percent-3": lambda text: spelled(text, ["percent"] * 3),
    **{
        f"base64-{before}-{url}": lambda text, before=before, url=url: in_base64(
            text, before, url=url
        )
        for before in range(3)
        for url in (False, True)
    },
}


def spelled(text: str, ways: list[str]) -> str:
    for way in ways:
        text = ESCAPES[way](text)
    return text


def assert_hidden(secret: str, written: str, shown: str) -> None:
    assert MARK in shown, shown
    rest = shown.replace(MARK, "\0")
    for window in {*windows(secret), *windows(written)}:
        assert window not in rest, (window, shown)


def windows(text: str) -> Iterator[str]:
    for at in range(len(text) - WINDOW + 1):
        window = text[at : at + WINDOW]
        if len(set(window)) > 3 and window not in BEFORE + AFTER:
            yield window


@pytest.mark.parametrize("way", WHOLE)
@given(secret=SECRETS)
@settings(max_examples=40)
def test_a_value_is_found_in_each_spelling(way: str, secret: str) -> None:
    written = WHOLE[way](secret)
    shown = Redactor([secret]).text(f"{BEFORE}{written}{AFTER}")
    assert_hidden(secret, secret if "base64" in way or "yaml" in way else written, shown)


@given(SECRETS, st.lists(st.sampled_from(sorted(ESCAPES)), min_size=1, max_size=3))
@settings(max_examples=400)
def test_a_value_is_found_in_spellings_of_spellings(secret: str, ways: list[str]) -> None:
    written = spelled(secret, ways)
    assert_hidden(secret, written, Redactor([secret]).text(f"{BEFORE}{written}{AFTER}"))
