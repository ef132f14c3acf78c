"""``list-clients``."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from typing import Final

import ops

from actions.output import age, set_rows, utc
from actions.params import Params
from charms.velero_libs.v0.velero_backup_config import InvalidClient
from inputs import claims, clients
from inputs.reader import targets_schedule, without_config
from velero import total
from velero.backups import choosing, copies_of_juju, identity, origins, schedules, upcoming
from velero.backups.choosing import Last
from velero.desired import Desired
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
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
_NAME: Final = 63
_TEMPLATE: Final = ("spec", "template")
_COMPARED: Final = ("schedule", "useOwnerReferencesInBackup")
_UNSAID: Final = ("metadata",)
"""What of a Schedule's template no client asks for: labels that are the charm's."""


class ListParams(Params):
    """``list-clients`` takes no parameters."""


def list_clients(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero) -> None:
    """List all clients, those that cannot be served first."""
    ListParams.of(event)
    there = velero.cluster.list(k8s.SCHEDULE)
    found = clients.read(charm, targets_schedule(charm), lambda: there)
    live = {k8s.name_of(obj): obj for obj in there}
    here = identity.of(velero.cluster)
    last = choosing.last_by_client(velero.cluster, origins.ranked(here))
    now = dt.datetime.now(dt.UTC)
    ours = without_config(charm)
    rows = [_invalid(each, live, ours) for each in found.invalid]
    for each in found.valid:
        its = last.get(schedules.shortened(clients.identity(each)))
        row = _valid(each, live, its, now) | _had(each, live, ours)
        notes = (*_of_last(its), *_of_scope(each, velero.cluster.namespace))
        rows.append(row | {"reason": _noted(row["reason"], notes)})
    note = f"{len(found.invalid)} of {len(rows)} clients are invalid." if found.invalid else ""
    set_rows(event, "clients", rows, _COLUMNS, note)


def _invalid(each: InvalidClient, live: dict[str, Object], ours: Desired) -> dict[str, str]:
    kept = live.get(schedules.name(claims.claimed(each)))
    if not kept or not schedules.is_ours(kept, ours) or not _is_of(kept, each):
        kept = None
    nothing = dict.fromkeys((*_COLUMNS, "spec"), "-")
    return nothing | {
        "client": clients.label(each),
        "model": each.model or "-",
        "state": "invalid",
        "schedule": total.text(kept, "spec", "schedule") or "-",
        "next-run": utc(upcoming.due(kept)) if kept else "-",
        "reason": each.reason,
        "spec": _template(kept) if kept else "-",
        "relation": str(each.relation_id),
    }


def _is_of(schedule: Object, each: InvalidClient) -> bool:
    """Whether a Schedule is not another's that has the same name."""
    return schedules.may_be_of(schedule, claims.claim(each))


def _valid(
    each: clients.Valid, live: dict[str, Object], its: Last | None, now: dt.datetime
) -> dict[str, str]:
    client = clients.identity(each)
    there = live.get(schedules.name(client))
    newest = its.newest if its else None
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


def _of_last(its: Last | None) -> Iterator[str]:
    """What is to be said of a client's last backups."""
    if its and its.ended and its.ended.empty:
        yield f"its newest finished backup, {its.ended.name}, holds nothing"
    if its and its.newest.synced and not its.newest.cluster:
        yield "its last backup does not say which cluster it is of"


def _of_scope(each: clients.Valid, namespace: str) -> Iterator[str]:
    """Whether Juju's copies of Velero's secrets may be in a client's backups."""
    if copies_of_juju.may_be_in(schedules.template(clients.scope(each.spec)), namespace):
        yield copies_of_juju.noted(namespace)


def _noted(reason: str, notes: Iterable[str]) -> str:
    """A reason, if there is one, and notes behind it."""
    return "; ".join([*([] if reason == "-" else [reason]), *notes]) or "-"


def _had(each: clients.Valid, live: dict[str, Object], ours: Desired) -> dict[str, str]:
    """What Velero has for a client, where that is a Schedule; its spec is the wish where not."""
    there = live.get(schedules.name(clients.identity(each)))
    if not each.spec.schedule or there is None:
        return {}
    if not schedules.is_ours(there, ours):
        why = "a Schedule of its name is not the charm's; delete that one"
        return {"state": "waiting", "next-run": "-", "reason": why}
    want = schedules.schedule(ours, clients.wish(each), there, runs=True)
    differing = ", ".join(_differing(want, there))
    told = f"it has another than it asks for, until the next hook: {differing}"
    has = {"schedule": total.text(there, "spec", "schedule") or "-", "spec": _template(there)}
    return has | ({"state": "differs", "reason": total.plain(told, _REASON)} if differing else {})


def _differing(want: Object, has: Object) -> list[str]:
    """The fields of a Schedule that are not as they should be."""
    pairs = [(total.mapping(obj, *_TEMPLATE), total.mapping(obj, "spec")) for obj in (want, has)]
    (template, spec), (its_template, its_spec) = pairs
    keys = [
        key for key in {**template, **its_template} if template.get(key) != its_template.get(key)
    ]
    keys += [key for key in _COMPARED if spec.get(key) != its_spec.get(key)]
    return [total.plain(key, _NAME) for key in sorted(keys)]


def _spec(schedule: Object) -> Object:
    """A Schedule's template, without what is the charm's own."""
    found = total.mapping(schedule, *_TEMPLATE)
    return {key: value for key, value in found.items() if key not in _UNSAID}


def _template(schedule: Object) -> str:
    return json.dumps(_spec(schedule), sort_keys=True)


def _state(each: clients.Valid, there: Object | None) -> tuple[str, str]:
    """In one word how a client is served, and why if it is not as it wishes."""
    keys = f"unknown keys: {', '.join(each.ignored_keys)}" if each.ignored_keys else "-"
    ignored = total.plain(keys, _REASON)
    if not each.spec.schedule:
        return "on demand", ignored
    if there is None:
        return "waiting", "its schedule is not made yet; see juju status"
    if total.phase(there) == "FailedValidation":
        said = "; ".join(total.texts(there, "status", "validationErrors"))
        return "refused", total.plain(said, _REASON)
    if each.spec.paused:
        return "paused", "by the client"
    if total.at(there, "spec", "paused"):
        return "paused", "until there is a storage location"
    return "scheduled", ignored
