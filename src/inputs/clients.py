"""The only reader of the two client endpoints: what clients say becomes ``Schedule`` values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

import ops

from charms.velero_libs.v0.k8s_backup_target import K8sBackupTargetRequirer, K8sBackupTargetSpec
from charms.velero_libs.v0.velero_backup_config import (
    BackupClient,
    BackupScope,
    InvalidClient,
    VeleroBackupRequirer,
    VeleroBackupSpec,
)
from inputs import claims
from inputs.claims import Valid
from velero import total
from velero.backups import schedules
from velero.desired import Claim, Client, Desired, Schedule, Scope
from velero.errors import Refused
from velero.kubernetes.resources import Object
from velero.problem import Need, Problem

BACKUPS: Final = "velero-backups"
TARGETS: Final = "k8s-backup-targets"
ENDPOINTS: Final = (BACKUPS, TARGETS)

_SHOWN: Final = 160
_LABEL: Final = 100
_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Clients:
    """All clients of both endpoints.

    Attributes:
        valid: those that can be served, by ascending relation.
        invalid: those that cannot, and why.
        unclear: of these, those that may want a schedule, as far as their names can be read; and
            those that are too many.
    """

    valid: tuple[Valid, ...] = ()
    invalid: tuple[InvalidClient, ...] = ()
    unclear: tuple[Claim, ...] = ()

    @property
    def schedules(self) -> tuple[Schedule, ...]:
        """One for each client that has a schedule."""
        return tuple(wish(each) for each in self.valid if each.spec.schedule)

    @property
    def on_demand(self) -> tuple[Client, ...]:
        """Those that have none."""
        return tuple(identity(each) for each in self.valid if not each.spec.schedule)

    @property
    def problem(self) -> Problem | None:
        """A note on the clients that cannot be served; the others are."""
        if not self.invalid:
            return None
        first = self.invalid[0]
        every = len(self.valid) + len(self.invalid)
        counted = f"{len(self.invalid)} of {every} clients {_are(len(self.invalid))} invalid"
        reason = total.plain(first.reason, _SHOWN)
        return Problem(Need.NOTE, f"{counted}: {label(first)}: {reason}")

    def find(self, application: str, endpoint: str, model: str | None) -> Valid:
        """The client that a person names.

        Raises:
            Refused: there is none, it is invalid, or there is one in several models.
        """
        wanted = f"{application}:{endpoint}"

        def matches(app: str, name: str, of: str) -> bool:
            return (app, name) == (application, endpoint) and model in {None, of}

        found = [each for each in self.valid if matches(*each.identity)]
        if len(found) > 1:
            models = ", ".join(sorted(each.model for each in found))
            raise Refused(f"{wanted} is a client in several models; add model= one of {models}")
        if found:
            return found[0]
        for each in self.invalid:
            if matches(each.app, each.endpoint, each.model):
                raise Refused(f"What {wanted} asks for is invalid: {each.reason}")
        raise Refused(
            f"There is no client {wanted}{f' in model {model}' if model else ''}; {self}"
        )

    def __str__(self) -> str:
        """Which there are, for a person who named another."""
        names = [f"{each.app}:{each.endpoint}" for each in self.valid]
        if not names:
            return f"none is integrated on {' or '.join(ENDPOINTS)}"
        more = f" and {len(names) - _NAMED} more; see list-clients" if names[_NAMED:] else ""
        return f"there are {', '.join(names[:_NAMED])}{more}"


def read(
    charm: ops.CharmBase,
    targets_schedule: str = "",
    there: Callable[[], Iterable[Object]] = tuple,
    related: Collection[str] = ENDPOINTS,
) -> Clients:
    """Read both endpoints; what is wrong with a client's data makes it an invalid client.

    Args:
        charm: whose relations are read.
        targets_schedule: when to back up the clients of ``k8s-backup-targets``; empty if only
            on demand.
        there: lists the Schedules, which remember whose they are; asked only where several
            relations claim one client, or may do so.
        related: the endpoints that are read; where it is known, those that have relations.

    Raises:
        ClusterError: they had to be listed and could not be.
    """
    found: list[claims.Read] = []
    if BACKUPS in related:
        found += VeleroBackupRequirer(charm, BACKUPS).claims()
    if TARGETS in related:
        targets = K8sBackupTargetRequirer(charm, TARGETS).claims()
        found += [_scheduled(target, targets_schedule) for target in targets]
    found.sort(key=lambda each: each.relation_id)
    ours = Desired(charm.model.name, charm.app.name, image="")
    memory = schedules.remembered(there(), ours) if claims.is_contested(found) else {}
    kept, over = claims.fitting(claims.settled(found, memory))
    invalid = [each for each in kept if isinstance(each, InvalidClient)]
    is_never = TARGETS in related and not targets_schedule
    never = {each.id for each in charm.model.relations[TARGETS]} if is_never else set[int]()
    return Clients(
        valid=tuple(each for each in kept if isinstance(each, BackupClient)),
        invalid=(*invalid, *_too_many(over)),
        unclear=tuple(
            claims.claim(each) for each in (*invalid, *over) if each.relation_id not in never
        ),
    )


def identity(client: Valid) -> Client:
    """The client as the core knows it."""
    return Client(*client.identity)


def scope(spec: BackupScope) -> Scope:
    """What a spec covers; its fields are validated, and there are no others."""
    return Scope(
        include_namespaces=_frozen(spec.include_namespaces),
        exclude_namespaces=_frozen(spec.exclude_namespaces),
        include_resources=_frozen(spec.include_resources),
        exclude_resources=_frozen(spec.exclude_resources),
        include_cluster_resources=spec.include_cluster_resources,
        label_selector=spec.label_selector,
        ttl=spec.ttl,
    )


def label(client: InvalidClient) -> str:
    """How a person finds an invalid client: what can be read of its name, and its relation."""
    name = f"{client.app}:{client.endpoint}" if client.app and client.endpoint else client.app
    return total.plain(name, _LABEL) or f"relation {client.relation_id}"


def wish(client: Valid) -> Schedule:
    """The schedule that a client asks for, which it does."""
    spec = client.spec
    return Schedule(
        client=identity(client),
        scope=scope(spec),
        cron=spec.schedule or "",
        paused=bool(spec.paused),
        skip_immediately=bool(spec.skip_immediately),
        own_backups=bool(spec.use_owner_references_in_backup),
        relation=client.relation_id,
    )


def _scheduled(
    client: BackupClient[K8sBackupTargetSpec] | InvalidClient, cron: str
) -> Valid | InvalidClient:
    if isinstance(client, InvalidClient):
        return client
    fields = {field: getattr(client.spec, field) for field in BackupScope.model_fields}
    spec = VeleroBackupSpec(**fields, schedule=cron or None)
    return BackupClient(
        client.relation_id, client.app, client.endpoint, client.model, spec, client.ignored_keys
    )


def _too_many(over: list[claims.Read]) -> list[InvalidClient]:
    if not over:
        return []
    reason = (
        f"{len(over)} clients are more than the {claims.MOST} that one operator serves; remove "
        "some, or integrate them with an operator of another model"
    )
    return [InvalidClient(over[0].relation_id, reason)]


def _frozen(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
