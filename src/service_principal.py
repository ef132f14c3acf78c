"""The requirer of the `azure_service_principal` interface.

No package has one. The interface: the requirer names the secret fields that it wants, the
provider answers with two plain fields and the id of a secret with the others
(azure-auth-integrator; charmlibs interfaces/azure_service_principal).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import ops

from velero.providers.azure import PRINCIPAL, PRINCIPAL_ENDPOINT

_REQUEST: Final = "requested-secrets"
_REQUESTED: Final = json.dumps(["client-id", "client-secret"])
_ANSWER: Final = "secret-extra"


class ServicePrincipal(ops.Object):
    """Asks for a service principal, and reads it."""

    def __init__(self, charm: ops.CharmBase) -> None:
        super().__init__(charm, PRINCIPAL_ENDPOINT)
        self._model = charm.model
        self.framework.observe(charm.on[PRINCIPAL_ENDPOINT].relation_created, self._on_created)

    @property
    def relation(self) -> ops.Relation | None:
        """The relation, unless it is about to go."""
        relations = self._model.relations[PRINCIPAL_ENDPOINT]
        return next((relation for relation in relations if relation.active), None)

    def fields(self, relation: ops.Relation) -> Mapping[str, str]:
        """The four fields, as far as they were sent.

        The secret's newest revision is read: Juju then tells of the next one.

        Raises:
            ModelError: the secret is not granted (yet), or there is none.
        """
        said = dict(relation.data[relation.app])
        if secret := said.get(_ANSWER):
            said |= self._model.get_secret(id=secret).get_content(refresh=True)
        return {key: said[key] for key in PRINCIPAL if key in said}

    def ask(self) -> None:
        """Ask for the secret, if no leader before did; for the leader."""
        relation = self.relation
        if relation is None or _ANSWER in relation.data[relation.app]:
            return
        said = relation.data[self._model.app]
        if _REQUEST not in said:
            said[_REQUEST] = _REQUESTED

    def _on_created(self, _: ops.RelationCreatedEvent) -> None:
        if self._model.unit.is_leader():
            self.ask()
