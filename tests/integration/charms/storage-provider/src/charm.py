#!/usr/bin/env python3
"""A storage provider whose answers are its options: what the integration tests relate."""

import json
from typing import cast

import object_storage
import ops

PROVIDERS = {
    "s3": object_storage.S3Provider,
    "azure": object_storage.AzureStorageProvider,
    "gcs": object_storage.GCSProvider,
}
PRINCIPAL = "principal"
ASKED = "requested-secrets"


class StorageProvider(ops.CharmBase):
    """Publishes the option `fields` and the content of `credentials` to who asks."""

    def __init__(self, framework: ops.Framework) -> None:
        super().__init__(framework)
        self.providers = {name: made(self, name) for name, made in PROVIDERS.items()}
        for name, provider in self.providers.items():
            requested = provider.on.storage_connection_info_requested
            framework.observe(requested, self._on_any)
            framework.observe(self.on[name].relation_changed, self._on_any)
        framework.observe(self.on[PRINCIPAL].relation_changed, self._on_any)
        for event in (self.on.config_changed, self.on.secret_changed, self.on.start):
            framework.observe(event, self._on_any)

    def _on_any(self, _: ops.EventBase) -> None:
        self.unit.status = ops.ActiveStatus()
        if not self.unit.is_leader():
            return
        fields = {**self._fields(), **self._credentials()}
        for name in PROVIDERS:
            for relation in self.model.relations[name]:
                self._publish(relation, fields)
        for relation in self.model.relations[PRINCIPAL]:
            self._answer(relation, fields)

    def _publish(self, relation: ops.Relation, fields: dict[str, str]) -> None:
        provider = self.providers[relation.name]
        if provider.is_protocol_ready(relation):
            provider.set_storage_connection_info(relation.id, fields)  # pyright: ignore[reportArgumentType] # annotated str, used as int

    def _fields(self) -> dict[str, str]:
        return cast("dict[str, str]", json.loads(str(self.config["fields"])))

    def _credentials(self) -> dict[str, str]:
        given = self.config.get("credentials")
        return self.model.get_secret(id=str(given)).get_content(refresh=True) if given else {}

    def _answer(self, relation: ops.Relation, fields: dict[str, str]) -> None:
        """Write what azure-auth-integrator writes, whose library is not packaged."""
        asked: list[str] = json.loads(relation.data[relation.app].get(ASKED, "[]"))
        if not asked:
            return
        content = {key: fields[key] for key in asked}
        plain = {key: value for key, value in fields.items() if key not in asked}
        label = f"principal-{relation.id}"
        try:
            secret = self.model.get_secret(label=label)
            secret.set_content(content)
        except ops.SecretNotFoundError:
            secret = self.app.add_secret(content, label=label)
            secret.grant(relation)
            plain["secret-extra"] = str(secret.id)
        relation.data[self.app].update(plain)


if __name__ == "__main__":  # pragma: no cover
    ops.main(StorageProvider)
