"""Traces of the charm, which cost nothing unless they have somewhere to go.

To be imported before `ops`. Where ops' tracing is installed, `import ops` loads it, OpenTelemetry
included, and every dispatch then keeps its spans on the disk, whether or not anybody asks for
them. So importing this keeps it out of each dispatch whose traces would go nowhere, as if it were
not installed.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import ops

ENDPOINT: Final = "charm-tracing"
CA_ENDPOINT: Final = "receive-ca-cert"
BUFFER: Final = ".tracing-data.db"
"""Where ops keeps spans and their destination (ops_tracing ``_backend.py``)."""

_ALWAYS: Final = (
    f"hooks/{ENDPOINT}-relation-",
    f"hooks/{CA_ENDPOINT}-relation-",
    # In these, ops asks the relation again: a new pod has lost what was kept, and only a leader
    # may say what it wants of the relation
    "hooks/leader-elected",
    "hooks/start",
    "hooks/upgrade-charm",
)


def observe(charm: ops.CharmBase) -> ops.Object | None:
    """Follow the two relations, if this dispatch is traced; whoever asks keeps what it gets."""
    import ops  # noqa: PLC0415 - see above

    if ops.tracing is None:
        return None
    return ops.tracing.Tracing(charm, ENDPOINT, ca_relation_name=CA_ENDPOINT)


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether a dispatch has, or may get, somewhere to send its traces.

    Args:
        environment: what Juju says of the dispatch.
    """
    if environment.get("JUJU_DISPATCH_PATH", "").startswith(_ALWAYS):
        return True
    return bool(_destination(Path(environment.get("JUJU_CHARM_DIR", ".")) / BUFFER))


def _destination(buffer: Path) -> str:
    """The URL that traces go to; empty if there is none."""
    if not buffer.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{buffer.absolute().as_uri()}?mode=ro", uri=True)) as store:
            row = store.execute("SELECT value FROM settings WHERE key = 'url'").fetchone()
    except sqlite3.Error:
        return ""
    return row[0] if row else ""


if not is_wanted(os.environ):
    # Python's own mark of a module that is not to be found
    sys.modules.setdefault("ops_tracing", None)  # pyright: ignore[reportArgumentType]
