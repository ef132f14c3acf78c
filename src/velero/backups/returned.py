"""How many objects a restore brought back, which is not how many were in the backup.

Velero counts what it looked at, also what exists and stays as it is (velero v1.18.3
pkg/restore/restore.go:948). What it did with each object is in a file in the store: what is there
as in the backup is ``skipped``, what is there and differs has ``failed`` with a warning
(``:1486-1501``). Whoever may write in the bucket has written that file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from velero import total
from velero.backups import results
from velero.errors import StoreUnreachable, VeleroError
from velero.kubernetes import resources as k8s
from velero.kubernetes.cluster import Cluster
from velero.kubernetes.resources import Object

FILE: Final = "RestoreResourceList"
"""Of velero pkg/apis/velero/v1/download_request_types.go."""
ACTIONS: Final = ("created", "updated", "skipped", "failed")
"""What is done with an object (velero pkg/restore/request.go:37-40)."""
_LONGEST: Final = 20
_DONE: Final = re.compile(r"\(([a-z]+)\)\Z")


def words(cluster: Cluster, restore: Object) -> dict[str, str]:
    """Of a restore that has ended: how many objects each was done with, and what that means.

    Never raises: where the file cannot be had, that is the note.

    Returns:
        The numbers by ``ACTIONS``, as far as they are known, and a ``note`` where somebody might
        think that more came back than did.
    """
    if not total.number(restore, "status", "progress", "itemsRestored"):
        # A restore that failed says why; one that has not counted says nothing
        counted = isinstance(total.at(restore, "status", "progress"), dict)
        asked = "Nothing came back: the backup holds nothing of what the restore asks for"
        return {"note": asked} if counted and total.phase(restore) == "Completed" else {}
    try:
        found = counts(*results.download(cluster, FILE, k8s.name_of(restore)))
    except VeleroError as error:
        return {"note": f"how many of the items came back could not be fetched: {error}"}
    updates = total.text(restore, "spec", "existingResourcePolicy") == "update"
    note = summary(found, updates=updates)
    return {each: str(found.get(each, 0)) for each in ACTIONS} | ({"note": note} if note else {})


def counts(document: bytes, host: str) -> dict[str, int]:
    """How many objects each of ``ACTIONS`` was done with.

    Args:
        document: the file, JSON: lists of ``NAMESPACE/NAME(ACTION)`` by kind (velero
            pkg/restore/request.go:90-115).
        host: who sent it, for messages.

    Raises:
        StoreUnreachable: it is none that can be read.
    """
    found = results.parsed(document, host)
    if not isinstance(found, dict):
        raise StoreUnreachable(f"what {host} sent cannot be read")
    ends = (text[-_LONGEST:] for kind in total.mapping(found) for text in total.texts(found, kind))
    done = Counter(match.group(1) for end in ends if (match := _DONE.search(end)))
    return {each: done[each] for each in ACTIONS}


def summary(found: Mapping[str, int], *, updates: bool) -> str:
    """What numbers of objects mean; empty if nothing is missing that should have come back.

    Args:
        found: how many, by ``ACTIONS``.
        updates: whether objects that exist were to be updated.
    """
    back, failed = found.get("created", 0) + found.get("updated", 0), found.get("failed", 0)
    of = back + failed + found.get("skipped", 0)
    if back == of:
        return ""
    came = f"{back} of {of} objects came back" if back else f"None of {of} objects came back"
    if not failed:
        same = "they are there as in the backup, or are not to be restored"
        return "" if back else f"{came}: {same}"
    why = f"{failed} exist and differ, or could not be made: the warnings and errors say which"
    way_out = "" if updates else "; existing-resource-policy=update changes those that differ"
    return f"{came}; {why}{way_out}"
