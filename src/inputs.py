"""The only reader of configuration and relations: Juju's state as ``Desired``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import ops
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

import clients
from storages import Storages
from velero.desired import CrdsOnRemove, Desired
from velero.status import Need, Problem

_IMAGE: Final = re.compile(
    r"(?=.{1,512}$)[a-z0-9][A-Za-z0-9._:-]*(/[a-z0-9._-]+)*(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)


def _image(value: str) -> str:
    last = value.rpartition("/")[2]
    if not _IMAGE.fullmatch(value) or not (":" in last or "@" in last):
        raise ValueError(
            f"'{value[:100]}' is no image with a tag or digest; for example velero/velero:v1.18.3"
        )
    return value


Image = Annotated[str, AfterValidator(_image)]


class Config(BaseModel):
    """The options of config.yaml; dashes are underscores."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    velero_image: Image
    velero_aws_plugin_image: Image
    velero_azure_plugin_image: Image
    velero_gcp_plugin_image: Image
    crds_on_remove: CrdsOnRemove
    k8s_backup_targets_schedule: clients.CronOption = ""

    @property
    def plugin_images(self) -> Mapping[str, str]:
        """The plugins' images by option."""
        return {
            "velero-aws-plugin-image": self.velero_aws_plugin_image,
            "velero-azure-plugin-image": self.velero_azure_plugin_image,
            "velero-gcp-plugin-image": self.velero_gcp_plugin_image,
        }


@dataclass(frozen=True, slots=True)
class Inputs:
    """What Juju says.

    Attributes:
        desired: what to work towards; None if the configuration cannot be used.
        crds_on_remove: the option; the safe value if the configuration cannot be used.
        problems: what is wrong with the configuration or the relations.
    """

    desired: Desired | None
    crds_on_remove: CrdsOnRemove = CrdsOnRemove.KEEP
    problems: tuple[Problem, ...] = ()


def read(charm: ops.CharmBase, storages: Storages) -> Inputs:
    """Read all inputs; what is wrong with them becomes problems, not errors."""
    try:
        config = charm.load_config(Config, errors="raise")
    except ValidationError as error:
        return Inputs(None, problems=(_problem_of(error),))
    prefix = f"{charm.model.name}/{charm.app.name}"
    storage, problem = storages.read(config.plugin_images, prefix)
    found = clients.read(charm, config.k8s_backup_targets_schedule)
    desired = Desired(
        namespace=charm.model.name,
        application=charm.app.name,
        image=config.velero_image,
        storage=storage,
        keep_storage=storage is None and bool(storages.relations()),
        schedules=found.schedules,
    )
    problems = (problem, found.problem)
    return Inputs(desired, config.crds_on_remove, tuple(each for each in problems if each))


def targets_schedule(charm: ops.CharmBase) -> str:
    """The option ``k8s-backup-targets-schedule``; empty if the configuration cannot be used."""
    try:
        return charm.load_config(Config, errors="raise").k8s_backup_targets_schedule
    except ValidationError:
        return ""


def without_config(charm: ops.CharmBase) -> Desired:
    """What tells our objects from others', when the configuration cannot be used."""
    return Desired(charm.model.name, charm.app.name, image="")


def _problem_of(error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_input=False)[0]
    option = ".".join(str(part) for part in first["loc"]).replace("_", "-")
    reason = first["msg"].removeprefix("Value error, ")
    return Problem(Need.BLOCKED, f"Invalid option {option}: {reason}")
