"""The only reader of the storage relations and their secrets."""

from __future__ import annotations

import dataclasses
import itertools
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

import ops
from object_storage import AzureStorageRequirer, GCSRequirer, S3Requirer
from object_storage.constants import REQ_SECRET_FIELDS, SCHEMA_VERSION, SCHEMA_VERSION_FIELD
from object_storage.event_handlers import StorageRequirerEventHandlers

from inputs import databags
from inputs.related import Related
from inputs.service_principal import ServicePrincipal
from velero.desired import Storage
from velero.errors import InvalidInput
from velero.problem import Need, Problem
from velero.storage.providers import copies
from velero.storage.providers.azure import PRINCIPAL, PRINCIPAL_ENDPOINT, Azure
from velero.storage.providers.known import PROVIDERS

Reading = tuple[Storage | None, Problem | None]
_WIRE_VERSION_0: Final = {"bucket", "container"}
"""Fields for a provider of that version, which answers in clear; no more is asked of it."""


logging.getLogger("object_storage").setLevel(logging.WARNING)  # each line is a process


class _Deaf(StorageRequirerEventHandlers):
    """The libraries' writing side, without their reading side.

    What an integrator wrote, they decode as JSON, and its version as a number, in their own
    handlers: a hook fails there over what is neither, over an ungranted secret, and over a list
    that is nested too deeply. They read in order to tell the charm, which reads for itself
    (``databags``), and to keep a copy in the unit's own databag, credentials in clear among it.

    Nor do they do with more than one leader: they ask for secrets in relation-created only, and
    write their version in relation-joined only. A provider that sees the version alone answers in
    clear.
    """

    asks_version_0 = ""
    """What a provider of wire version 0 waits for, which then sends its own: bucket, container."""

    def ask(self, relation: ops.Relation) -> None:
        """Write what no leader before came to write; for the leader."""
        if databags.SECRET in databags.bag(relation):
            return  # it was asked for, and is answered
        said = relation.data[self.local_app]
        wanted = {
            REQ_SECRET_FIELDS: json.dumps(self.contract.secret_fields),
            SCHEMA_VERSION_FIELD: str(SCHEMA_VERSION),
        }
        missing = {key: text for key, text in wanted.items() if key not in said}
        if missing and not said.keys() & _WIRE_VERSION_0:
            said.update(missing)

    def _on_relation_joined_event(self, event: ops.RelationJoinedEvent) -> None:
        if self.charm.unit.is_leader():
            self.ask(event.relation)
        super()._on_relation_joined_event(event)

    def _on_relation_changed_event(self, event: ops.RelationChangedEvent) -> None:
        relation, field = event.relation, self.asks_version_0
        if not field or not self.charm.unit.is_leader():
            return
        said = relation.data[self.local_app]
        if _is_version_0(databags.bag(relation)) and field not in said:
            said[field] = f"relation-{relation.id}"

    def _on_secret_changed_event(self, event: ops.SecretChangedEvent) -> None:
        """Nothing: the charm looks at all of its inputs then."""


def _is_version_0(bag: Mapping[str, str]) -> bool:
    """Whether a provider speaks wire version 0: others write their version first of all."""
    if SCHEMA_VERSION_FIELD not in bag:
        return bool(bag)
    try:
        return float(bag[SCHEMA_VERSION_FIELD]) < SCHEMA_VERSION
    except ValueError:
        return False  # whatever it is, it is none of the old ones


class _S3(_Deaf, S3Requirer):
    asks_version_0 = "bucket"


class _Azure(_Deaf, AzureStorageRequirer):
    asks_version_0 = "container"


class _GCS(_Deaf, GCSRequirer): ...


class Storages:
    """The storage relations and the libraries that speak on them."""

    def __init__(self, charm: ops.CharmBase) -> None:
        self._model, self._framework = charm.model, charm.framework
        self._requirers: Mapping[str, Any] = {
            "s3-credentials": _S3(charm, "s3-credentials"),
            "azure-storage": _Azure(charm, "azure-storage"),
            "gcs-credentials": _GCS(charm, "gcs-credentials"),
        }
        self._related = Related(charm, "storages", self.endpoints())
        self._principal = ServicePrincipal(charm, self._related)

    @staticmethod
    def endpoints() -> tuple[str, ...]:
        """All endpoints whose data decide about the storage."""
        return (*PROVIDERS, PRINCIPAL_ENDPOINT)

    def relations(self) -> list[ops.Relation]:
        """The storage relations that stay, over all endpoints; a service principal is none."""
        return [*itertools.chain.from_iterable(map(self._related.of, self._requirers))]

    def read(
        self, plugin_images: Mapping[str, str], default_prefix: str, *, node_agent: bool = False
    ) -> Reading:
        """The one storage that backups go to, or why there is none; the leader asks for its data.

        Args:
            plugin_images: the plugins' images by option.
            default_prefix: the folder in the bucket if the integrator names none.
            node_agent: whether the store is to hold the content of volumes too.
        """
        relations = self.relations()
        self._ask(relations)
        if not relations:
            return None, self._missing()
        if len(relations) > 1:
            return None, _several(relations)
        provider = PROVIDERS[relations[0].name]
        fields, problem = self._answers(relations[0])
        if problem:
            return None, problem
        try:
            image = plugin_images[provider.plugin_option]
            storage = provider.storage(fields, image, default_prefix)
            if node_agent:
                copies.check(storage)
        except InvalidInput as error:
            return None, _invalid(str(error))
        own = bool(fields.get("path", "").strip("/"))
        return dataclasses.replace(storage, own_prefix=own), None

    def _ask(self, relations: list[ops.Relation]) -> None:
        if not self._model.unit.is_leader():
            return
        for relation in relations:
            self._requirers[relation.name].ask(relation)
            if relation.name == Azure.endpoint:
                self._principal.ask()

    def _answers(self, relation: ops.Relation) -> tuple[Mapping[str, str], Problem | None]:
        """The fields of a storage relation and of what belongs to it, once all are there."""
        wanted = [(relation, PROVIDERS[relation.name].credentials)]
        if relation.name == Azure.endpoint and self._principal.relation:
            wanted.append((self._principal.relation, PRINCIPAL))
        fields: dict[str, str] = {}
        for asked, needed in wanted:
            said = databags.said(self._framework, asked, needed)
            if said.wrong:
                return {}, _invalid(f"{asked.name}: {said.wrong}")
            if said.lacking:
                return {}, _waiting(asked, said.lacking)
            if missing := [key for key in needed if not said.fields.get(key)]:
                return {}, _waiting(asked, f"send {', '.join(missing)}")
            fields |= said.fields if asked is relation else {k: said.fields[k] for k in needed}
        return fields, None

    def _missing(self) -> Problem:
        if principal := self._principal.relation:
            reason = f"integrate {Azure.endpoint} too; {principal.app.name} is only a login"
        else:
            *others, last = PROVIDERS
            reason = f"integrate {', '.join(others)} or {last}"
        return Problem(Need.BLOCKED, f"Missing storage: {reason}")


def _invalid(what: str) -> Problem:
    return Problem(Need.BLOCKED, f"Invalid storage data: {what}")


def _waiting(relation: ops.Relation, what: str) -> Problem:
    return Problem(Need.WAITING, f"Waiting for {relation.app.name} to {what}")


def _several(relations: list[ops.Relation]) -> Problem:
    apps = ", ".join(sorted(f"{r.app.name} ({r.name})" for r in relations))
    return Problem(Need.BLOCKED, f"More than one storage: {apps}; remove all but one")
