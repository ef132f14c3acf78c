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

from velero import total
from velero.problem import Need, Problem

if TYPE_CHECKING:
    import ops

ENDPOINT: Final = "charm-tracing"
CA_ENDPOINT: Final = "receive-ca-cert"
BUFFER: Final = ".tracing-data.db"
"""Where ops keeps spans and their destination (ops_tracing ``_backend.py``)."""

_PROTOCOL: Final = "otlp_http"
_READ: Final = {
    ENDPOINT: ("receivers",),
    CA_ENDPOINT: ("certificates", "version", "ca", "certificate", "chain"),
}
"""What the libraries decode (ops_tracing ``vendor/charms``)."""
_ALWAYS: Final = (
    f"hooks/{ENDPOINT}-relation-",
    f"hooks/{CA_ENDPOINT}-relation-",
    # In these, ops asks the relation again: a new pod has lost what was kept, and only a leader
    # may say what it wants of the relation
    "hooks/leader-elected",
    "hooks/start",
    "hooks/upgrade-charm",
)


def observe(charm: ops.CharmBase) -> tuple[ops.Object | None, str | None]:
    """Follow the two relations, if this dispatch is traced.

    What the other sides wrote, the libraries of ops decode in their own handlers, where it fails
    the hook if it is nested too deeply, has a number of thousands of digits, or names no address
    to a unit that does not lead. So they are kept from what they cannot read, and the traces go
    nowhere until it is mended.

    Returns:
        what the charm has to keep, and the endpoint and field that cannot be read: empty if all
        can be, None if nobody looked.
    """
    import ops  # noqa: PLC0415 - see above

    if ops.tracing is None:
        return None, None
    found = _unreadable(charm)
    if found or _is_without_address(charm):
        ops.tracing.set_destination(url=None, ca=None)
        return None, found
    return ops.tracing.Tracing(charm, ENDPOINT, ca_relation_name=CA_ENDPOINT), ""


def _unreadable(charm: ops.CharmBase) -> str:
    """The first field that holds what the libraries cannot decode; empty if none does."""
    from inputs import databags  # noqa: PLC0415 - it imports ops

    found = (
        f"{relation.name}: {field}"
        for endpoint, fields in _READ.items()
        for relation in charm.model.relations[endpoint]
        if relation.active and (field := databags.unreadable(relation, fields))
    )
    return next(found, "")


def _is_without_address(charm: ops.CharmBase) -> bool:
    """Whether this unit had better not ask where traces go.

    Of an answer that names no address, the library asks what the application wanted, which only
    its leader may read.
    """
    from inputs import databags  # noqa: PLC0415 - it imports ops

    if charm.unit.is_leader():
        return False
    relations = (each for each in charm.model.relations[ENDPOINT] if each.active)
    answers = (databags.bag(relation).get("receivers") for relation in relations)
    return any(answer is not None and not _address(answer) for answer in answers)


def _address(receivers: str) -> str:
    offered = total.items(total.parsed(receivers, len(receivers)))
    fitting = (each for each in offered if total.text(each, "protocol", "name") == _PROTOCOL)
    return total.text(next(fitting, None), "url")


def problems(untraced: str) -> list[Problem]:
    """What a person should know of traces that go nowhere.

    Args:
        untraced: the endpoint and field that cannot be read, as `observe` returns it.
    """
    why = "cannot be read; upgrade the charm that is integrated there, or remove it"
    return [Problem(Need.NOTE, f"No traces: {untraced} {why}")] if untraced else []


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether a dispatch has, or may get, somewhere to send its traces.

    Args:
        environment: what Juju says of the dispatch.
    """
    if environment.get("JUJU_DISPATCH_PATH", "").startswith(_ALWAYS):
        return True
    return is_kept(environment)


def is_kept(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether traces of dispatches have somewhere to go.

    Args:
        environment: what Juju says of a dispatch; by default of this one.
    """
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
