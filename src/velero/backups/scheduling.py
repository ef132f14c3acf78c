"""Making, changing and removing clients' Schedules, each of which is ours wholly. Pure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from velero import total
from velero.backups import clusters, drift, schedules
from velero.desired import LOCATION_NAME, Desired
from velero.errors import Conflict, Denied, NotFound, Rejected, Unreachable
from velero.kubernetes import resources as k8s
from velero.kubernetes.difference import differs
from velero.kubernetes.resources import Key, Kind, Object

logger = logging.getLogger(__name__)

Apply: TypeAlias = Callable[[Object], object]
Merge: TypeAlias = Callable[[Kind, str, Object], object]

_OF_ONE: Final = (Conflict, Denied, NotFound, Rejected)
"""Errors that say something of the Schedule, and nothing of the API server."""
_DEFINITION: Final = f"{k8s.SCHEDULE.plural}.{k8s.SCHEDULE.group}"


def bring_about(
    desired: Desired,
    live: Mapping[Key, Object],
    apply: Apply,
    merge: Merge,
    delete: Callable[[Kind, str], object],
    identity: Callable[[], str],
) -> dict[str, str]:
    """Make, change and remove Schedules; one that cannot be written does not stop the others.

    Args:
        desired: what is wanted.
        live: what is there, the storage location included; kept up to date by the others.
        apply: applies an object if it differs.
        merge: merges a patch into an object.
        delete: deletes an object.
        identity: reads which cluster this is, or an empty text. Asked only where a Schedule is
            to be written or does not say it: the others remember it.

    Returns:
        why a Schedule could not be written, by its name.

    Raises:
        ClusterError: it stopped half-way.
    """
    has_location = (k8s.LOCATION.name, LOCATION_NAME) in live
    runs = has_location and bool(desired.storage or desired.keep_storage)
    refused: dict[str, str] = {}
    wanted = [*schedules.wanted(desired, live, runs=runs)]
    if any(_is_to_be_marked(obj, live) for obj in wanted):
        here = replace(desired, cluster=identity())
        wanted = [*schedules.wanted(here, live, runs=runs)]
    for obj in wanted:
        if why := _unwritten(obj, live, apply, merge):
            refused[k8s.name_of(obj)] = why
    for left in schedules.left_over(desired, live):
        delete(k8s.SCHEDULE, left)
    return refused


def _is_to_be_marked(obj: Object, live: Mapping[Key, Object]) -> bool:
    labels = total.pairs(obj, *clusters.TEMPLATE_LABELS)
    return clusters.CLUSTER not in labels or differs(
        obj, live.get((obj["kind"], k8s.name_of(obj)))
    )


def _unwritten(obj: Object, live: Mapping[Key, Object], apply: Apply, merge: Merge) -> str:
    """Write a Schedule where it differs; why it could not be written, or an empty text."""
    there = live.get((k8s.SCHEDULE.name, k8s.name_of(obj)))
    # Somebody's finalizer may hold one that is being deleted, and that one only
    is_leaving = total.at(there, "metadata", "deletionTimestamp") is not None
    its_own = (*_OF_ONE, Unreachable) if is_leaving else _OF_ONE
    try:
        _write(obj, live, apply, merge)
    except its_own as error:
        return str(error)
    return ""


def _write(obj: Object, live: Mapping[Key, Object], apply: Apply, merge: Merge) -> None:
    try:
        apply(obj)
    except Rejected:
        if not _undo(obj, live, merge):
            raise
        apply(obj)  # what was too much, or wrong, may have been what somebody added
    _undo(obj, live, merge)


def _undo(obj: Object, live: Mapping[Key, Object], merge: Merge) -> bool:
    """Take out of a Schedule what somebody added; whether there was something."""
    patch = added(obj, live)
    if patch:
        name, fields = k8s.name_of(obj), ", ".join(drift.paths(patch["spec"]))
        logger.warning(
            "Schedule %s: %s, which somebody added, is taken out; it is as its client asks",
            name,
            total.plain(fields),
        )
        merge(k8s.SCHEDULE, name, patch)
    return bool(patch)


def added(want: Object, live: Mapping[Key, Object]) -> Object:
    """The merge patch that takes out of a Schedule what somebody added; empty if nothing is."""
    there = total.mapping(live.get((k8s.SCHEDULE.name, k8s.name_of(want))), "spec")
    theirs = {key: value for key, value in there.items() if key != "skipImmediately"}
    found = drift.added(want["spec"], theirs, _schema(live))
    return {"spec": found} if found else {}


def _schema(live: Mapping[Key, Object]) -> Object:
    versions = total.items(live.get((k8s.CRD.name, _DEFINITION)), "spec", "versions")
    ours = (each for each in versions if each.get("name") == k8s.SCHEDULE.version)
    way = ("schema", "openAPIV3Schema", "properties", "spec")
    return total.mapping(next(ours, None), *way)
