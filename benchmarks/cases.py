"""The outcomes of cases that take hours, kept as they come: a run that was stopped can go on."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.functional.changes import Change
from tests.functional.trial import Outcome


class Record:
    """The outcomes of one change, one JSON line each, as fields of `Outcome`.

    Args:
        folder: where the file is, or None to keep nothing beyond this process.
        change: whose outcomes.
    """

    def __init__(self, folder: Path | None, change: Change) -> None:
        self._file = folder / f"{slug(change.name)}.jsonl" if folder else None
        self._ours: list[Outcome] = []

    def __iter__(self) -> Iterator[Outcome]:
        """All that are kept, those of other processes too."""
        if self._file is None:
            yield from self._ours
        elif self._file.exists():
            lines = self._file.read_text().splitlines()
            yield from (Outcome(**json.loads(line)) for line in lines)

    def add(self, outcome: Outcome) -> None:
        """Keep one more."""
        self._ours.append(outcome)
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a") as file:  # a line at a time, so that processes can share it
                file.write(json.dumps(asdict(outcome)) + "\n")


def slug(name: str) -> str:
    """A name of lower-case letters, digits and hyphens, as files and namespaces have."""
    return re.sub("[^a-z0-9]+", "-", name.lower())
