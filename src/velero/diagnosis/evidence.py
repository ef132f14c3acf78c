"""What a diagnosis is made of: values without I/O, in which no secret is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from velero.kubernetes.resources import Object
from velero.observed import Observed
from velero.plan import Step
from velero.problem import Problem

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Juju:
    """What the charm says of itself.

    Attributes:
        model: the model's name, which is the namespace's.
        application: its name.
        unit: the unit that looks.
        leads: whether that unit is the leader.
        configured: whether the configuration can be used.
        charm: the charm's name and revision, or ``unknown``.
        problems: what is wrong with options, relations and clients.
        options: the values of those that cures depend on (``cures.OPTIONS``), as Juju has them.
    """

    model: str
    application: str
    unit: str
    leads: bool
    configured: bool = True
    charm: str = UNKNOWN
    problems: tuple[Problem, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Versions:
    """Velero's versions; ``unknown`` where one could not be asked.

    Attributes:
        cli: of the charm's CLI.
        image: of the image that the Deployment names: its tag.
        server: what the running server says.
        definitions: of the CLI that the definitions came from.
        plugins: tags of the plugins' images, by the images' names.
        loaded: the object stores' plugins that the server has loaded, or none if it was not
            asked.
    """

    cli: str = UNKNOWN
    image: str = UNKNOWN
    server: str = UNKNOWN
    definitions: str = UNKNOWN
    plugins: Mapping[str, str] = field(default_factory=dict[str, str])
    loaded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A backup or restore that did not do all that it should.

    Attributes:
        object: the Backup or Restore.
        errors: why, in Velero's words; those of single objects by sorts.
        said: the same, each sort of its own and hardly shortened, to be explained.
        before: how many of the same sort before it failed in a row.
        since: the name of a later one of the same sort that is Completed; empty if none is.
    """

    object: Object
    errors: str = ""
    said: tuple[str, ...] = ()
    before: int = 0
    since: str = ""


@dataclass(frozen=True, slots=True)
class Log:
    """The end of a container's log.

    Attributes:
        pod: the pod's name.
        container: the container's.
        text: lines.
        previous: whether it is of the run before this one.
    """

    pod: str
    container: str
    text: str
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that could not be looked at."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was found.

    Attributes:
        juju: what the charm says.
        now: when.
        api: whether the Kubernetes API answered at all.
        observed: the installation; None if it could not be looked at.
        steps: what of it the next hook is to make, change or delete.
        problems: what the charm finds wrong with the installation.
        versions: of everything.
        pods: the server's and the node agent's.
        events: Kubernetes' warnings about these pods and what makes them.
        locations: all storage locations of the namespace.
        schedules: all schedules of the namespace.
        running: backups and restores that have not ended.
        failed: the last ones that failed, newest first.
        repositories: those of file-system backups that are not ready.
        logs: of the pods.
        missed: what could not be looked at.
    """

    juju: Juju
    now: dt.datetime
    api: bool = True
    observed: Observed | None = None
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    versions: Versions = field(default_factory=Versions)
    pods: tuple[Object, ...] = ()
    events: tuple[Object, ...] = ()
    locations: tuple[Object, ...] = ()
    schedules: tuple[Object, ...] = ()
    running: tuple[Object, ...] = ()
    failed: tuple[Failure, ...] = ()
    repositories: tuple[Object, ...] = ()
    logs: tuple[Log, ...] = ()
    missed: tuple[Missed, ...] = ()
