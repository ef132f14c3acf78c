"""``list-clients``."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

import ops

import clients
from actions.output import age, set_rows, utc
from actions.params import Params
from charms.velero_libs.v0.velero_backup_config import InvalidClient
from inputs import targets_schedule
from velero import catalogue, schedules, upcoming
from velero import resources as k8s
from velero.catalogue import Entry
from velero.resources import Object
from velero.velero import Velero

_COLUMNS: Final = (
    "client",
    "model",
    "state",
    "schedule",
    "next-run",
    "last-backup",
    "last-phase",
    "age",
    "reason",
)
_REASON: Final = 200


class ListParams(Params):
    """``list-clients`` takes no parameters."""


def list_clients(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero) -> None:
    """List all clients, those that cannot be served first."""
    ListParams.of(event)
    found = clients.read(charm, targets_schedule(charm))
    live = {k8s.name_of(obj): obj for obj in velero.cluster.list(k8s.SCHEDULE)}
    last = catalogue.last_by_client(velero.cluster)
    now = dt.datetime.now(dt.UTC)
    rows = [_invalid(each, live) for each in found.invalid]
    rows += [_valid(each, live, last, now) for each in found.valid]
    note = f"{len(found.invalid)} of {len(rows)} clients are invalid." if found.invalid else ""
    set_rows(event, "clients", rows, _COLUMNS, note)


def _invalid(each: InvalidClient, live: dict[str, Object]) -> dict[str, str]:
    kept = live.get(schedules.name(clients.named(each)))
    nothing = dict.fromkeys((*_COLUMNS, "spec"), "-")
    return nothing | {
        "client": clients.label(each),
        "model": each.model or "-",
        "state": "invalid",
        "schedule": kept["spec"]["schedule"] if kept else "-",
        "next-run": utc(upcoming.due(kept)) if kept else "-",
        "reason": each.reason,
        "relation": str(each.relation_id),
    }


def _valid(
    each: clients.Valid, live: dict[str, Object], last: dict[Any, Entry], now: dt.datetime
) -> dict[str, str]:
    client = clients.identity(each)
    there = live.get(schedules.name(client))
    newest = last.get(schedules.shortened(client))
    state, reason = _state(each, there)
    return {
        "client": str(client),
        "model": client.model,
        "state": state,
        "schedule": each.spec.schedule or "-",
        "next-run": utc(upcoming.due(there)) if there and each.spec.schedule else "-",
        "last-backup": newest.name if newest else "-",
        "last-phase": newest.phase if newest else "-",
        "age": age(newest.started if newest else None, now),
        "reason": reason,
        "spec": json.dumps(schedules.template(clients.scope(each.spec)), sort_keys=True),
        "relation": str(each.relation_id),
    }


def _state(each: clients.Valid, there: Object | None) -> tuple[str, str]:
    """In one word how a client is served, and why if it is not as it wishes."""
    ignored = (
        f"unknown keys: {', '.join(each.ignored_keys)}"[:_REASON] if each.ignored_keys else ""
    )
    if not each.spec.schedule:
        return "on demand", ignored or "-"
    if there is None:
        return "waiting", "its schedule is not made yet; see juju status"
    status = there.get("status", {})
    if status.get("phase") == "FailedValidation":
        return "refused", "; ".join(status.get("validationErrors", ()))[:_REASON]
    if each.spec.paused:
        return "paused", "by the client"
    if there["spec"].get("paused"):
        return "paused", "until there is a storage location"
    return "scheduled", ignored or "-"
