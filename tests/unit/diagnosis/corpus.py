"""The messages of ``corpus/*.yaml``: by where they come from, and by what they mean.

``<name>`` and its like stand for what differs from case to case; ``⏎`` ends a line. Under
``nobody`` is what tells a person nothing to act on; under ``open`` what would, but nobody has
explained it yet: neither may be explained.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

NOW: Final = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
NOBODY: Final = "nobody"
OPEN: Final = "open"
_FOLDER: Final = Path(__file__).parent / "corpus"
_HOLE: Final = re.compile(r"<(name|id|uid|n|ip|host|path|b64|port|code)>")
USUAL: Final = {
    "name": "shop-db-0",
    "id": "9f86d081884c7d65",
    "uid": "5f3c2e9a-1b7d-4c55-9a61-0f6c2b7e8d11",
    "n": "3",
    "ip": "10.152.183.7",
    "host": "s3.example.com",
    "path": "velero/backups/shop-20261121020000/shop-20261121020000",
    "b64": "vjbyt1Rsr0+dQ==",
    "port": "30080",
    "code": "7",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A message.

    Attributes:
        source: where it comes from.
        cause: what it means: a row's name, ``NOBODY`` or ``OPEN``.
        form: the message, with what differs from case to case left out.
        file: which file it stands in.
    """

    source: str
    cause: str
    form: str
    file: str

    @property
    def expected(self) -> list[str]:
        """The causes that may be found."""
        return [] if self.cause in {NOBODY, OPEN} else [self.cause]

    def text(self, value: Callable[[str], str] = USUAL.__getitem__) -> str:
        """The message with values."""
        return _HOLE.sub(lambda hole: value(hole[1]), self.form).replace("⏎", "\n")


def read() -> list[Said]:
    """All messages, sorted."""
    return [
        Said(source, cause, line, path.stem)
        for path in sorted(_FOLDER.glob("*.yaml"))
        for source, causes in yaml.safe_load(path.read_text()).items()
        for cause, lines in causes.items()
        for line in lines.splitlines()
    ]
