"""The only reader of the storage relations and their secrets."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import ops
from object_storage import S3Requirer

from velero.desired import Storage
from velero.errors import InvalidInput
from velero.providers import PROVIDERS
from velero.status import Need, Problem

logger = logging.getLogger(__name__)


Reading = tuple[Storage | None, Problem | None]


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

    def read(self, plugin_images: Mapping[str, str], default_prefix: str) -> Reading:
        """The one storage that backups go to, or why there is none.

        Args:
            plugin_images: the plugins' images by option.
            default_prefix: the folder in the bucket if the integrator names none.
        """
        relations = self.relations()
        if not relations:
            wanted = " or ".join(PROVIDERS)
            return None, Problem(Need.BLOCKED, f"Missing storage: integrate {wanted}")
        if len(relations) > 1:
            return None, _several(relations)
        provider, integrator = PROVIDERS[relations[0].name], relations[0].app.name
        try:
            fields = self.fields(relations[0])
        except ops.SecretNotFoundError:
            return None, Problem(Need.WAITING, f"Waiting for {integrator} to grant its secret")
        if missing := [key for key in provider.credentials if not fields.get(key)]:
            wanted = ", ".join(missing)
            return None, Problem(Need.WAITING, f"Waiting for {integrator} to send {wanted}")
        try:
            image = plugin_images[provider.plugin_option]
            return provider.storage(fields, image, default_prefix), None
        except InvalidInput as error:
            return None, Problem(Need.BLOCKED, f"Invalid storage data: {error}")


def _several(relations: list[ops.Relation]) -> Problem:
    apps = ", ".join(sorted(f"{r.app.name} ({r.name})" for r in relations))
    return Problem(Need.BLOCKED, f"More than one storage: {apps}; remove all but one")
