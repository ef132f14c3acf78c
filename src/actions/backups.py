"""``create-backup``, ``list-backups`` and ``delete-backup``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Final

import ops
from pydantic import AfterValidator, Field

from actions import following
from actions.output import age, set_rows
from actions.params import Name, ObjectName, Params, Target, Text, Wait
from inputs import clients
from inputs.reader import without_config
from velero import total
from velero.backups import (
    catalogue,
    clusters,
    copies_of_juju,
    deletion,
    identity,
    making,
    origins,
    schedules,
)
from velero.backups.catalogue import PHASES, Entry
from velero.desired import valid_label
from velero.errors import Refused
from velero.installation import defined
from velero.kubernetes import resources as k8s
from velero.velero import Velero

_COLUMNS: Final = (
    "name",
    "client",
    "model",
    "phase",
    "started",
    "age",
    "expires",
    "items",
    "errors",
    "warnings",
    "origin",
    "uid",
)
LIMIT_MAX: Final = 500


def _phase(text: str) -> str:
    found = {phase.lower(): phase for phase in PHASES}.get(text.lower())
    if not found:
        raise ValueError(f"{text[:40]!r} is no phase of a backup; those are {', '.join(PHASES)}")
    return found


class CreateParams(Params):
    """Parameters of ``create-backup``."""

    target: Target
    model: Name | None = None
    wait: Wait = 300.0


class ListParams(Params):
    """Parameters of ``list-backups``."""

    app: Name | None = None
    endpoint: Name | None = None
    model: Name | None = None
    status: Annotated[Text, AfterValidator(_phase)] | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=LIMIT_MAX)] = 20


class DeleteParams(Params):
    """Parameters of ``delete-backup``."""

    backup: ObjectName
    confirm: Annotated[bool, Field(strict=True)] = False
    wait: Wait = 300.0


def create_backup(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero) -> None:
    """Back up what a client asks for, now."""
    params = CreateParams.of(event)
    known = clients.read(charm, there=lambda: velero.cluster.list(k8s.SCHEDULE))
    found = known.find(*params.target, params.model)
    client, scope = clients.identity(found), clients.scope(found.spec)
    making.require_location(velero.cluster)
    namespace = velero.cluster.namespace
    marks = clusters.marks(without_config(charm).instance, identity.of(velero.cluster))
    made = making.create(
        velero.cluster,
        schedules.name(client),
        lambda name: making.backup(namespace, client, scope, name, marks),
    )
    event.log(f"Backup {k8s.name_of(made)} of {client} in model {client.model} is requested")
    if copies_of_juju.may_be_in(schedules.template(scope), namespace):
        event.log(copies_of_juju.told(namespace))
    following.warn_of_new_kinds(event, velero)
    following.follow(event, charm, velero, made, params.wait)


def list_backups(event: ops.ActionEvent, _: ops.CharmBase, velero: Velero) -> None:
    """List Backups, newest first."""
    params = ListParams.of(event)
    found = catalogue.newest(velero.cluster, params.limit, _filter(params))
    if not found.total:
        defined.require(velero.cluster, k8s.BACKUP)
    now, here = dt.datetime.now(dt.UTC), identity.of(velero.cluster)
    older = found.matched - len(found.entries)
    note = f"{found.matched} of {found.total} backups match."
    if older:
        note += f" The newest {len(found.entries)} are shown; limit= shows more."
    set_rows(event, "backups", [_row(each, now, here) for each in found.entries], _COLUMNS, note)


def delete_backup(event: ops.ActionEvent, _: ops.CharmBase, velero: Velero) -> None:
    """Delete one backup for good."""
    params = DeleteParams.of(event)
    found = catalogue.find(velero.cluster, params.backup)
    name = k8s.name_of(found)
    if not params.confirm:
        raise Refused(
            f"Backup {name} and its files in the bucket would be gone for good, with its restores'"
            " records; add confirm=true if that is what you want"
        )
    making.require_location(velero.cluster, total.text(found, "spec", "storageLocation"))
    outcome = deletion.delete(velero.cluster, found, params.wait, event.log)
    event.set_results({"name": name, "deleted": str(outcome.gone).lower()})
    if outcome.errors:
        event.fail(f"Backup {name} is not deleted: {'; '.join(outcome.errors)[:1000]}")
    elif not outcome.gone:
        event.log(f"Velero still deletes backup {name}; see list-backups status=Deleting")


def _filter(params: ListParams) -> Callable[[Entry], bool]:
    wanted = [
        None if value is None else valid_label(value)
        for value in (params.app, params.endpoint, params.model)
    ]

    def accept(each: Entry) -> bool:
        client = each.client
        named = (client.application, client.endpoint, client.model) if client else ("", "", "")
        same = all(want in {None, has} for want, has in zip(wanted, named, strict=True))
        return same and params.status in {None, each.phase}

    return accept


def _row(each: Entry, now: dt.datetime, here: str) -> dict[str, str]:
    how = (str(each.origin), "synced" if each.synced else "")
    return {
        "name": each.name,
        "uid": each.uid,
        "client": str(each.client or "-"),
        "model": each.client.model if each.client else "-",
        "phase": each.phase,
        "started": each.started or "-",
        "age": age(each.started, now),
        "expires": each.expires or "-",
        "items": "-" if each.items is None else str(each.items),
        "errors": str(each.errors),
        "warnings": str(each.warnings),
        "origin": ", ".join(filter(None, (*how, origins.told(each, here)))),
        "from": str(origins.whose(each, here)),
        "cluster": each.cluster or "-",
    }
