"""``restore``."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Final, Literal, Self

import ops
from pydantic import Field, ValidationError, model_validator

from actions import following
from actions.params import (
    ClusterName,
    LabelSelector,
    Mapping,
    Name,
    Namespaces,
    ObjectName,
    OrSelector,
    Params,
    Resources,
    Target,
    Wait,
)
from charms.velero_libs.v0.velero_backup_config import BackupScope, explain
from velero import total
from velero.backups import catalogue, choosing, identity, making, origins, restores
from velero.backups.choosing import Choice
from velero.backups.clusters import Whose
from velero.backups.restores import Wish
from velero.desired import Client
from velero.errors import Refused
from velero.kubernetes import resources as k8s
from velero.kubernetes.resources import Object
from velero.velero import Velero

_GOOD: Final = frozenset({"Completed"})
_LISTS: Final = (
    "include_namespaces",
    "exclude_namespaces",
    "include_resources",
    "exclude_resources",
)
Flag = Annotated[bool, Field(strict=True)]


class RestoreParams(Params):
    """Parameters of ``restore``."""

    backup: ObjectName | None = None
    target: Target | None = None
    model: Name | None = None
    of_cluster: Annotated[ClusterName | None, Field(alias="from")] = None
    existing_resource_policy: Literal["none", "update"] = "none"
    include_namespaces: Namespaces | None = None
    exclude_namespaces: Namespaces | None = None
    include_resources: Resources | None = None
    exclude_resources: Resources | None = None
    selector: LabelSelector | None = None
    or_selector: OrSelector | None = None
    namespace_mapping: Mapping | None = None
    restore_volumes: Flag | None = None
    allow_partial: Flag = False
    wait: Wait = 300.0

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.backup is None) == (self.target is None):
            raise ValueError("name either backup= or target=, as in target=shop:backup")
        if self.model is not None and self.target is None:
            raise ValueError("model= goes with target=; a backup's name needs none")
        if self.of_cluster is not None and self.target is None:
            raise ValueError("from= goes with target=; a backup's name needs none")
        if self.selector is not None and self.or_selector is not None:
            raise ValueError("selector and or-selector exclude each other; use one")
        # Velero's rules on what is included and excluded are those of a backup
        lists = {key: getattr(self, key) for key in _LISTS}
        try:
            BackupScope.model_validate({k: v and list(v) for k, v in lists.items()}).check()
        except ValidationError as error:
            raise ValueError(explain(error).replace("clude_", "clude-")) from None
        return self

    def wish(self) -> Wish:
        """What of the backup is to come back."""
        one = (self.selector,) if self.selector is not None else ()
        return Wish(
            **{key: getattr(self, key) for key in _LISTS},
            selectors=self.or_selector or one,
            namespace_mapping=self.namespace_mapping or {},
            existing_resource_policy=self.existing_resource_policy,
            restore_volumes=self.restore_volumes,
        )


def restore(event: ops.ActionEvent, charm: ops.CharmBase, velero: Velero) -> None:
    """Bring back what a backup holds, or a part of it."""
    params = RestoreParams.of(event)
    here = identity.of(velero.cluster)
    backup = _chosen(event, velero, params, here)
    name = k8s.name_of(backup)
    _require_good(backup, partial=params.allow_partial)
    making.require_location(velero.cluster, total.text(backup, "spec", "storageLocation"))
    held = catalogue.held(backup)
    counted = "an unknown number of" if held is None else str(held)
    started = total.text(backup, "status", "startTimestamp") or "an unknown time"
    event.log(f"Backup {name} of {started} holds {counted} objects")
    _say_whose(event, backup, here, chosen=params.target is None)
    wish = params.wish()
    made = making.create(
        velero.cluster, name, lambda called: restores.restore(backup, wish, called)
    )
    event.log(f"Restore {k8s.name_of(made)} is requested")
    following.follow(event, charm, velero, made, params.wait)


def _say_whose(event: ops.ActionEvent, backup: Object, here: str, *, chosen: bool) -> None:
    """Say where a backup is from if that may surprise; who chose it by its name has seen it."""
    entry = catalogue.entry(backup)
    whose = origins.whose(entry, here)
    if whose is Whose.OTHER:
        event.log(f"Backup {entry.name} is of {origins.told(entry, here)}, not of this one")
    elif whose is Whose.UNKNOWN and not chosen:
        event.log(
            f"Backup {entry.name} does not say which cluster it is of, and none that will do is "
            "known to be of this one"
        )


def _newest(velero: Velero, target: tuple[str, str], params: RestoreParams, here: str) -> Choice:
    """The newest of the cluster that is named, or of this one, or of an unknown one."""
    cluster, wanted = velero.cluster, Client(*target, params.model or "")
    good, has_model = (
        catalogue.HOLDING if params.allow_partial else _GOOD,
        params.model is not None,
    )
    of = origins.named(cluster, params.of_cluster) if params.of_cluster else ""
    with suppress(Refused):
        ours = origins.counting(here, of)
        return choosing.newest_of(cluster, wanted, good, ours, model=has_model)
    try:
        wide = origins.counting(here, of, unknown=True)
        return choosing.newest_of(cluster, wanted, good, wide, model=has_model)
    except Refused as error:
        others = "" if of else origins.elsewhere(cluster, wanted, here)
        raise Refused(f"{error}{others}") from None


def _chosen(event: ops.ActionEvent, velero: Velero, params: RestoreParams, here: str) -> Object:
    if params.target is None:
        return catalogue.find(velero.cluster, params.backup or "")
    found = _newest(velero, params.target, params, here)
    if found.passed.entries:
        event.log(f"Newer backups are passed over: {choosing.passed_over(found.passed)}")
    return catalogue.find(velero.cluster, found.taken.name)


def _require_good(backup: Object, *, partial: bool) -> None:
    phase = total.phase(backup) or "New"
    name = k8s.name_of(backup)
    if phase in catalogue.HOLDING - _GOOD and not partial:
        errors = total.number(backup, "status", "errors") or "some"
        raise Refused(
            f"Backup {name} is PartiallyFailed, it lacks what {errors} errors kept out; choose "
            "another or add allow-partial=true"
        )
    if phase not in catalogue.HOLDING:
        raise Refused(f"Backup {name} is {phase}, not Completed; see list-backups for another")
    if catalogue.entry(backup).empty:
        raise Refused(f"Backup {name} is {phase} and holds nothing; see list-backups for another")
