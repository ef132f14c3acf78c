"""What a message means in plain words, and what to do about it: tables, by who says it. Pure.

Of several rows that fit, the first counts: the exact ones come before those that fit a family. A
message that fits none is shown as it is and explained by nobody.
"""

from __future__ import annotations

from typing import Final

from velero.diagnosis.meanings import juju, pods, store, work
from velero.diagnosis.meanings.row import Meaning, Row

__all__ = ["TABLES", "Meaning", "of"]

TABLES: Final[tuple[tuple[Row, ...], ...]] = (juju.ROWS, pods.ROWS, work.ROWS, store.ROWS)


def of(text: str, application: str) -> Meaning | None:
    """What a message means; None if nobody has explained it yet.

    Args:
        text: the message as it was said, not shortened.
        application: the charm's application, for commands.
    """
    for row in (row for table in TABLES for row in table):
        if found := row.pattern.search(text):
            words = {"app": application} | {k: v for k, v in found.groupdict().items() if v}
            return Meaning(row.meaning.format_map(words), row.next_step.format_map(words))
    return None
