"""Takes secrets out of what is shown or handed on. Pure.

Three nets, one behind the other: fields that may hold anything are shown only as far as they are
known to be harmless (``shown.py``); the values of all Secrets that can be read are taken out
wherever they stand; and so is what looks like a secret.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, cast

from velero.diagnosis import shown
from velero.diagnosis.shown import MARK

SHORTEST: Final = 8
"""Characters of a value that is worth looking for: shorter ones are words, such as ``velero``."""

_KEYS: Final = r"(?:api|access|account|private|secret|encryption)[-_ ]?key"
_TELLING: Final = (
    r"[\w.-]*(?:pass(?:word|wd|phrase)|secret|token|credentials?|signature|\bsas\b"
    rf"|{_KEYS})[\w.-]*"
)
"""A name whose value is a secret, if it is followed by =, or by : in JSON or on a line of YAML."""
_PROSE: Final = (
    rf"[\w.-]*(?:pass(?:word|wd|phrase)|token|{_KEYS}|secret[-_.]\w|\w[-_.]secret)[\w.-]*"
)
"""As above, and also in the middle of a line: "list secrets: forbidden" tells no secret."""
_VALUE: Final = r"""(?:\\?"[^"\\]*\\?"|'[^']*'|[^\s,;&)}\]"'\\]+)"""
_PATTERNS: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"-----BEGIN [^-]+-----.*?(-----END [^-]+-----|\Z)", re.DOTALL), MARK),
    (re.compile(r"(\w+://)[^/\s@]+@"), rf"\1{MARK}@"),
    (re.compile(r"(https?://[^\s?\"'\\]+)\?[^\s\"'\\]+"), rf"\1?{MARK}"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1 {MARK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), MARK),
    (re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"), MARK),
    *(
        (
            re.compile(rf"({name})(?<!\.go:)(?!{MARK}){_VALUE}", re.IGNORECASE | re.MULTILINE),
            rf"\1{MARK}",
        )
        for name in (
            rf"{_TELLING}\\?[\"']?\s*=\s*",
            rf"{_TELLING}\\?[\"']\s*:\s*",
            rf"^[\s-]*{_TELLING}\s*:\s+",
            rf"\b{_PROSE}\s*:\s*",
        )
    ),
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9+/_=-]{20,}")
_SORTS: Final = (re.compile(r"[A-Z]"), re.compile(r"[a-z]"), re.compile(r"[0-9]"))


class Redactor:
    """Takes secrets out of texts and objects.

    Args:
        secrets: values that must not be shown, whole Secrets' contents among them.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        found = {form for secret in secrets for part in _parts(secret) for form in _forms(part)}
        self._secrets = sorted(found, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MARK)
        for pattern, instead in _PATTERNS:
            text = pattern.sub(instead, text)
        return _TOKEN.sub(_unless_random, text)

    def object(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """A JSON value as ``shown.harmless`` leaves it, whose texts hold no secrets."""
        return self._texts(shown.harmless(value))

    def _texts(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value).items()
            return {key: self._texts(each) for key, each in items}
        if isinstance(value, list | tuple):
            return [self._texts(each) for each in cast("list[Any]", value)]
        return self.text(value) if isinstance(value, str) else value


def _parts(secret: str) -> Iterator[str]:
    """A secret, and what of it may stand elsewhere alone: lines, values of a file or of JSON."""
    yield secret
    with suppress(ValueError):
        yield from _leaves(json.loads(secret))
    for line in secret.splitlines():
        yield line.strip()
        yield line.partition("=")[2].strip().strip("\"'")


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        yield value
        yield from value.splitlines()
    elif isinstance(value, Mapping):
        yield from _leaves([*cast("Mapping[str, Any]", value).values()])
    elif isinstance(value, list):
        for each in cast("list[Any]", value):
            yield from _leaves(each)


def _forms(part: str) -> Iterator[str]:
    """How a value may be written."""
    if len(part) < SHORTEST:
        return
    yield part
    yield base64.b64encode(part.encode()).decode().rstrip("=")
    yield urllib.parse.quote(part, safe="")
    yield json.dumps(part)[1:-1]


def _unless_random(found: re.Match[str]) -> str:
    """What nobody would type: capitals, small letters and digits in one long word."""
    word = found.group()
    looks = all(len(sort.findall(word)) > 1 for sort in _SORTS)
    return MARK if looks else word
