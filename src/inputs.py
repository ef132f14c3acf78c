"""The only reader of configuration, relations and their secrets: Juju's state as ``Desired``."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

import ops
from object_storage import S3Requirer
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from velero.desired import CrdsOnRemove, Desired, Storage
from velero.errors import InvalidInput
from velero.providers import PROVIDERS
from velero.status import Need, Problem

logger = logging.getLogger(__name__)

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
    crds_on_remove: CrdsOnRemove

    def plugin_image(self, option: str) -> str:
        """The value of one of the plugins' options."""
        return cast("str", getattr(self, option.replace("-", "_")))


@dataclass(frozen=True, slots=True)
class Inputs:
    """What Juju says.

    Attributes:
        desired: what to work towards; None if the configuration cannot be used.
        crds_on_remove: the option.
        problems: what is wrong with the configuration or the relations.
    """

    desired: Desired | None
    crds_on_remove: CrdsOnRemove = CrdsOnRemove.AUTO
    problems: tuple[Problem, ...] = ()


class _S3(S3Requirer):
    """The library's requirer, whose handler must not fail a hook over an ungranted secret."""

    def _on_relation_changed_event(self, event: ops.RelationChangedEvent) -> None:
        try:
            super()._on_relation_changed_event(event)
        except ops.SecretNotFoundError:
            logger.warning("The secret of %s is not granted yet", event.relation.name)


class Storages:
    """The storage relations and the libraries that speak on them."""

    def __init__(self, charm: ops.CharmBase) -> None:
        self._model = charm.model
        self._requirers: Mapping[str, Any] = {"s3-credentials": _S3(charm, "s3-credentials")}

    def relations(self) -> list[ops.Relation]:
        """The storage relations that stay, over all endpoints."""
        found = (self._model.relations[endpoint] for endpoint in self._requirers)
        return [relation for relations in found for relation in relations if relation.active]

    def fields(self, relation: ops.Relation) -> Mapping[str, str]:
        """What the integrator sent: plain fields and the content of its secret, undecoded.

        The library's typed reader decodes each value as JSON, which turns a bucket of digits
        into a number.

        Raises:
            SecretNotFoundError: the secret is not granted (yet).
        """
        return self._requirers[relation.name].fetch_relation_data([relation.id])[relation.id]


def read(charm: ops.CharmBase, storages: Storages) -> Inputs:
    """Read all inputs; what is wrong with them becomes problems, not errors."""
    try:
        config = charm.load_config(Config, errors="raise")
    except ValidationError as error:
        return Inputs(None, problems=(_problem_of(error),))
    storage, problem = _storage(charm, storages, config)
    desired = Desired(
        namespace=charm.model.name,
        application=charm.app.name,
        image=config.velero_image,
        storage=storage,
        keep_storage=storage is None and bool(storages.relations()),
    )
    return Inputs(desired, config.crds_on_remove, (problem,) if problem else ())


def without_config(charm: ops.CharmBase) -> Desired:
    """What tells our objects from others', when the configuration cannot be used."""
    return Desired(charm.model.name, charm.app.name, image="")


def _storage(
    charm: ops.CharmBase, storages: Storages, config: Config
) -> tuple[Storage | None, Problem | None]:
    relations = storages.relations()
    if not relations:
        wanted = " or ".join(PROVIDERS)
        return None, Problem(Need.BLOCKED, f"Missing storage: integrate {wanted}")
    if len(relations) > 1:
        return None, _several(relations)
    relation = relations[0]
    provider = PROVIDERS[relation.name]
    integrator = relation.app.name
    try:
        fields = storages.fields(relation)
    except ops.SecretNotFoundError:
        return None, Problem(Need.WAITING, f"Waiting for {integrator} to grant its secret")
    missing = [key for key in provider.credentials if not fields.get(key)]
    if missing:
        return None, Problem(
            Need.WAITING, f"Waiting for {integrator} to send {', '.join(missing)}"
        )
    try:
        image = config.plugin_image(provider.plugin_option)
        return provider.storage(fields, image, f"{charm.model.name}/{charm.app.name}"), None
    except InvalidInput as error:
        return None, Problem(Need.BLOCKED, f"Invalid storage data: {error}")


def _several(relations: list[ops.Relation]) -> Problem:
    apps = ", ".join(sorted(f"{r.app.name} ({r.name})" for r in relations))
    return Problem(Need.BLOCKED, f"More than one storage: {apps}; remove all but one")


def _problem_of(error: ValidationError) -> Problem:
    first = error.errors(include_url=False, include_input=False)[0]
    option = ".".join(str(part) for part in first["loc"]).replace("_", "-")
    reason = first["msg"].removeprefix("Value error, ")
    return Problem(Need.BLOCKED, f"Invalid option {option}: {reason}")
