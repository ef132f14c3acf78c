"""The only reader of Juju's state: options, relations and secrets as ``Desired``."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ops
from pydantic import ValidationError

from inputs.related import CLIENTS
from inputs.storages import Storages
from options.settings import Options
from velero import status
from velero.desired import CrdsOnRemove, Desired, Storage
from velero.errors import ClusterError, InvalidInput
from velero.kubernetes.resources import Object
from velero.problem import Need, Problem
from velero.storage.providers.known import PROVIDERS

if TYPE_CHECKING:
    from inputs.clients import Clients

PASSWORD_LABEL: Final = "repository-password"  # noqa: S105 - a label
PASSWORD_KEY: Final = "password"  # noqa: S105 - a key


@dataclass(frozen=True, slots=True)
class Inputs:
    """What Juju says.

    Attributes:
        desired: what to work towards; None if the configuration cannot be used.
        problems: what is wrong with the configuration or the relations.
    """

    desired: Desired | None
    problems: tuple[Problem, ...] = ()


def read(
    charm: ops.CharmBase,
    storages: Storages,
    there: Callable[[], Iterable[Object]] = tuple,
    related: Collection[str] = CLIENTS,
) -> Inputs:
    """Read all inputs; what is wrong with them becomes problems, not errors.

    Args:
        charm: whose options, relations and secrets are read.
        storages: the storage endpoints.
        there: lists the Schedules, for ``clients.read``.
        related: the endpoints of clients that have relations, as far as is known.
    """
    found: Clients | None = None
    try:
        options = Options.load(charm)
        storage, problem = _storage(charm, storages, options)
        if related:
            from inputs import clients  # noqa: PLC0415 - their models take longer than all else here

            schedule = options.clients.k8s_backup_targets_schedule
            found = clients.read(charm, schedule, there, related)
    except ValidationError as error:
        return Inputs(None, problems=(_problem_of(error),))
    except InvalidInput as error:
        return Inputs(None, problems=(Problem(Need.BLOCKED, f"Invalid {error}"),))
    except ClusterError as error:
        return Inputs(None, problems=(status.of_error(error, charm.app.name),))
    desired = Desired(
        namespace=charm.model.name,
        application=charm.app.name,
        image=options.images.velero_image,
        storage=storage,
        keep_storage=storage is None and bool(storages.relations()),
        schedules=found.schedules if found else (),
        on_demand=found.on_demand if found else (),
        unclear=found.unclear if found else (),
        settings=options.settings(),
        repository_password=_repository_password(charm),
    )
    problems = (problem, found and found.problem)
    return Inputs(desired, tuple(each for each in problems if each))


def targets_schedule(charm: ops.CharmBase) -> str:
    """The option ``k8s-backup-targets-schedule``; empty if the configuration cannot be used."""
    try:
        return Options.load(charm).clients.k8s_backup_targets_schedule
    except (ValidationError, InvalidInput):
        return ""


def crds_on_remove(charm: ops.CharmBase) -> CrdsOnRemove:
    """The option; the safe value if the configuration cannot be used."""
    try:
        return Options.load(charm).removal.crds_on_remove
    except (ValidationError, InvalidInput):
        return CrdsOnRemove.KEEP


def without_config(charm: ops.CharmBase) -> Desired:
    """What tells our objects from others': relations may be half gone when it is asked for."""
    return Desired(charm.model.name, charm.app.name, image="")


def keep_repository_password(charm: ops.CharmBase, password: str) -> None:
    """Keep the password in Juju, for a cluster that loses it. For the leader."""
    charm.app.add_secret(
        {PASSWORD_KEY: password},
        label=PASSWORD_LABEL,
        description="Password of Velero's file-system repositories; without it they are lost",
    )


def _repository_password(charm: ops.CharmBase) -> str:
    if not charm.unit.is_leader():
        return ""
    try:
        content = charm.model.get_secret(label=PASSWORD_LABEL).get_content()
    except ops.SecretNotFoundError:
        return ""
    return content[PASSWORD_KEY]


def _storage(
    charm: ops.CharmBase, storages: Storages, options: Options
) -> tuple[Storage | None, Problem | None]:
    images = options.plugin_images
    prefix, node_agent = f"{charm.model.name}/{charm.app.name}", options.node_agent.use_node_agent
    storage, problem = storages.read(images, prefix, node_agent=node_agent)
    if storage:
        options.check_plugin(PROVIDERS[storage.endpoint].plugin_option, storage.plugin_image)
    return storage, problem


def _problem_of(error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_input=False)[0]
    option = str(first["loc"][0]).replace("_", "-") if first["loc"] else "set"
    reason = first["msg"].removeprefix("Value error, ")
    return Problem(Need.BLOCKED, f"Invalid option {option}: {reason}")
