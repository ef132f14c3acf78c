"""What clients want backed up, as frozen values without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Client:
    """Who wants backups, by its own account; unique among all clients.

    Attributes:
        application: the application to back up.
        endpoint: that application's endpoint.
        model: that application's model.
    """

    application: str
    endpoint: str
    model: str

    def __str__(self) -> str:
        """As a person names it, and as the actions take it."""
        return f"{self.application}:{self.endpoint}"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is meant by a client of which not everything can be read.

    Attributes:
        relation: Juju's id of the relation that it came over; unique in the model.
        client: the client; parts that cannot be read are empty.
    """

    relation: int
    client: Client


@dataclass(frozen=True, slots=True)
class Scope:
    """What goes into a backup and how long it is kept; the whole of a client's power.

    Attributes:
        include_namespaces: names or globs; None means all. Never empty: to Velero that is all.
        exclude_namespaces: names or globs.
        include_resources: resource types or globs; None means all. Never empty.
        exclude_resources: resource types or globs.
        include_cluster_resources: None lets Velero decide.
        label_selector: labels that an object must have, all of them; None means any.
        ttl: a Go duration; None means the server's default.
    """

    include_namespaces: tuple[str, ...] | None = None
    exclude_namespaces: tuple[str, ...] | None = None
    include_resources: tuple[str, ...] | None = None
    exclude_resources: tuple[str, ...] | None = None
    include_cluster_resources: bool | None = None
    label_selector: Mapping[str, str] | None = None
    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A client's backups at set times.

    Attributes:
        client: whose they are.
        scope: what they hold.
        cron: when; five fields, a descriptor or ``@every``, in Velero's grammar.
        paused: whether it waits.
        skip_immediately: whether a run that is due when it is made is left out.
        own_backups: whether its backups go with it.
        relation: Juju's id of the relation that it came over; None if it came over none.
    """

    client: Client
    scope: Scope
    cron: str
    paused: bool = False
    skip_immediately: bool = False
    own_backups: bool = False
    relation: int | None = None
