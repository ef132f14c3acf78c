"""What somebody else has put into the storage location, beside what we apply. Pure.

Server-side apply leaves such fields as they are, and people put keys of the plugin there on
purpose, as for encryption by the store. So they are told and left, but for the one that makes a
connection to anybody a good one.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from velero import total
from velero.kubernetes.difference import owns, owns_whole
from velero.kubernetes.resources import Object

UNDONE: Final = ("insecureSkipTLSVerify",)
"""Keys of ``config`` that are taken out again (velero-plugin-for-aws
backupstoragelocation.md)."""
_PART: Final = 80
_MOST: Final = 5


def found(location: Object) -> list[tuple[str, ...]]:
    """The paths of fields of a location's spec that are not ours; a field inside it counts."""
    return sorted(_others(location, total.mapping(location, "spec"), ("spec",)))


def undoing(location: Object, wanted: Mapping[str, str]) -> Object:
    """A merge patch that takes out what is undone; empty if there is nothing of it.

    Args:
        location: the live location.
        wanted: the config that it is to have.
    """
    present = total.mapping(location, "spec", "config")
    keys = [key for key in UNDONE if key in present and key not in wanted]
    return {"spec": {"config": dict.fromkeys(keys)}} if keys else {}


def words(paths: list[tuple[str, ...]]) -> str:
    """Fields as a person reads them: ``config.kmsKeyId``."""
    shown = [total.plain(".".join(path[1:]), _PART) for path in paths[:_MOST]]
    more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
    return f"{', '.join(shown)}{more}"


def patch(paths: list[tuple[str, ...]]) -> str:
    """The merge patch that takes some fields out, as a word of a shell."""
    change: Object = {}
    for path in paths[:_MOST]:
        below = change
        for key in path[:-1]:
            below = below.setdefault(key, {})
        below[path[-1]] = None
    return shlex.quote(json.dumps(change))


def _others(location: Object, live: Object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, value in live.items():
        here = (*path, key)
        if not owns(location, *here):
            yield here
        elif isinstance(value, dict) and not owns_whole(location, *here):
            yield from _others(location, cast("dict[str, Any]", value), here)
