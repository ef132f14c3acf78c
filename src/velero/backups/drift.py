"""What somebody added to an object that is ours wholly, and how to take it out again. Pure.

Server-side apply leaves the fields of others as they are: a client's Schedule with somebody's
``excludedResources`` would look as the client asks and leave out what it wants.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from velero import total
from velero.kubernetes.resources import Object


def added(want: Object, live: Object, schema: Object) -> Object:
    """The merge patch that takes out what is there and not wanted; empty if nothing is.

    Args:
        want: a mapping as we apply it.
        live: it as it is.
        schema: its OpenAPI schema, for the defaults that the API server itself puts in.
    """
    patch: Object = {}
    for key, there in live.items():
        known = total.mapping(schema, "properties", key)
        if key not in want:
            patch |= {} if there is None or known.get("default") == there else {key: None}
        elif isinstance(there, dict) and isinstance(want[key], dict):
            below = added(cast("Object", want[key]), cast("Object", there), known)
            patch |= {key: below} if below else {}
    return patch


def paths(patch: Object) -> Iterator[str]:
    """The fields that a merge patch takes out, as a person reads them."""
    for key, below in patch.items():
        if below is None:
            yield total.plain(key, 63)
        else:
            yield from (f"{total.plain(key, 63)}.{path}" for path in paths(below))
